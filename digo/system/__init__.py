"""What surrounds the process: environment, standard streams, prompts, files."""
