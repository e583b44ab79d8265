"""Questions on a real terminal: only text is an answer, whatever keys are pressed."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys
import textwrap
import threading

import pytest
from engine_place import ROOT

CHOOSE = """
    from engine.cli.prompts import choose, confirm_by_name
    from engine.cli.terminal import Invocation
    from engine.failure import Failure
    try:
        print("READY", flush=True)
        print("ANSWER", choose(Invocation(), "Do it?", ["yes", "no", "details"], "no"))
    except Failure as failure:
        print("ANSWER", type(failure).__name__)
"""
BY_NAME = CHOOSE.replace(
    'print("ANSWER", choose(Invocation(), "Do it?", ["yes", "no", "details"], "no"))',
    'confirm_by_name(Invocation(), "All is lost.", "dev", yes=False); print("ANSWER agreed")',
)
VALUE = CHOOSE.replace("choose, confirm_by_name", "ask").replace(
    'choose(Invocation(), "Do it?", ["yes", "no", "details"], "no")',
    'ascii(ask(Invocation(), "value"))',
)
CONFIRM = """
    import click
    from digo.system.prompts import prompt_confirmation
    try:
        print("READY", flush=True)
        print("ANSWER", prompt_confirmation("Call?"))
    except click.Abort:
        print("ANSWER aborted")
"""
# Without readline, as in a Python that was built without it.
WITHOUT = "    import sys; sys.modules['readline'] = None\n"

UP, DOWN, LEFT, HOME, DELETE = b"\x1b[A", b"\x1b[B", b"\x1b[D", b"\x1b[H", b"\x1b[3~"
PASTE = b"\x1b[200~yes\x1b[201~"


def answer(program: str, keys: bytes) -> str:
    """What the program said after the keys, which are typed when it asks."""
    main, terminal = pty.openpty()
    environ = {name: value for name, value in os.environ.items() if name not in ("CI", "INPUTRC")}
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "LC_ALL": "C.UTF-8"},
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    os.close(terminal)
    said, over = b"", threading.Event()
    hand = threading.Thread(target=_press, args=(main, keys, over))
    guard = threading.Timer(60, process.kill)
    guard.start()
    try:
        while True:
            try:
                read = os.read(main, 4096)
            except OSError:
                break
            said += read
            asked = any(sign in said.partition(b"READY")[2] for sign in (b">", b":", b"`"))
            if asked and hand.ident is None:
                hand.start()
    finally:
        guard.cancel()
        process.wait()
        over.set()
        if hand.ident is not None:
            hand.join()
        os.close(main)
    text = said.decode(errors="replace")
    assert "Traceback" not in text, text
    return text.rpartition("ANSWER ")[2].strip()


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell ignores it for what it starts in the background


def _press(main: int, keys: bytes, over: threading.Event) -> None:
    """Presses them; Ctrl-C again and again, as a person does: one is lost where Python is about to read the line."""
    with contextlib.suppress(OSError):
        os.write(main, keys)
        while keys.endswith(b"\x03") and not over.wait(2):
            os.write(main, b"\x03")


CASES: list[tuple[bytes, str]] = [
    (b"yes\n", "yes"),
    (b"Y\n", "yes"),
    (b"\n", "no"),
    (b"details\n", "details"),
    (UP + b"yes\n", "yes"),
    (DOWN + DOWN + b"\n", "no"),
    (b"es" + HOME + b"y\n", "yes"),
    (b"yees" + LEFT + LEFT + DELETE + b"\n", "yes"),
    (b"xyes" + HOME + DELETE + b"\n", "yes"),
    (b"\x01\x0byes\n", "yes"),
    (b"\x1b\n", "no"),
    (b"yes\x1b\r", "yes"),
    (b"\x1b\x1b\r", "no"),
    (PASTE + b"\n", "yes"),
    (b"maybe\nyes\n", "yes"),
    (b"\xff\xfe\nyes\n", "yes"),
    (b"\x04", "Cancelled"),
    (b"\x03", "Cancelled"),
    (b"ye\x03", "Cancelled"),
]


@pytest.mark.parametrize(("keys", "said"), CASES)
def test_a_choice_is_made_by_text_alone(keys: bytes, said: str) -> None:
    assert answer(CHOOSE, keys) == said


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (UP + b"\nyes\n", "yes"),
        (b"yes" + LEFT + b"\nno\n", "no"),
        (PASTE + b"\nyes\n", "yes"),
        (b"\xff\nyes\n", "yes"),
        (b"\x04", "Cancelled"),
    ],
)
def test_where_there_is_no_readline_the_sequence_of_a_key_is_no_answer(keys: bytes, said: str) -> None:
    assert answer(WITHOUT + CHOOSE, keys) == said


@pytest.mark.parametrize(
    ("keys", "said"),
    [(b"ev" + HOME + b"d\n", "agreed"), (UP + b"dev\n", "agreed"), (b"de\n", "Declined"), (b"\x04", "Cancelled")],
)
def test_a_name_is_typed(keys: bytes, said: str) -> None:
    assert answer(BY_NAME, keys) == said


def test_a_value_has_only_characters_that_a_file_can_hold() -> None:
    assert answer(VALUE, b"a\xffb\n\xc3\xa9\n") == r"'\xe9'"


@pytest.mark.parametrize(
    ("keys", "said"),
    [(b"y\n", "True"), (UP + b"\n", "False"), (LEFT + b"y\n", "True"), (b"what\ny\n", "True"), (b"\x04", "aborted")],
)
def test_an_act_is_confirmed(keys: bytes, said: str) -> None:
    assert answer(CONFIRM, keys) == said
