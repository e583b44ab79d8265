"""Fleets: hundreds of accounts from one repository."""
