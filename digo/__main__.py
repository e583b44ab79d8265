"""`python -m digo`: see `digo.cli`."""

from digo.cli.main import main

main()
