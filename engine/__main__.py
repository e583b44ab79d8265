"""`python -m engine`: the embedded engine's command line."""

from digo.system.entry import run_commands


def main() -> None:
    """Runs the command line and exits with Pulumi's codes."""
    run_commands("engine.cli.main", "engine")


if __name__ == "__main__":
    main()
