"""The support matrix: what this version is made for, and what it was tried with. docs/support.md shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from digo.system.extras import MODULES

OLDEST_PYTHON = (3, 10)
NEWEST_PYTHON = (3, 13)
CLI = (3, 272)
"""The oldest pulumi CLI: that of the SDK. An older one may not read what the SDK writes."""


@dataclass(frozen=True)
class Package:
    """A Python package.

    Attributes:
        tried: the versions that the pins have, oldest first; some have one for Python 3.10 and one for later ones.
        needed_for: what does not work without it.
        exact: whether another version is not supported at all.
    """

    tried: tuple[str, ...]
    needed_for: str = "every run"
    exact: bool = False


PACKAGES: Mapping[str, Package] = {
    "pulumi": Package(("3.272.0",), exact=True),
    "grpcio": Package(("1.85.1",)),
    "protobuf": Package(("6.33.6",)),
    "httpx": Package(("0.28.1",)),
    "httpcore": Package(("1.0.9",)),
    "httpx-aiohttp": Package(("0.2.0",)),
    "aiohttp": Package(("3.14.5",)),
    "pydantic": Package(("2.14.3",)),
    "phonenumbers": Package(("9.0.43",)),
    "PyYAML": Package(("6.0.3",)),
    "ruamel.yaml": Package(("0.19.1",)),
    "pyrate-limiter": Package(("4.5.1",)),
    "tenacity": Package(("9.2.1",)),
    "click": Package(("8.5.1",)),
    "rich": Package(("15.0.0",)),
    "jinja2": Package(("3.1.6",)),
    "cryptography": Package(("50.0.2",)),
    "filelock": Package(("4.1.0",)),
    "pyarrow": Package(("25.0.1", "26.0.1"), "lists from files, call records"),
    "plotly": Package(("7.1.0",), "the report of call records"),
    "redis": Package(("8.1.0",), "digo:paceStore in Redis"),
    "psycopg": Package(("3.3.9",), "digo:paceStore in Postgres, runs of fleets in Postgres"),
    "starlette": Package(("1.7.0",), "digo masking serve, the sandbox"),
    "uvicorn": Package(("0.54.0",), "digo masking serve, the sandbox"),
    "prometheus-client": Package(("0.26.0",), "digo masking serve"),
    "numpy": Package(("2.2.6", "2.4.6", "2.5.5"), "digests of lists from files"),
    "python-calamine": Package(("0.8.3", "0.9.1"), "lists in workbooks"),
    "fsspec": Package(("2026.9.0",), "lists in object stores and on web servers"),
    "s3fs": Package(("2026.9.0",), "lists in S3"),
    "gcsfs": Package(("2026.10.1",), "lists in Google Cloud Storage"),
    "dbos": Package(("3.4.0",), "digo fleet up"),
    "sqlalchemy": Package(("2.0.58", "2.1.9"), "digo fleet up"),
    "standardwebhooks": Package(("1.1.0",), "webhooks of fleets"),
    "python-dotenv": Package(("1.2.4",), "files of a stack's variables, in fleets"),
}

_IMPORTED_AS = {"python-dotenv": "dotenv"}


def matrix() -> list[tuple[str, str, str]]:
    """The rows of the table: what, which versions, and what it is needed for."""
    pythons = f"{_dotted(OLDEST_PYTHON)} to {_dotted(NEWEST_PYTHON)}"
    rows = [
        ("Python", pythons, "every run; `make setup` takes the first one that it finds"),
        (
            "pulumi CLI",
            f"{_dotted(CLI)} or a later 3.x; or none",
            "backends other than a folder; without it, `engine/`",
        ),
    ]
    for name, package in PACKAGES.items():
        rows.append((name, _range(package), package.needed_for + _extras(name)))
    return rows


def is_tried(package: Package, version: str) -> bool:
    """Whether the version of a package is in the matrix: the tried one, or a later one of the same major version."""
    if package.exact:
        return version in package.tried
    have = numbers(version)
    return any(have[:1] == tried[:1] and have >= tried for tried in map(numbers, package.tried))


def numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: `3.272.0+dirty` is 3, 272, 0."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", version.strip())
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _extras(name: str) -> str:
    module = _IMPORTED_AS.get(name, name.replace("-", "_"))
    found = [f"`{extra}`" for extra, modules in MODULES.items() if module in modules]
    return f"; extra {', '.join(found)}" if found else ""


def _range(package: Package) -> str:
    if package.exact:
        return " or ".join(package.tried)
    return ", or ".join(f"{tried} or a later {tried.partition('.')[0]}.x" for tried in package.tried)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
