"""The doors to the streams: print, click and rich pass them; styles of our own work."""

from __future__ import annotations

import io
import sys

import click
import pulumi
import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digo.cli.main import run
from digo.cli.output import captured, write_output
from digo.sanitize.console import SafeConsole
from digo.sanitize.streams import SanitizedStream, raw_stream, sanitized_streams
from digo.system.streams import annotate
from engine.display.ansi import coloured
from providers.say import clean_everything

EVIL = "\x1b[31mred\x1b]0;title\x9c \u202eabc [red]x[/] [link=http://a]y[/link]"
SEEN = "\ufffd[31mred\ufffd]0;title\ufffd \ufffdabc [red]x[/] [link=http://a]y[/link]"


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    encoding = "utf-8"
    errors = "strict"

    def isatty(self) -> bool:
        return True


def test_whatever_prints_passes_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    out, errors = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", errors)
    with sanitized_streams():
        print(EVIL)
        click.echo(EVIL)
        print(EVIL, file=sys.stderr)
        click.UsageError(EVIL).show()
        sys.stdout.writelines([EVIL, "\n"])
        write_output(f"{EVIL}\n", None)
    assert out.getvalue() == f"{SEEN}\n" * 4
    assert errors.getvalue() == f"{SEEN}\nError: {SEEN}\n"
    assert sys.stdout is out


def test_a_line_is_known_to_begin_across_writes() -> None:
    out = io.StringIO()
    guard = SanitizedStream(out)
    for part in ("key ", "::a", "\n", "  ", "::b\n", "::c"):
        guard.write(part)
    assert out.getvalue() == "key ::a\n  \\::b\n\\::c"


def test_styles_of_a_console_work_and_texts_in_it_do_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with sanitized_streams():
        table = Table(box=None)
        table.add_column(EVIL)
        table.add_row(Text(EVIL, "bold"))
        SafeConsole(width=200).print(table)
        SafeConsole(width=200).print(EVIL, style="green")
        write_output(captured(lambda console: console.print(EVIL, style="green")), None)
    lines = out.getvalue().splitlines()
    assert [SEEN in line for line in lines[-2:]] == [True, True] and len(lines) >= 4
    assert "[red]x[/]" in lines[0] and "[red]x[/]" in lines[1]
    assert all(line.count("\x1b") >= 2 and "\x1b]" not in line for line in lines)
    assert f"\x1b[32m{SEEN}\x1b[0m" in out.getvalue()


def test_a_plain_console_is_no_way_past_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    with sanitized_streams():
        Console(width=200, force_terminal=True).print(Text(EVIL, "bold"))
    assert "\x1b" not in out.getvalue()


def test_annotations_and_data_go_past_the_guard_on_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    with sanitized_streams():
        annotate("::error file=a::b")
        print("::error file=a::b")
        raw_stream(sys.stdout).write("\x1b")
    assert out.getvalue() == "::error file=a::b\n\\::error file=a::b\n\x1b"


@pytest.mark.parametrize("arguments", [["\x1b[1m\u202e"], ["-C", "/no\u202efolder", "plan"], ["--\u200bodd"]])
def test_a_wrong_command_line_is_told_in_clean_words(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert run(arguments) == 1
    said = capsys.readouterr().err
    assert said and not set(said) & set("\x1b\u202e\u200b")


def test_a_message_of_a_program_keeps_its_colours_and_nothing_else() -> None:
    text = coloured(
        "\x1b[1;31mbad\x1b[0m \x1b[8mhidden\x1b[0m \x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\ \x1b[2J\x1b[41mx  "
    )
    assert text.plain == ("bad \ufffd[8mhidden \ufffd]8;;http://a\ufffd\\link\ufffd]8;;\ufffd\\ \ufffd[2J\ufffd[41mx")
    assert [(span.start, span.end, str(span.style)) for span in text.spans] == [(0, 3, "bold color(1)")]
    assert coloured("\x1b[38;5;8mgrey\x1b[39m").plain == "grey"


def test_all_that_a_program_says_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, object]] = []
    for name in ("debug", "info", "warn", "error"):
        monkeypatch.setattr(
            pulumi.log, name, lambda msg, resource=None, *_, name=name: said.append((f"{name} {msg}", resource))
        )
    out, errors = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", errors)
    clean_everything()
    pulumi.log.error("Program failed:\n  x ##[add-mask]y\n::error::\x9b1m\udcff")
    pulumi.log.warn("\u202e", None)
    pulumi.log.info(msg="::a::", resource=None)
    print("::error::x")
    print("##[group]", file=sys.stderr)
    assert said == [
        ("error Program failed:\n  x #\\#[add-mask]y\n\\::error::\ufffd1m\\udcff", None),
        ("warn \ufffd", None),
        ("info \\::a::", None),
    ]
    assert (out.getvalue(), errors.getvalue()) == ("\\::error::x\n", "#\\#[group]\n")
