"""Inline leads: maps the user's column names to the API's fields, and names the leads' resources."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from digo.desired.list_models import ListEntry, is_api_field
from digo.desired.models import require_text
from digo.desired.state import DesiredLead
from digo.lists.files.addresses import file_name
from digo.lists.files.source import PHONE_FIELD, is_parquet, is_workbook
from digo.phone.number import NumberProblem, PhoneNumber, parse_number
from digo.source.positions import Document, Loc, Position, dotted
from digo.source.problems import Problem
from digo.text.did_you_mean import hint
from digo.text.redact import VISIBLE_DIGITS


def read_leads(document: Document, key: str, entry: ListEntry) -> tuple[list[DesiredLead], list[Problem]]:
    """The leads of one list entry, and every problem of the leads and of the list's columns."""
    loc: Loc = ("lists", key)
    problems = [*_check_columns(document, loc, entry), *_check_source(document, loc, entry)]
    if PHONE_FIELD not in entry.columns.values():
        return [], problems
    leads: list[DesiredLead] = []
    seen: dict[str, Position] = {}
    columns = {api_field: column for column, api_field in entry.columns.items()}
    for index, row in enumerate(entry.leads):
        row_loc: Loc = (*loc, "leads", index)
        fields, found = _fields(document, row_loc, entry, row)
        problems.extend(found)
        number, phone_loc = _phone(document, row_loc, entry, row, problems)
        if number is None or found:
            continue
        position = document.at(phone_loc)
        if number.digits in seen:
            message = f"this number is already at {seen[number.digits]}; a list has a lead once"
            problems.append(Problem(position, dotted(phone_loc), message))
            continue
        seen[number.digits] = position
        lead = DesiredLead("", key, entry.id or "", number, fields, position, entry.formerly, columns)
        leads.append(replace(lead, list_name=entry.name) if entry.name else lead)
    return leads, problems


def lead_keys(leads: Iterable[DesiredLead]) -> list[DesiredLead]:
    """The leads with their resource names: `<list>-<last digits>`.

    Leads that share their last digits get `-2`, `-3` and so on.

    A resource name is shown everywhere. It cannot contain the number, nor a digest from which anyone could find the
    number. If two leads share their last digits, the order of the full numbers decides, so moving a line in the file
    renames nothing. If a name does move to another lead, that costs one more `overwrite`, which is harmless.

    A lead's `formerly` holds former keys of its list. They become former names of the lead.
    """
    leads = list(leads)
    groups: dict[str, list[DesiredLead]] = defaultdict(list)
    for lead in leads:
        groups[f"{lead.list_key}-{lead.number.digits[-VISIBLE_DIGITS:]}"].append(lead)
    named: dict[tuple[str, str], str] = {}
    for name, group in groups.items():
        for place, lead in enumerate(sorted(group, key=lambda one: one.number.digits), start=1):
            named[lead.list_key, lead.number.digits] = name if place == 1 else f"{name}-{place}"
    return [_named(lead, named[lead.list_key, lead.number.digits]) for lead in leads]


def _named(lead: DesiredLead, name: str) -> DesiredLead:
    tail = name.removeprefix(lead.list_key)
    return replace(lead, key=name, formerly=tuple(old + tail for old in lead.formerly))


def _check_columns(document: Document, loc: Loc, entry: ListEntry) -> Iterable[Problem]:
    columns_loc: Loc = (*loc, "columns")
    if PHONE_FIELD not in entry.columns.values():
        message = f"no column is {PHONE_FIELD}, the phone; write for example `phone: {PHONE_FIELD}`"
        yield Problem(document.key_at(columns_loc), dotted(columns_loc), message)
    owners: dict[str, str] = {}
    for column, api_field in entry.columns.items():
        if re.fullmatch(r"field_\d+", column) and column != api_field:
            message = f"a column called like an API field can only be that field, not {api_field}"
            yield Problem(document.key_at((*columns_loc, column)), dotted((*columns_loc, column)), message)
        if api_field in owners:
            message = f"`{owners[api_field]}` is {api_field} already"
            yield Problem(document.at((*columns_loc, column)), dotted((*columns_loc, column)), message)
        owners.setdefault(api_field, column)


def _check_source(document: Document, loc: Loc, entry: ListEntry) -> Iterable[Problem]:
    if entry.source is not None:
        if "leads" in entry.model_fields_set:
            where: Loc = (*loc, "leads")
            message = "a list has `leads` or a `source`, not both: write them into the file"
            yield Problem(document.key_at(where), dotted(where), message)
        yield from _check_format(document, loc, entry.source, entry.model_fields_set)
        return
    for name in ("duplicates", "shards", "encoding", "sheet"):
        if name in entry.model_fields_set:
            where = (*loc, name)
            yield Problem(document.key_at(where), dotted(where), "it means something only beside a `source`")


def _check_format(document: Document, loc: Loc, source: str, given: Collection[str]) -> Iterable[Problem]:
    name = file_name(source)
    is_csv = not is_workbook(name) and not is_parquet(Path(name))
    for setting, fits, what in (("encoding", is_csv, "CSV files"), ("sheet", is_workbook(name), "workbooks")):
        if setting in given and not fits:
            where: Loc = (*loc, setting)
            yield Problem(document.key_at(where), dotted(where), f"only {what} have it, and `source` names others")


def _fields(
    document: Document, row_loc: Loc, entry: ListEntry, row: dict[str, Any]
) -> tuple[dict[str, str], list[Problem]]:
    fields: dict[str, str] = {}
    problems = []
    for column, value in row.items():
        api_field = entry.columns.get(column) or (column if is_api_field(column) else None)
        where: Loc = (*row_loc, column)
        if api_field is None:
            near = hint(column, entry.columns, f"known here: {', '.join(entry.columns)} and field_N")
            problems.append(Problem(document.key_at(where), dotted(where), f"unknown column; {near}"))
        elif api_field in fields:
            problems.append(Problem(document.key_at(where), dotted(where), f"{api_field} is in this lead already"))
        else:
            try:
                fields[api_field] = require_text(value)
            except ValueError as problem:
                problems.append(Problem(document.at(where), dotted(where), str(problem)))
    fields.pop(PHONE_FIELD, None)
    return fields, problems


def _phone(
    document: Document, row_loc: Loc, entry: ListEntry, row: dict[str, Any], problems: list[Problem]
) -> tuple[PhoneNumber | None, Loc]:
    column = next(name for name, api_field in entry.columns.items() if api_field == PHONE_FIELD)
    column = column if column in row or PHONE_FIELD not in row else PHONE_FIELD
    where: Loc = (*row_loc, column)
    if column not in row:
        problems.append(Problem(document.at(row_loc), dotted(where), "is missing"))
        return None, where
    if not isinstance(row[column], str):
        return None, where
    try:
        return parse_number(row[column], entry.country), where
    except NumberProblem as problem:
        problems.append(Problem(document.at(where), dotted(where), str(problem)))
        return None, where
