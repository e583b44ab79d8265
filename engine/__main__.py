"""`python -m engine`: the embedded engine's command line."""

import atexit
import gc
import sys


def main() -> None:
    """Runs the command line and exits with Pulumi's codes."""
    sys.dont_write_bytecode = True  # until `use_whole_files`
    from digo.system.bytecode import use_whole_files

    use_whole_files()
    # Modules and state are many small objects that live until the process ends. Collecting garbage among them costs a
    # sixth of a short command's time, at the start and again at the end.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    try:
        from engine.cli.main import main as run
    except ModuleNotFoundError as missing:
        sys.exit(
            f"error: {sys.executable} has no module {missing.name}; "
            "run `make setup`, and then `.venv/bin/python -m engine …`"
        )

    run()


if __name__ == "__main__":
    main()
