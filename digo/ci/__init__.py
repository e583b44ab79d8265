"""What a pipeline needs of the service that hosts the repository: one comment, one issue, the reviewed plan."""
