"""The Pulumi side: resources, the program's steps, and `host/`, the provider process."""
