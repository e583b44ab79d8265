"""`python -m sandbox`."""

import atexit
import gc


def main() -> None:
    """Runs the command line; see `sandbox.commands`."""
    # The modules live to the end: looking for garbage among them takes a third of the time to start and to end.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    from sandbox.commands import main as run

    run(prog_name="python -m sandbox")


if __name__ == "__main__":
    main()
