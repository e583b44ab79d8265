"""`python -m digo`, and the command `digo` of the wheel."""

from digo.system.entry import run_commands


def main() -> None:
    """Runs the command line and exits; see `digo.cli.main`."""
    run_commands("digo.cli.main", "digo")


if __name__ == "__main__":
    main()
