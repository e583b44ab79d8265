"""The `digo` command: one thin file per command, over the core. `digo --help`."""
