"""Carries out what the plan decided. No decisions here but one: what a write's outcome was."""
