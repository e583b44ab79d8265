"""`python -m digo`, and the command `digo` of the wheel."""

import atexit
import gc
import sys


def main() -> None:
    """Runs the command line and exits; see `digo.cli.main`."""
    sys.dont_write_bytecode = True  # until `use_whole_files`
    from digo.system.bytecode import use_whole_files

    use_whole_files()
    # Modules, config and lists are many small objects that live to the end. Searching them for garbage takes a third
    # of the time: at start-up, during the work, and again at the end.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    try:
        from digo.cli.main import main as run
    except ModuleNotFoundError as missing:
        sys.exit(
            f"error: {sys.executable} has no module {missing.name}; "
            "run `make setup`, and then `.venv/bin/python -m digo …`"
        )

    run()


if __name__ == "__main__":
    main()
