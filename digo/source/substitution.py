"""`${NAME}` in config: the value of the environment variable `DIGO_VAR_NAME`.

Only variables with that prefix can be used. Config comes from pull requests, and its values are shown in plans and
written to the account; it must not be able to read the pipeline's token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from digo.source.positions import Document, Loc, dotted
from digo.source.problems import Problem
from digo.system.environment import not_utf8
from digo.system.limits import CONFIG_MIB
from digo.text.unicode import is_unicode

PREFIX = "DIGO_VAR_"
_SIGN = "${"
# `$${` is a plain `${`.
_PLACE = re.compile(r"\$\$\{|\$\{(?P<name>[^}]*)\}|\$\{")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def substituted(document: Document, environ: Mapping[str, str]) -> tuple[Document, list[Problem]]:
    """The document with its variables replaced, and a problem for each undefined one. Keys are not replaced."""
    work = _Work(document, environ)
    data = work.of(document.data, ())
    return (replace(document, data=data) if work.found else document), work.problems


def has_variable(text: Any) -> bool:
    """Whether a value, as written in the file, contains a variable."""
    return isinstance(text, str) and any(found.group() != "$${" for found in _PLACE.finditer(text))


def as_glob(text: str) -> str:
    """The text as a glob that fits whatever values its variables may have."""
    return _PLACE.sub(lambda found: _SIGN if found.group() == "$${" else "*", text)


def resolve(text: str, environ: Mapping[str, str]) -> str:
    """The text with its variables replaced.

    Raises:
        ValueError: a variable is undefined, misspelt or not UTF-8. The message says which.
    """
    return _PLACE.sub(lambda found: _value(found, environ), text)


def _value(found: re.Match[str], environ: Mapping[str, str]) -> str:
    if found.group() == "$${":
        return _SIGN
    name = found["name"]
    if name is None or not _NAME.fullmatch(name):
        raise ValueError("a variable is written ${NAME}, with letters, digits and `_`; `$${` is a plain `${`")
    if (value := environ.get(PREFIX + name)) is None:
        short = name.removeprefix(PREFIX)
        advice = f"; the prefix is not written: `${{{short}}}` reads {name}" if short not in (name, "") else ""
        raise ValueError(f"`${{{name}}}` has no value: set the environment variable {PREFIX}{name}{advice}")
    if not is_unicode(value):
        raise ValueError(not_utf8(PREFIX + name))
    return value


@dataclass
class _Work:
    document: Document
    environ: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    found: bool = False
    size: int = 0

    def of(self, value: Any, loc: Loc) -> Any:
        if isinstance(value, dict):
            return {key: self.of(one, (*loc, key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self.of(one, (*loc, index)) for index, one in enumerate(value)]
        if not isinstance(value, str) or _SIGN not in value:
            return value
        self.found = True
        try:
            self.count(value)
            return resolve(value, self.environ)
        except ValueError as problem:
            self.problems.append(Problem(self.document.at(loc), dotted(loc), str(problem)))
            return value

    def count(self, text: str) -> None:
        """Counts the text that the variables of a value make, before it is made.

        Raises:
            ValueError: all values together make more than a file may have.
        """
        for found in _PLACE.finditer(text):
            self.size += len(_value(found, self.environ))
            if self.size > CONFIG_MIB.value() << 20:
                message = f"variables up to here make more than {CONFIG_MIB.value():,} MiB of text"
                raise ValueError(f"{message}; {CONFIG_MIB.way_out}")
