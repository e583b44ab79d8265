"""The named accounts of a sandbox, as its user gives them: `--account NAME=TOKEN`, or a file of many."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sandbox.errors import SandboxError
from sandbox.fault_text import parse_fault
from sandbox.faults import FaultRule
from sandbox.settings import NamedSettings, Settings

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_TOKENS = ("token", "smartflo_token")
_FAULTS = "fault"
# What says whose an account is, is never taken over from the account without a name.
_OWN = {*_TOKENS, "smartflo_login_id"}


@dataclass(frozen=True, slots=True)
class NamedAccount:
    """An account as it is at the start: its behaviour, with its tokens, and its faults."""

    name: str
    settings: Settings
    faults: tuple[FaultRule, ...]


def named_accounts(
    given: Iterable[str], file: Path | None, settings: Settings, faults: Iterable[FaultRule]
) -> dict[str, NamedAccount]:
    """The accounts of the command line and of a file, by name.

    Args:
        given: texts `NAME=TOKEN`.
        file: YAML that maps each name to its token, or to its settings (see `read_entries`).
        settings: what an account has that says nothing else.
        faults: the faults of an account that names none. Each account counts its own requests in them.

    Raises:
        SandboxError: a name or an entry cannot be used, or two names are one to a file system.
    """
    entries = [(f"--account {_shown(text)}", *_split(text)) for text in given]
    if file is not None:
        entries += read_entries(file)
    accounts: dict[str, NamedAccount] = {}
    folded: dict[str, str] = {}
    for place, name, entry in entries:
        if not _NAME.fullmatch(name):
            raise SandboxError(
                f"{place}: {name!r} is not a name of an account: take up to 100 letters, digits, dots, hyphens and"
                " underscores of ASCII, and begin with none of the first two signs."
            )
        other = folded.setdefault(name.casefold(), name)
        if name in accounts or other != name:
            same = "given twice" if other == name else f"{other!r} but for upper and lower case"
            raise SandboxError(f"{place}: the account {name!r} is {same}: each has one file.")
        accounts[name] = _account(place, name, entry, settings, tuple(faults))
    return accounts


def _shown(text: str) -> str:
    return f"{text.partition('=')[0]}=…"  # what follows is a token


def _split(text: str) -> tuple[str, Mapping[str, Any]]:
    name, sign, token = text.partition("=")
    if not sign or not token:
        raise SandboxError(f"--account {_shown(text)}: give NAME=TOKEN.")
    return name, {"token": token}


def read_entries(path: Path) -> list[tuple[str, str, Mapping[str, Any]]]:
    """The accounts of a file: where each is (`file:line:column`), its name and its settings.

    An entry is a token, or an object with settings (`sandbox.settings.Settings`) and with `fault`, a list of faults as
    on the command line. JSON will do too.

    Raises:
        SandboxError: the file cannot be read or is not a mapping of names.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SandboxError(f"The accounts in {path} cannot be read: {error.strerror or error}.") from error
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise SandboxError(f"{place}: this is not YAML: {getattr(error, 'problem', None) or error}.") from error
    if not isinstance(content, dict) or not content:
        raise SandboxError(f"{path}: give each account's name with its token, as in `chennai-1: token-1`.")
    return [(_place(path, content, name), str(name), _entry(path, content, name)) for name in content]


def _place(path: Path, content: Any, name: Any) -> str:
    line, column = content.lc.key(name)
    return f"{path}:{line + 1}:{column + 1}"


def _entry(path: Path, content: Any, name: Any) -> Mapping[str, Any]:
    entry = content[name]
    if isinstance(entry, str):
        return {"token": entry}
    if not isinstance(entry, dict):
        raise SandboxError(f"{_place(path, content, name)}: give the account {name!r} a token in quotes, or settings.")
    return entry


def _account(
    place: str, name: str, entry: Mapping[str, Any], settings: Settings, faults: tuple[FaultRule, ...]
) -> NamedAccount:
    chosen = {key: (value,) if key in _TOKENS and isinstance(value, str) else value for key, value in entry.items()}
    texts = chosen.pop(_FAULTS, None)
    try:
        own = NamedSettings.model_validate({**settings.model_dump(exclude=_OWN), **chosen})
    except ValidationError as error:
        problem = error.errors(include_input=False)[0]
        where = "".join(f" {part}:" for part in problem["loc"])
        text = problem["msg"].removeprefix("Value error, ")
        raise SandboxError(f"{place}: the account {name!r}:{where} {text}.") from error
    return NamedAccount(name, own, faults if texts is None else _faults(place, name, texts))


def _faults(place: str, name: str, texts: Any) -> tuple[FaultRule, ...]:
    listed = [texts] if isinstance(texts, str) else texts
    if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
        raise SandboxError(f"{place}: the account {name!r}: fault: give a list of texts, as --fault takes them.")
    try:
        return tuple(parse_fault(text) for text in listed)
    except SandboxError as error:
        raise SandboxError(f"{place}: the account {name!r}: {error}") from error
