"""The same events give the same text as the pulumi CLI printed for them."""

import io
import json
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from engine.display.diff_view import DiffDisplay
from engine.display.json_digest import JsonDigestDisplay
from engine.display.json_events import JsonLinesDisplay
from engine.display.options import DisplayOptions, Kind
from engine.display.plain import PlainDisplay
from tests.engine.display.recordings import RECORDED, printed, recorded_events, recorded_text

Options = Callable[..., DisplayOptions]


PROBLEMS = ("warning: mind the gap",)
NOTES = ("hello from the program",)
"""The messages of the recorded runs."""


def rows(text: str) -> set[str]:
    """The rows: steps end in another order each time, and the CLI prints some twice.

    Left out is what says nothing: times, the stack's "running", and rows with no operation in them. Messages are left
    out too: the CLI repeats them in each later row of their resource.
    """
    lines = re.split(r"\n(?:Diagnostics|Resources):\n", text)[0].splitlines()
    silent = (re.sub("|".join((*PROBLEMS, *NOTES)), "", line) for line in lines)
    bare = (re.sub(r"\(\d[\d.]*s\)", "", line).replace("running", "").split() for line in silent)
    return {" ".join(words) for words in bare if len(words) > 2}


def sections(text: str) -> set[str]:
    """What follows the rows, as blocks: diagnostics are in no certain order either. Blocks of notes are left out."""
    _, _, below = text.partition("\nDiagnostics:\n")
    blocks = (below or "Resources:\n" + text.partition("\nResources:\n")[2]).strip("\n").split("\n\n")
    return {block for block in blocks if not block.endswith(NOTES)}


@pytest.mark.parametrize(
    ("name", "kind", "is_preview"),
    [
        ("preview-create", Kind.UPDATE, True),
        ("up-create", Kind.UPDATE, False),
        ("preview-mixed", Kind.UPDATE, True),
        ("up-mixed", Kind.UPDATE, False),
        ("destroy", Kind.DESTROY, False),
    ],
)
def test_lines(options: Options, console: Console, name: str, kind: Kind, is_preview: bool) -> None:
    display = PlainDisplay(console, options(kind=kind, is_preview=is_preview))
    for event in recorded_events(name):
        display.show(event)
    display.close()
    assert rows(printed(console)) == rows(recorded_text(name))
    assert sections(printed(console)) == sections(recorded_text(name))
    for text in (*PROBLEMS, *NOTES):
        assert printed(console).count(text) == int(text in recorded_text(name))


@pytest.mark.parametrize(("name", "is_preview"), [("preview-mixed-diff", True), ("up-mixed-diff", False)])
def test_rich_diff(options: Options, console: Console, name: str, is_preview: bool) -> None:
    errors = Console(file=io.StringIO())
    display = DiffDisplay(console, errors, options(is_preview=is_preview))
    for event in recorded_events(name):
        display.show(event)
    display.close()
    assert printed(console) == recorded_text(name)
    assert "mind the gap" in printed(errors)


def test_preview_as_one_json_document(options: Options) -> None:
    out = io.StringIO()
    display = JsonDigestDisplay(out, options())
    for event in recorded_events("preview-mixed-json"):
        display.show(event)
    assert out.getvalue() == ""
    display.close()
    document = json.loads(out.getvalue())
    assert document.pop("duration") > 0
    assert document == json.loads((RECORDED / "preview-mixed-json.json").read_text(encoding="utf-8"))


def test_events_as_json_lines(options: Options) -> None:
    out = io.StringIO()
    display = JsonLinesDisplay(out)
    for event in recorded_events("up-mixed"):
        display.show(event)
    display.close()
    mine = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line.pop("sequence") for line in mine] == list(range(len(mine)))
    assert all(line.pop("timestamp") > 1_700_000_000 for line in mine)
    theirs = []
    for text in (RECORDED / "up-mixed.events.jsonl").read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        metadata = (line.get("resourcePreEvent") or line.get("resOutputsEvent") or {}).get("metadata", {})
        if metadata.get("type") != "pulumi:providers:pulumi-python":
            theirs.append({key: value for key, value in line.items() if key not in ("sequence", "timestamp")})
    assert mine == theirs
