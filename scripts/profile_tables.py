"""The generated tables of docs/smartflo.md: the calls of the profile, and the fields of an agent that they set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from digo.desired.models import AgentEntry
from digo.settings.profiles import DOCUMENTED_IN, SMARTFLO, Ability, Profile, Route, Subject
from scripts.markdown_table import table, with_table

PAGE = Path(__file__).resolve().parents[1] / DOCUMENTED_IN
_ABILITIES = (Ability.READ_BACK, Ability.CREATE, Ability.UPDATE, Ability.DELETE, Ability.BULK)
_WRITES = (Ability.CREATE, Ability.UPDATE)


def page_text() -> str:
    """The page with its tables as the code has them."""
    text = PAGE.read_text(encoding="utf-8")
    return with_table(with_table(text, "calls", calls(SMARTFLO)), "fields", fields(SMARTFLO))


def calls(profile: Profile) -> str:
    """Each row of a profile: what it does, the call, what it depends on, and where it is documented."""
    return table(("to", "call", "only if", "source"), _rows(profile))


def _rows(profile: Profile) -> Iterator[tuple[str, ...]]:
    told: dict[tuple[Ability, tuple[Route, ...]], list[str]] = {}
    for subject in Subject:
        for ability in _ABILITIES:
            if routes := profile.routes.get((subject, ability)):
                told.setdefault((ability, routes), []).append(subject.value)
    for (ability, routes), subjects in told.items():
        for route in routes:
            yield f"{ability.value}: {', '.join(subjects)}", f"`{route.call}`", _condition(route), route.source


def _condition(route: Route) -> str:
    parts = [f"the list is `{route.listed_by}`"] if route.listed_by and route.call != route.listed_by else []
    parts += [f"word `{route.switch}`"] if route.switch else []
    return ", ".join(parts)


def fields(profile: Profile) -> str:
    """Which call sets which field of an agent."""
    columns = [(ability, route) for ability in _WRITES for route in profile.routes[Subject.AGENT, ability]]
    names = [name for name in AgentEntry.model_fields if any(name in (route.fields or ()) for _, route in columns)]
    head = ("field", *(f"`{route.call}`" for _, route in columns))
    return table(head, ((f"`{name}`", *(_sets(name, *column) for column in columns)) for name in names))


def _sets(name: str, ability: Ability, route: Route) -> str:
    if not route.sets(name):
        return ""
    needed = AgentEntry.model_fields[name].is_required() or name in route.demands
    return "needed" if needed and ability is Ability.CREATE else "yes"
