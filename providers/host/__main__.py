"""Starts the host: `python -m providers.host ENGINE_ADDRESS`. It prints its port and serves until it is stopped."""

import asyncio
import atexit
import gc
import os
import sys


def main() -> None:
    """Serves the engine whose address is the last argument."""
    if len(sys.argv) < 2:
        sys.exit("this is a Pulumi provider host: an engine starts it with its own address as the last argument")
    sys.dont_write_bytecode = True  # until `use_whole_files`
    from digo.system.bytecode import use_whole_files

    use_whole_files()
    # The modules live to the end. Collecting garbage among them would take a third of the time to start and to end.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    from digo.sanitize.streams import sanitize_streams
    from digo.system.child_environment import drop_withheld, no_core_files
    from providers.host.serving import serve

    no_core_files()
    drop_withheld(os.environ)
    sanitize_streams(output=False)  # the pulumi CLI prints it as it is; standard output has only the port
    asyncio.run(serve(sys.argv[-1]))


if __name__ == "__main__":
    main()
