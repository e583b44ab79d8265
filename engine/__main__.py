"""`python -m engine`: the embedded engine's command line."""

from engine.cli.main import main

main()
