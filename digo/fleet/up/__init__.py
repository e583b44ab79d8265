"""One stack's up, and what is said of all of them. Nothing here knows DBOS."""
