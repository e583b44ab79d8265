"""`python -m sandbox`, and behind `digo sandbox`."""

import atexit
import gc
import sys


def main() -> None:
    """Runs the command line; see `sandbox.commands`."""
    # On a full disk, Python leaves parts of `.pyc` files. To compile the sandbox's modules takes a tenth of a second.
    sys.dont_write_bytecode = True
    # The modules live to the end: looking for garbage among them takes a third of the time to start and to end.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    try:
        from sandbox.commands import main as run
    except ModuleNotFoundError as missing:
        sys.exit(
            f"error: {sys.executable} has no module {missing.name}; "
            "run `make setup`, and then `.venv/bin/digo sandbox …`"
        )

    run(prog_name="digo sandbox")


if __name__ == "__main__":
    main()
