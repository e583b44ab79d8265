"""`python -m digo`, and the command `digo` of the wheel."""

import gc

from digo.cli.main import main

# Config and lists are many small objects that live to the end: collecting among them costs a third of the time.
gc.set_threshold(100_000)

if __name__ == "__main__":
    main()
