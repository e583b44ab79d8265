"""Carries out the plan. It decides only one thing by itself: the outcome of a write."""
