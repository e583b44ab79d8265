"""Renders a review for people and machines."""
