"""`digo lists plan`: the rows of one list that an up would write, one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import click

from digo.cli.context import Context, pass_context
from digo.cli.exit_codes import detailed_exitcode_option, exit_code
from digo.cli.list_options import most_option
from digo.sanitize.terminal import one_line
from digo.text.did_you_mean import hint
from digo.text.redact import mask_numbers

if TYPE_CHECKING:  # the other commands of this group must not wait for these
    from digo.cli.list_plan_view import ListPlan
    from digo.desired.state import Desired, DesiredList
    from digo.lists.live.row_listing import RowListing
    from digo.state.last_up import LastUp

_AT_ONCE = 1 << 10


@click.command(epilog="Example: digo --stack prod lists plan otp --all")
@click.argument("key")
@most_option
@click.option("--all", "everything", is_flag=True, help="List every row.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@detailed_exitcode_option
@pass_context
def plan(context: Context, key: str, most: int, form: str, *, everything: bool, detailed: bool) -> int:
    """Lists the rows of list KEY that an up would write: new (+), changed (~), gone (-). Nothing is written.

    Numbers are masked, and values are not shown. Where the account shows its lists, the columns that differ are named.
    Otherwise the state knows rows only by their digests. The old values of a changed row are then unknown, and so is
    the number of a row that is gone. A row with ? is sent because nothing proves that the list has it as it is wanted:
    an earlier run was cut off, or too many rows differ to tell which.

    Exit code: 0 done, 1 an error; with --detailed-exitcode 0 nothing to do, 2 changes.
    """
    from digo.cli.list_plan_view import list_plan_json, list_plan_lines
    from digo.plan.review import CHANGES, NOTHING

    found = list_plan(context, key)
    limit = None if everything else most
    if form == "json":
        _print(list_plan_json(found, limit, numbers=context.show_numbers))
    else:
        _print(f"{line}\n" for line in list_plan_lines(found, limit, numbers=context.show_numbers))
    return exit_code(CHANGES if found.step.verb.changes else NOTHING, detailed=detailed)


def _print(pieces: Iterable[str]) -> None:
    """Prints some pieces at a time: a write of its own for each costs more than all else."""
    rest = iter(pieces)
    while text := "".join(islice(rest, _AT_ONCE)):
        click.echo(text, nl=False)


def wanted_list(desired: Desired, key: str) -> DesiredList:
    """The list from files with that key in config.

    Raises:
        click.ClickException: there is none.
    """
    found = {one.key: one for one in desired.lists}
    if any(one.list_key == key for one in desired.leads):
        shown = one_line(mask_numbers(key))
        raise click.ClickException(f"list `{shown}` has no file: each of its leads is an entry of `digo plan`")
    if key not in found:
        near = hint(key, found, "config has no list from files" if not found else f"config has {', '.join(found)}")
        raise click.ClickException(f"no list from files `{one_line(mask_numbers(key))}`; {near}")
    return found[key]


def list_plan(context: Context, key: str) -> ListPlan:
    """What an up would do with the list of that key: config, state and ledger, and the account if it shows lists.

    Raises:
        click.ClickException: there is no such list.
        ApiError: the account could not be read.
        ConfigError: with every problem of the config.
    """
    from digo.cli.list_plan_view import ListPlan
    from digo.desired import load_environment
    from digo.desired.list_digests import with_list_digests
    from digo.lists.sending.refused_file import RefusedFile, refused_folder
    from digo.live_leads import live_list, read_live_list
    from digo.plan.live_leads import LiveLeads
    from digo.plan.steps import file_list_step
    from digo.source.positions import shown_path

    desired = load_environment(context.folder, context.root)
    wanted = wanted_list(desired, key)
    named = tuple(one for one in desired.broadcast_lists if one.key == key)
    desired = replace(desired, agents=(), leads=(), absent=(), lists=(wanted,), broadcast_lists=named)
    applied = context.last_up()
    desired = _with_ids(context, desired, applied)
    (wanted,) = desired.lists
    desired = with_list_digests(desired, context.ledger_key, context.settings.cps)
    applied = context.loaded.with_interrupted_runs(applied, desired)
    settings = context.settings
    listing = read_live_list(wanted, applied, settings, context.ledger_key)
    live = LiveLeads() if listing is None else LiveLeads({key: live_list(listing, wanted.shards, settings)})
    (digested,) = desired.lists
    step = file_list_step(digested, applied, live, settings.profile)
    refused = RefusedFile(refused_folder(context.root, context.stack), key)
    shown = shown_path(refused.path, context.root)
    return ListPlan(
        desired.environment, step, listing or _sent_listing(wanted, digested, applied), shown, len(refused.entries())
    )


def _with_ids(context: Context, desired: Desired, applied: LastUp) -> Desired:
    """The desired state with the id of a list that config names, which the account has to tell."""
    from digo.api.agent_calls import ReadOptions
    from digo.desired.broadcast_lists import with_list_ids
    from digo.plan.broadcast_lists import list_ids

    if not desired.broadcast_lists:
        return desired
    snapshot = context.snapshot(ReadOptions(lists=True))
    return with_list_ids(desired, list_ids(desired, snapshot, applied))


def _sent_listing(wanted: DesiredList, digested: DesiredList, applied: LastUp) -> RowListing:
    """The rows that differ from what was sent, where the account cannot be asked."""
    from digo.lists.live.row_listing import SentListing
    from digo.plan.lead_steps import sent_change

    assert wanted.rows is not None and digested.digests is not None and digested.digests.rows is not None
    change = sent_change(digested, applied.lists.get(wanted.key))
    return SentListing.of(wanted.rows, digested.digests.rows, change)
