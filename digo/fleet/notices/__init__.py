"""Notices: what a watch or an up of a fleet tells people and programs."""
