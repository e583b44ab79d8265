"""What is wrong with a text that is not YAML, in the words of somebody who edits it.

The messages of PyYAML and libyaml are about their scanner. They never quote the text here: any value may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: |$)", re.MULTILINE)
_LONGEST_KEY = 1024  # the YAML specification's limit of a key without `?`
_NUL = "\0"
_QUOTES = "write it in quotes"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class YamlText(Exception):
    """The text cannot be read as YAML. `line` and `column` count from 1."""

    line: int
    column: int
    message: str


def decoded(content: bytes) -> str:
    """The text of a file, without a byte order mark.

    Raises:
        YamlText: it is not UTF-8.
    """
    if content.startswith(_UTF_16) or _is_utf_16(content):
        raise YamlText(1, 1, "the file is not UTF-8 text but UTF-16; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = content[: problem.start].decode("utf-8-sig")
        byte = f"0x{content[problem.start]:02X}"
        message = f"the file is not UTF-8 text: the byte {byte} begins no character; save it as UTF-8"
        raise YamlText(before.count("\n") + 1, len(before) - before.rfind("\n"), message) from None


def _is_utf_16(content: bytes) -> bool:
    """Whether the file begins as UTF-16 does without a mark: each second byte is 0."""
    head = content[:8]
    return len(head) > 1 and (not any(head[::2]) or not any(head[1::2]))


def yaml_text(text: str, problem: yaml.YAMLError) -> YamlText:
    """The problem of a text that PyYAML refuses, with the place that somebody has to look at."""
    if (conflict := _CONFLICT.search(text)) is not None:
        line = text.count("\n", 0, conflict.start()) + 1
        return YamlText(line, 1, "not YAML: a merge left its marks here; choose one side, and delete the marks")
    if isinstance(problem, yaml.reader.ReaderError):
        return _unprintable(text)
    context, what = (getattr(problem, name, None) or "" for name in ("context", "problem"))
    place: Any = getattr(problem, "problem_mark", None)
    begin: Any = getattr(problem, "context_mark", None) or place
    if place is None:
        return YamlText(1, 1, f"not YAML: {problem}")
    found = _Found(context, what, _signs(text, place), (place.line, place.column), (begin.line, begin.column))
    for pattern, explain in _EXPLANATIONS:
        if re.search(pattern, f"{context}: {what}"):
            at, message = explain(found)
            return YamlText(*_inside(text, *at), message)
    return YamlText(place.line + 1, place.column + 1, "not YAML: " + ": ".join(filter(None, (context, what))))


def _inside(text: str, line: int, column: int) -> tuple[int, int]:
    """Line and column from 1. Behind the text's last line it is the end of that line, which can be shown."""
    lines = text.splitlines()
    return (line + 1, column + 1) if line < len(lines) else (max(len(lines), 1), len(lines[-1] if lines else "") + 1)


def _unprintable(text: str) -> YamlText:
    """The first character that YAML does not allow. libyaml's own offset counts bytes."""
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    before = text[: found.start()] if found else ""
    sign = found.group() if found else _NUL
    name = "a NUL byte" if sign == _NUL else f"the control character U+{ord(sign):04X}"
    message = f"not YAML: {name} is here, and control characters are not allowed; delete it"
    return YamlText(before.count("\n") + 1, len(before) - before.rfind("\n"), message)


_Place = tuple[int, int]


@dataclass(frozen=True)
class _Found:
    """What PyYAML says: its words, the text at the place, and where the thing began that it was reading."""

    context: str
    what: str
    signs: str
    place: _Place
    begin: _Place


def _signs(text: str, mark: Any) -> str:
    lines = text.splitlines()
    return lines[mark.line][mark.column :] if mark.line < len(lines) else ""


def _at(message: str) -> Callable[[_Found], tuple[_Place, str]]:
    return lambda found: (found.place, f"not YAML: {message}")


def _from(message: str) -> Callable[[_Found], tuple[_Place, str]]:
    return lambda found: (found.begin, f"not YAML: {message}")


def _no_beginning(found: _Found) -> tuple[_Place, str]:
    sign = found.signs[:1]
    if sign == "\t":
        return found.place, f"not YAML: {_TAB}"
    if found.signs.startswith("```"):
        return found.place, "not YAML: the marks of a block of Markdown are here; delete their lines"
    return found.place, f"not YAML: no text can begin with `{sign}`; {_QUOTES}"


def _no_colon(found: _Found) -> tuple[_Place, str]:
    if found.place[0] == found.begin[0] and found.place[1] - found.begin[1] > _LONGEST_KEY:
        return found.begin, f"not YAML: a key has at most {_LONGEST_KEY:,} characters"
    return found.begin, "not YAML: this is neither a key nor a value: a key has a `:` after it, and then a space"


def _unclosed(found: _Found) -> tuple[_Place, str]:
    sign, end = ("{", "}") if "mapping" in found.context else ("[", "]")
    return found.begin, f"not YAML: `{sign}` is here, and its `{end}` is missing, or a `,` between two values"


_TAB = "there is a tab before this text, and YAML takes only spaces there; write spaces in its place"
_EXPLANATIONS: tuple[tuple[str, Callable[[_Found], tuple[_Place, str]]], ...] = (
    ("found a tab character", _at(_TAB)),
    ("cannot start any token", _no_beginning),
    (
        "undefined alias",
        _at("`*` stands for an anchor (`&`), and none of that name is above; if it is a text, write it in quotes"),
    ),
    ("duplicate anchor|second occurrence", _at("an anchor (`&`) of this name is above; give it another name")),
    (
        "scanning an? (alias|anchor)",
        _from("`*` begins an alias, and `&` an anchor; if it is a text, write it in quotes"),
    ),
    (
        "another document",
        _at("a second document begins here with `---`, and a file has a single document; use a file for each"),
    ),
    ("(could|did) not find expected ':'", _no_colon),
    ("scanning a quoted scalar", _from("the text in quotes that begins here has no end; write its closing quote")),
    ("parsing a flow node", _at("a value, or a closing `}` or `]`, is missing here")),
    ("expected ',' or '[}\\]]'", _unclosed),
    (
        "a (double-)?quoted scalar|unknown escape",
        _at("`\\` begins a special character in double quotes; write `\\\\`, or take single quotes"),
    ),
    (
        "mapping values are not allowed",
        _at("a `:` is where no key can be; check the indentation, or write a text that has `: ` in it in quotes"),
    ),
    (
        "sequence entries are not allowed",
        _at("no list can begin here; check the indentation, or write a text that begins with `- ` in quotes"),
    ),
    (
        "parsing a block (mapping|collection)",
        _at("this belongs neither to what is above it nor below that; check the indentation and the quotes"),
    ),
    ("scanning a directive", _from(f"a line cannot begin with `%`; if it is a text, {_QUOTES}")),
    (
        "scanning a block scalar|indentation indicator",
        _at("after `|` or `>` the text is on the next lines, all indented alike; a text with such a sign has quotes"),
    ),
    ("parsing a tag|scanning a tag|tag handle", _from(f"`!` begins a tag; if it is a text, {_QUOTES}")),
    (
        "<?document start>?",
        _at("the file ends above this, by its indentation; indent it as far as what it belongs to"),
    ),
)
