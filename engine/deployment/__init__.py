"""Runs a deployment: starts the program and the provider host, and takes the steps from the old state to the new."""
