"""Checks of Python, its packages and the engine."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from digo.doctor.check import Result, error, ok, warning
from digo.doctor.support import CLI, NEWEST_PYTHON, OLDEST_PYTHON, PACKAGES, is_tried, numbers

_INSTALL = "run `make setup` in the project, or `pip install` the package anew"


def installed_packages() -> dict[str, str | None]:
    """The version of each package of the matrix; None where it is not installed."""
    return {name: _version(name) for name in PACKAGES}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def check_python(running: tuple[int, ...], executable: str) -> Result:
    """Whether this Python is in the support matrix."""
    said = f"{'.'.join(map(str, running))} in {executable}"
    oldest, newest = (".".join(map(str, one)) for one in (OLDEST_PYTHON, NEWEST_PYTHON))
    if running[:2] < OLDEST_PYTHON:
        return error(
            said, f"it is too old: {oldest} to {newest} are supported", f"install one of them; then {_INSTALL}"
        )
    if running[:2] > NEWEST_PYTHON:
        return warning(
            said,
            f"it is newer than what was tried: {oldest} to {newest}",
            f"if something fails, use Python {newest}; then {_INSTALL}",
        )
    return ok(said)


def check_packages(installed: Mapping[str, str | None]) -> Result:
    """Whether the packages are in the support matrix."""
    missing = [name for name in PACKAGES if installed.get(name) is None]
    needed = [name for name in missing if PACKAGES[name].needed_for == "every run"]
    have = {name: found for name in PACKAGES if (found := installed.get(name)) is not None}
    others = [f"{name} {found}" for name, found in have.items() if not is_tried(PACKAGES[name], found)]
    if needed:
        return error(f"not installed: {', '.join(needed)}", "no run works without them", _INSTALL)
    if others:
        return warning(
            f"not in the support matrix: {', '.join(others)}",
            "this version was not tried with them (docs/support.md)",
            _INSTALL,
        )
    # They are of extras: a check of what needs one says that it is missing.
    lost = f"; without {', '.join(missing)} (`make setup EXTRAS=…`: see docs/support.md)" if missing else ""
    return ok(f"{len(have):,} of the support matrix, Pulumi SDK {have['pulumi']}{lost}")


def check_engine(name: str, version: str) -> Result:
    """Which engine runs, and why. `name` is the command that starts it."""
    if name != "pulumi":
        return ok(f"the embedded one ({name}, of SDK {version}), because no `pulumi` is on PATH")
    said = f"pulumi {version}, because it is on PATH"
    found = numbers(version)
    if found[:1] != CLI[:1] or found < CLI:
        return warning(
            said,
            f"it is not one of the versions that this tool was tried with: {'.'.join(map(str, CLI))} or a later 3.x",
            "install a current pulumi CLI; or take it off PATH, and the embedded engine runs",
        )
    return ok(said)
