"""Keeps one comment for each pull request and one issue for each account.

A hidden first line, the marker, identifies a note, so that it is updated and not written again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from digo.ci.hosting import Hosting, Note

LABEL = "digo-drift"


def upsert_comment(hosting: Hosting, marker: str, text: str) -> tuple[str, Note]:
    """Shows the text in the pull request's comment. Returns `updated` or `made`, and the comment.

    `marker` is the comment's first line.
    """
    body = _body(hosting, marker, text)
    if (mine := _marked(hosting.comments(), marker)) is not None:
        return "updated", hosting.edit_comment(mine, body)
    return "made", hosting.add_comment(body)


def upsert_issue(
    hosting: Hosting, marker: str, title: str, text: str, *, label: str = LABEL, digest: bool = False
) -> tuple[str, Note]:
    """Shows the text in the open issue with that marker. Returns `updated` or `opened`, and the issue.

    With `digest`, the issue has a digest of the text, and one that has this text already is left `as it was`.
    """
    body = _body(hosting, marker, f"{_digest(text)}\n{text}" if digest else text)
    if (mine := _marked(hosting.issues(label), marker)) is not None:
        if digest and _digest(text) in mine.body:
            return "as it was", mine
        return "updated", hosting.edit_issue(mine, body)
    return "opened", hosting.add_issue(title, body, label)


def close_issue(hosting: Hosting, marker: str, text: str, *, label: str = LABEL) -> Note | None:
    """Closes the open issue with that marker, with a last text. None if there is no such issue."""
    mine = _marked(hosting.issues(label), marker)
    return None if mine is None else hosting.edit_issue(mine, _body(hosting, marker, text), close=True)


def _digest(text: str) -> str:
    """A hidden line. A service may give a text back with other blanks, so texts themselves are not compared."""
    return f"<!-- digo-text: {hashlib.sha256(text.encode('utf-8')).hexdigest()[:32]} -->"


def _marked(notes: Iterable[Note], marker: str) -> Note | None:
    return next((note for note in notes if note.body.startswith(marker)), None)


def _body(hosting: Hosting, marker: str, text: str) -> str:
    """The marker, the text, and a link to the job."""
    commit, url = hosting.run
    source = f"<sub>Commit {commit[:12]}. [The job, with all of it]({url})</sub>"
    return f"{marker}\n{text.removeprefix(marker).strip()}\n\n{source}\n"
