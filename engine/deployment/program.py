"""Runs the user's program against the engine's monitor, as Pulumi's Python language host does.

The project's own interpreter runs this file as a script. It may lack the engine's packages, so this file uses only the
Pulumi SDK and the standard library.
"""

from __future__ import annotations

import argparse
import asyncio
import atexit
import gc
import importlib.util
import logging
import os
import runpy
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

if __name__ == "__main__":
    # Python puts a script's folder first on the path. The program must not import the engine's modules from there.
    sys.path.pop(0)

# The exit code for a failure that was reported already. The language host uses the same.
_REPORTED = 32
_MONITOR_GONE = "Resource monitor has terminated"
_THREADS_PER_OPERATION = 4


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("address", "root", "program"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--debug", action="store_true")
    return parser.parse_args()


def _leave_quietly(*_: object) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(_REPORTED)


def _drop(*_: object, **__: object) -> None:
    pass


def _own_traceback(error: BaseException, program: Path) -> str:
    """The traceback from the program's main file on; frames above it are not the user's."""
    main = program / "__main__.py" if program.is_dir() else program
    frames = traceback.extract_tb(error.__traceback__)
    first = next((i for i, frame in enumerate(frames) if Path(frame.filename).resolve() == main), 0)
    return "".join(traceback.format_exception(error, limit=-(len(frames) - first)))


def _run(arguments: argparse.Namespace) -> int:
    try:
        import pulumi
        import pulumi.runtime
    except ImportError as error:
        print(
            f"The Pulumi SDK cannot be imported by {sys.executable}: {error}. "
            "Install the project's requirements into its virtual environment.",
            file=sys.stderr,
        )
        return 1
    _configure(arguments)
    program = Path(arguments.program).resolve()
    sys.argv = [str(program)]
    if program.is_file():
        sys.path.insert(0, str(program.parent))
    elif not (program / "__main__.py").is_file():
        pulumi.log.error(f"unable to find main python program `__main__.py` in `{program}`")
        return _REPORTED
    try:
        _run_in_stack(program, int(os.environ["PULUMI_PARALLEL"]) * _THREADS_PER_OPERATION)
    except pulumi.RunError as error:
        if _MONITOR_GONE not in str(error):
            pulumi.log.error(str(error))
        return 1
    except Exception as error:
        pulumi.log.error(f"Program failed with an unhandled exception:\n{_own_traceback(error, program)}")
        return _REPORTED
    return 0


def _configure(arguments: argparse.Namespace) -> None:
    import pulumi

    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=arguments.address,
            engine=arguments.address,
            project=os.environ["PULUMI_PROJECT"],
            stack=os.environ["PULUMI_STACK"],
            organization=os.environ["PULUMI_ORGANIZATION"],
            parallel=int(os.environ["PULUMI_PARALLEL"]),
            dry_run=os.environ["PULUMI_DRY_RUN"] == "true",
            root_directory=arguments.root,
        )
    )
    if not arguments.debug:
        # The SDK sends four debug messages for each resource, which are only shown with --debug.
        pulumi.log.debug = _drop


def _run_in_stack(program: Path, threads: int) -> None:
    import pulumi

    # A program that stops early leaves futures unfinished on purpose. asyncio would log each of them.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=threads)
    loop.set_default_executor(executor)

    def run_main() -> None:
        runpy.run_path(str(program), run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(run_main))
    finally:
        executor.shutdown(wait=True)
        loop.close()


def _use_whole_bytecode_files() -> None:
    """As `digo.system.bytecode` says. The file is loaded by its path: `digo` may be no module of the program."""
    sys.dont_write_bytecode = True
    path = Path(__file__).resolve().parents[2] / "digo" / "system" / "bytecode.py"
    spec = importlib.util.spec_from_file_location("_whole_bytecode_files", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.use_whole_files()


def main() -> None:
    """Run the program, and exit with its code."""
    _use_whole_bytecode_files()
    signal.signal(signal.SIGINT, _leave_quietly)
    # The SDK's modules live until the process ends. Collecting garbage among them costs a quarter of start and end.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    code = _run(_arguments())
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(code)


if __name__ == "__main__":
    main()
