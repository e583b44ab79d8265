"""The number-masking service: the user's API that DIGO asks whom to ring when someone dials a masking number.

config/<environment>/masking.yaml → routes (validated, each with its position) → a table in a file → workers that look
up in it. A separate process makes the table, and the workers map it into memory. So a million routes are in memory
once, for any number of workers, and a changed file disturbs no request.
"""
