"""The Pulumi side: resources, the steps of the program, and `host/`, the provider process."""
