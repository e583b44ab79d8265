"""The command line, in the words of the pulumi CLI. One thin file a command."""
