"""One comment a pull request and one issue an account, found again by a hidden first line and then updated."""

from __future__ import annotations

from collections.abc import Iterable

from digo.ci.hosting import Hosting, Note

LABEL = "digo-drift"


def comment(hosting: Hosting, marker: str, text: str) -> tuple[str, Note]:
    """Shows the text on the pull request: `updated` or `made`, and the comment. `marker` is its first line."""
    body = _signed(hosting, marker, text)
    if (mine := _marked(hosting.comments(), marker)) is not None:
        return "updated", hosting.edit_comment(mine, body)
    return "made", hosting.add_comment(body)


def issue(hosting: Hosting, marker: str, title: str, text: str) -> tuple[str, Note]:
    """Shows the text in the one open issue of that marker: `updated` or `opened`, and the issue."""
    body = _signed(hosting, marker, text)
    if (mine := _marked(hosting.issues(LABEL), marker)) is not None:
        return "updated", hosting.edit_issue(mine, body)
    return "opened", hosting.add_issue(title, body, LABEL)


def close_issue(hosting: Hosting, marker: str, text: str) -> Note | None:
    """Closes the open issue of that marker, with a last text; None where there is none."""
    mine = _marked(hosting.issues(LABEL), marker)
    return None if mine is None else hosting.edit_issue(mine, _signed(hosting, marker, text), close=True)


def _marked(notes: Iterable[Note], marker: str) -> Note | None:
    return next((note for note in notes if note.body.startswith(marker)), None)


def _signed(hosting: Hosting, marker: str, text: str) -> str:
    """The text behind its marker, and where it is from."""
    commit, url = hosting.run
    source = f"<sub>Commit {commit[:12]}. [The job, with all of it]({url})</sub>"
    return f"{marker}\n{text.removeprefix(marker).strip()}\n\n{source}\n"
