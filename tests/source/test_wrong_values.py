"""Every field of every config file with every kind of wrong value: the message is for somebody who edits YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from digo.desired import ConfigError, load_environment
from digo.fleet.file.models import FailureRule, GroupEntry, Rate, StackVariables, WaveEntry, WindowEntry
from digo.fleet.file.notice_models import ChatNotice, IssueNotice, NoticeEntry, WebhookNotice
from digo.fleet.file.reader import read_fleet_file
from digo.masking.loader import load_routes
from digo.masking.models import MaskingHeader, Route, Window
from digo.schemas import MODELS

PYTHON = re.compile(
    r"\b(None|True|False|dict|tuple|str|int|bool|float|NoneType|pydantic|ZoneInfo)\b|Input should|inputs? are not"
    r"|instance of|<class|Value error|validation|\[\.\.\.\]|unhashable|Traceback"
)
VALUES = [
    "", "~", "yes", "no", "1", "-1", "1.5", "1e400", "x", "''", "[]", "{}", "[~]", "[[]]", "[{}]", "[x, x]", "[yes]",
    "{a: 1}", "{a: ~}", "{a: {}}", "{a: []}", "{~: x}", "{[a]: x}", "2020-13-41", "0x10", "!!binary aGk=", "&a [*a]",
]  # fmt: skip
FILES = {
    "agents": "agents:\n  a:\n    FIELD: VALUE\n",
    "lists": "lists:\n  a:\n    FIELD: VALUE\n",
    "approvals": "approvals:\n  - FIELD: VALUE\n",
    "environment": "FIELD: VALUE\n",
    "policy": "policy:\n  FIELD: VALUE\n",
    "masking": "masking:\n  a:\n    FIELD: VALUE\n",
    "fleet": "FIELD: VALUE\n",
}
GROUPS = "groups: {a: {stacks: ['*']}}\n"
OTHERS: list[tuple[str, str, type[BaseModel]]] = [
    ("masking", "FIELD: VALUE\nmasking: {}\n", MaskingHeader),
    ("masking", "masking:\n  a:\n    routes:\n      - FIELD: VALUE\n", Route),
    ("masking", "masking:\n  a:\n    windows:\n      - FIELD: VALUE\n", Window),
    ("fleet", "groups:\n  a:\n    FIELD: VALUE\n", GroupEntry),
    ("fleet", f"{GROUPS}waves:\n  - FIELD: VALUE\n", WaveEntry),
    ("fleet", f"{GROUPS}rate:\n  FIELD: VALUE\n", Rate),
    ("fleet", f"{GROUPS}failures:\n  FIELD: VALUE\n", FailureRule),
    ("fleet", f"{GROUPS}windows:\n  - FIELD: VALUE\n", WindowEntry),
    ("fleet", f"{GROUPS}environment:\n  FIELD: VALUE\n", StackVariables),
    ("fleet", f"{GROUPS}notices:\n  - FIELD: VALUE\n", NoticeEntry),
    ("fleet", f"{GROUPS}notices:\n  - webhook:\n      FIELD: VALUE\n", WebhookNotice),
    ("fleet", f"{GROUPS}notices:\n  - chat:\n      FIELD: VALUE\n", ChatNotice),
    ("fleet", f"{GROUPS}notices:\n  - issue:\n      FIELD: VALUE\n", IssueNotice),
]


def cases() -> Iterator[tuple[str, str, str]]:
    """File, text, and field: each field of each model."""
    for kind, model in MODELS.items():
        for name, field in model.model_fields.items():
            yield kind, FILES[kind], field.alias or name
    for kind, text, model in OTHERS:
        for name, field in model.model_fields.items():
            yield kind, text, field.alias or name


def messages(folder: Path, root: Path, kind: str) -> str:
    try:
        if kind == "fleet":
            read_fleet_file(folder)
        elif kind == "masking":
            load_routes(folder, root)
        else:
            load_environment(folder, root, {})
    except ConfigError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("kind", "text", "field"), list(cases()))
def test_no_message_is_about_python(tmp_path: Path, kind: str, text: str, field: str) -> None:
    folder = tmp_path / "config" / "t"
    folder.mkdir(parents=True)
    said = []
    for value in VALUES:
        (folder / f"{kind}.yaml").write_text(text.replace("FIELD", field).replace("VALUE", value), encoding="utf-8")
        found = messages(folder, tmp_path, kind)
        # What the file itself has may be any word.
        said += [line for line in found.splitlines() if f"{kind}.yaml:" in line]
        assert not PYTHON.search(re.sub(r"^\s*\d* \|.*$", "", found, flags=re.MULTILINE)), (value, found)
    assert said
