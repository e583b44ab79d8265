"""`python -m engine`, and behind `digo engine`: the embedded engine's command line."""

import sys


def main() -> None:
    """Runs the command line and exits with Pulumi's codes."""
    sys.dont_write_bytecode = True  # until `use_whole_files`
    from digo.system.bytecode import use_whole_files

    use_whole_files()
    from digo.system.entry import run_commands

    run_commands("engine.cli.main", "digo engine")


if __name__ == "__main__":
    main()
