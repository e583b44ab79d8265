"""Questions on a real terminal: only text is an answer, whatever keys are pressed."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence

from tests.engine.cli.engine_place import ROOT

# One process asks again and again. Each time it knows as little of earlier lines as a new one.
ROUNDS = """
import click, sys
from digo.system.prompts import prompt_confirmation
from engine.cli.prompts import ask, choose, confirm_by_name
from engine.cli.terminal import Invocation
from engine.failure import Failure

def asked():
    {question}

for _ in range(int(sys.argv[1])):
    if sys.modules.get("readline"):
        sys.modules["readline"].clear_history()
    print("READY", flush=True)
    try:
        print("ANSWER", asked())
    except (Failure, click.Abort) as failure:
        print("ANSWER", type(failure).__name__)
"""
CHOOSE = ROUNDS.format(question='return choose(Invocation(), "Do it?", ["yes", "no", "details"], "no")')
BY_NAME = ROUNDS.format(question='confirm_by_name(Invocation(), "All is lost.", "dev", yes=False); return "agreed"')
CONFIRM = ROUNDS.format(question='return prompt_confirmation("Call?")')
VALUE = ROUNDS.format(question='return ascii(ask(Invocation(), "value"))')
# Without readline, as in a Python that was built without it.
WITHOUT = "import sys; sys.modules['readline'] = None\n"

UP, DOWN, LEFT, HOME, DELETE = b"\x1b[A", b"\x1b[B", b"\x1b[D", b"\x1b[H", b"\x1b[3~"
PASTE = b"\x1b[200~yes\x1b[201~"


def answers(program: str, keys: Sequence[bytes]) -> list[str]:
    """What the program said after the keys of each round, which are typed when it asks."""
    main, terminal = pty.openpty()
    environ = {name: value for name, value in os.environ.items() if name not in ("CI", "INPUTRC")}
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(len(keys))],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "LC_ALL": "C.UTF-8"},
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    os.close(terminal)
    over = threading.Event()
    hand = threading.Thread(target=_insist, args=(main, over))
    guard = threading.Timer(60, process.kill)
    guard.start()
    said, typed = b"", 0
    try:
        while True:
            try:
                read = os.read(main, 4096)
            except OSError:
                break
            said += read
            asked = any(sign in said.rpartition(b"READY")[2] for sign in (b">", b":", b"`"))
            if asked and said.count(b"READY") > typed:
                os.write(main, keys[typed])
                typed += 1
                if typed == len(keys) and keys[-1].endswith(b"\x03"):
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
    return re.findall(r"ANSWER (\S+)", text)


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell ignores it for what it starts in the background


def _insist(main: int, over: threading.Event) -> None:
    """Presses Ctrl-C again and again, as a person does: one is lost where Python is about to read the line."""
    with contextlib.suppress(OSError):
        while not over.wait(2):
            os.write(main, b"\x03")


def assert_answers(program: str, cases: Mapping[bytes, str]) -> None:
    assert dict(zip(cases, answers(program, list(cases)), strict=True)) == cases


CHOICES = {
    b"yes\n": "yes",
    b"Y\n": "yes",
    b"\n": "no",
    b"details\n": "details",
    UP + b"yes\n": "yes",
    DOWN + DOWN + b"\n": "no",
    b"es" + HOME + b"y\n": "yes",
    b"yees" + LEFT + LEFT + DELETE + b"\n": "yes",
    b"xyes" + HOME + DELETE + b"\n": "yes",
    b"\x01\x0byes\n": "yes",
    b"\x1b\n": "no",
    b"yes\x1b\r": "yes",
    b"\x1b\x1b\r": "no",
    PASTE + b"\n": "yes",
    b"maybe\nyes\n": "yes",
    b"\xff\xfe\nyes\n": "yes",
    b"\x04": "Cancelled",
    b"\x03": "Cancelled",
}


def test_a_choice_is_made_by_text_alone() -> None:
    assert_answers(CHOOSE, CHOICES)
    assert_answers(CHOOSE, {b"ye\x03": "Cancelled"})


def test_where_there_is_no_readline_the_sequence_of_a_key_is_no_answer() -> None:
    cases = {
        UP + b"\nyes\n": "yes",
        b"yes" + LEFT + b"\nno\n": "no",
        PASTE + b"\nyes\n": "yes",
        b"\xff\nyes\n": "yes",
        b"\x04": "Cancelled",
    }
    assert_answers(WITHOUT + CHOOSE, cases)


def test_a_name_is_typed() -> None:
    cases = {b"ev" + HOME + b"d\n": "agreed", UP + b"dev\n": "agreed", b"de\n": "Declined", b"\x04": "Cancelled"}
    assert_answers(BY_NAME, cases)


def test_an_act_is_confirmed() -> None:
    cases = {b"y\n": "True", UP + b"\n": "False", LEFT + b"y\n": "True", b"what\ny\n": "True", b"\x04": "Abort"}
    assert_answers(CONFIRM, cases)


def test_a_value_has_only_characters_that_a_file_can_hold() -> None:
    assert_answers(VALUE, {b"a\xffb\n\xc3\xa9\n": r"'\xe9'"})
