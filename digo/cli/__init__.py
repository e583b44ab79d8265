"""The `digo` command: one thin file per command, over the core. `python -m digo --help`."""
