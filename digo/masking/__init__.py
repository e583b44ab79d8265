"""The number-masking service: the user's API that DIGO asks whom to ring when someone dials a masking number.

config/<environment>/masking.yaml → routes (checked, each with its place) → a table in a file → workers that look up in
it. The table is made in a process of its own, and the workers map it into memory: a million routes are there once,
however many workers there are, and a changed file disturbs nobody.
"""
