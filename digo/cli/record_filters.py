"""The filters of `digo records`: their options and types, and the query from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from digo.api.voice import CallType, Direction, RecordQuery
from digo.call_control.agents import NoSuchAgent
from digo.call_records.dates import DEFAULT_ZONE, DateProblem, moment_of, zone_of
from digo.cli.call_options import CallIdType, agents_of
from digo.cli.context import Context
from digo.cli.whole_number import WholeNumber
from digo.text.redact import mask_numbers

if TYPE_CHECKING:
    from digo.call_records.report import Scope

_F = TypeVar("_F", bound=Callable[..., Any])
_TYPES = {"answered": CallType.ANSWERED, "missed": CallType.MISSED}
_SHOWN = "%Y-%m-%d %H:%M:%S"
LARGEST_PAGE = 1000


def _duration(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, int] | None:
    if value is None:
        return None
    found = re.fullmatch(r"\s*(>=|<=|!=|>|<)\s*(\d{1,7})\s*", value)
    if found is None:
        raise click.BadParameter("an operator and seconds, such as '>=30'; operators are > < >= <= !=")
    return found.group(1), int(found.group(2))


def _not_empty(_context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
    """Refuses an empty filter: it would ask for every record, as an unset variable of a script does."""
    if any(not one.strip() for one in ((value,) if isinstance(value, str) else value or ())):
        raise click.BadParameter("it is empty; leave the option out for all records")
    return value


def _caller(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    digits = None if value is None else re.sub(r"[ ().+-]", "", value)
    if digits is not None and not re.fullmatch(r"\d{4,15}", digits):
        raise click.BadParameter("4 to 15 digits")
    return digits


def filter_options(command: _F) -> _F:
    """Adds all filters of the API's page to a command."""
    options = (
        click.option("--from", "begin", help="First moment: YYYY-MM-DD [hh:mm:ss][Z or +hh:mm]."),
        click.option("--to", "end", help="Last moment. A date alone means the end of the day. Default: now."),
        click.option("--zone", help="The account's time zone."),
        click.option("--call-id", type=CallIdType(), help="The id of one call."),
        click.option(
            "--agent", callback=_not_empty, help="Config key, intercom, number with +, or the agent's id in the API."
        ),
        click.option("--department", multiple=True, callback=_not_empty, help="Department. Repeat for more."),
        click.option("--ivr", multiple=True, callback=_not_empty, help="IVR. Repeat for more."),
        click.option("--type", "call_type", type=click.Choice(sorted(_TYPES)), help="Answered or missed."),
        click.option("--caller", callback=_caller, help="The customer's number, or its last digits."),
        click.option("--destination", callback=_not_empty, help="The destination of an incoming call."),
        click.option("--direction", type=click.Choice([one.value.lower() for one in Direction], case_sensitive=False)),
        click.option("--duration", callback=_duration, help="Operator and seconds, such as '>=30'."),
        click.option(
            "--service",
            "services",
            multiple=True,
            callback=_not_empty,
            help="Service, such as 'Click to Call'. Repeat for more.",
        ),
        click.option(
            "--page-size",
            type=WholeNumber(1, LARGEST_PAGE),
            default=100,
            show_default=True,
            help="Records in each request.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def query_of(context: Context, given: Mapping[str, Any]) -> RecordQuery:
    """The query of the options.

    Raises:
        click.UsageError: an option is wrong, or they contradict each other.
    """
    try:
        zone = _zone(context, given["zone"])
        begin, end = (_moment(f"--{name}", given[key], zone) for name, key in (("from", "begin"), ("to", "end")))
        if begin is not None and end is not None and begin > end:
            raise click.UsageError(f"--from {given['begin']} is after --to {given['end']} ({zone.key})")
        if commas := [name for name in given["services"] if "," in name]:
            raise click.UsageError(f"--service {commas[0]}: a service has no comma in it; repeat --service for more")
        operator, duration = given["duration"] or (None, None)
        return RecordQuery(
            zone,
            from_date=begin,
            to_date=end,
            call_id=given["call_id"],
            agents=None if given["agent"] is None else _agent_id(context, given["agent"]),
            department=given["department"],
            ivr=given["ivr"],
            call_type=given["call_type"] and _TYPES[given["call_type"]],
            callerid=given["caller"],
            destination=given["destination"],
            direction=given["direction"] and Direction(given["direction"].title()),
            duration=duration,
            operator=operator,
            services=given["services"],
            limit=given["page_size"],
        )
    except NoSuchAgent as problem:
        raise click.UsageError(f"--agent {mask_numbers(given['agent'])}: {problem}") from None


def _zone(context: Context, given: str | None) -> ZoneInfo:
    name = given or context.config("zone") or DEFAULT_ZONE
    try:
        return zone_of(name)
    except DateProblem as problem:
        raise click.UsageError(f"{'--zone' if given else 'digo:zone'}: {problem}") from None


def _moment(option: str, given: str | None, zone: ZoneInfo) -> datetime | None:
    if given is None:
        return None
    try:
        return moment_of(given, zone, ends=option == "--to")
    except DateProblem as problem:
        raise click.UsageError(f"{option} {given}: {problem}") from None


def _agent_id(context: Context, text: str) -> str:
    """The id for the filter. The API's page shows one of six digits, like the field `id` of the list of agents."""
    if re.fullmatch(r"[0-9]{5,}", text):
        return text
    found = agents_of(context).agent(text)
    return found.id or found.eid


def describe_span(query: RecordQuery) -> str:
    """`from … to … (zone)`."""
    begin = f"from {query.from_date.strftime(_SHOWN)} " if query.from_date else ""
    end = f"to {query.to_date.strftime(_SHOWN)} " if query.to_date else ""
    return f"{begin}{end}({query.zone.key})"


def scope_of(query: RecordQuery) -> Scope:
    """The heading of a report: times and filters, without the caller's number."""
    from digo.call_records.report import Scope

    left_out = {"from_date", "to_date", "limit", "callerid"}
    filters = tuple((name.removesuffix("[]"), value) for name, value in query.parameters() if name not in left_out)
    return Scope(
        begin=query.from_date.strftime(_SHOWN) if query.from_date else "the first one",
        end=query.to_date.strftime(_SHOWN) if query.to_date else "now",
        zone=query.zone.key,
        filters=filters,
    )
