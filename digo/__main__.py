"""`python -m digo`, and the command `digo` that the package installs."""

import sys


def main() -> None:
    """Runs the command line and exits; see `digo.cli.main`."""
    sys.dont_write_bytecode = True  # until `use_whole_files`
    from digo.system.bytecode import use_whole_files

    use_whole_files()
    from digo.system.entry import run_commands

    run_commands("digo.cli.main", "digo")


if __name__ == "__main__":
    main()
