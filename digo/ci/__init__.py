"""The repository's hosting service for pipelines: one comment, one issue, the reviewed plan."""
