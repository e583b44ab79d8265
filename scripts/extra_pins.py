"""Prints the pins of extras, with hashes: `python scripts/extra_pins.py lists records`.

The pins are those of requirements.txt: what the extras in pyproject.toml name, and what these need. It takes only the
standard library, because `make setup` calls it before anything is installed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9.-]*)==.*\n(?:    .*\n)*", flags=re.MULTILINE)
_NEEDED_BY = re.compile(r"^    #(?: via)?\s+(\S+)$", flags=re.MULTILINE)


@dataclass(frozen=True)
class Pin:
    """One pin of a lock file: its lines, and the packages that need it."""

    text: str
    needed_by: frozenset[str]


def array(text: str, key: str) -> list[str]:
    """The strings of an array in TOML, read as text, because Python 3.10 has no TOML reader."""
    found = re.search(rf"^{re.escape(key)} = \[(.*?)\]$", text, flags=re.MULTILINE | re.DOTALL)
    return [] if found is None else [one or other for one, other in re.findall(r"\"([^\"]+)\"|'([^']+)'", found[1])]


def extras(root: Path = ROOT) -> dict[str, list[str]]:
    """The requirements of each extra in pyproject.toml; `all` has those of the others."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    section = text.split("\n[project.optional-dependencies]\n")[1].split("\n[")[0]
    found = {name: array(section, name) for name in re.findall(r"^([a-z-]+) = ", section, flags=re.MULTILINE)}
    found["all"] = [requirement for name, listed in found.items() if name != "all" for requirement in listed]
    return found


def distribution(requirement: str) -> str:
    """A requirement's distribution in normal form: without version, extras and marker."""
    name = re.split(r"[\s\[=<>~!;]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str) -> dict[str, list[Pin]]:
    """The pins of a lock file by distribution. One may have several, for different versions of Python."""
    found: dict[str, list[Pin]] = {}
    for pin in _PIN.finditer(text):
        needed_by = frozenset(distribution(name) for name in _NEEDED_BY.findall(pin[0]))
        found.setdefault(pin["name"], []).append(Pin(pin[0], needed_by))
    return found


def closure(wanted: Iterable[str], locked: Mapping[str, list[Pin]]) -> list[str]:
    """The names of these distributions and of all that they need, in alphabetical order."""
    found = set(wanted)
    before: set[str] = set()
    while found != before:
        before = set(found)
        found |= {name for name, pinned in locked.items() if any(pin.needed_by & before for pin in pinned)}
    return sorted(found)


def main(names: list[str]) -> int:
    """Prints the pins. Returns 1 if there is no such extra."""
    known = extras()
    if unknown := [name for name in names if name not in known]:
        print(f"no extra {unknown[0]}; there are {', '.join(known)}", file=sys.stderr)
        return 1
    locked = pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    wanted = {distribution(requirement) for name in names for requirement in known[name]}
    # What `psycopg[binary]` adds is needed by psycopg itself, as the lock file says.
    print("".join(pin.text for name in closure(wanted, locked) for pin in locked[name]), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
