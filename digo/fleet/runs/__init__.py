"""Durable runs of `digo fleet up`: everything that knows DBOS.

Queues, records of steps and recovery are DBOS's, in SQLite or Postgres. `liveness` tells it which processes have died.
"""
