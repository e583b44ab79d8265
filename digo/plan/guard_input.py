"""The guard input that the program registers, and how it is judged: both sides of one property bag."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digo.api.snapshot import Snapshot
from digo.desired.approvals import Approval, GuardName
from digo.desired.renames import Renames
from digo.desired.state import Desired
from digo.plan.compare import Plan
from digo.plan.fingerprint import plan_hash
from digo.plan.guards import (
    REFUSED,
    Refusal,
    evaluate,
    over_limits,
    refusal_text,
    refusals,
    shrank,
    shrunk,
    shrunk_lists,
)
from digo.plan.run_summary import ChangeCounts, summarize
from digo.settings.keys import DEFAULT_BULK_ROWS
from digo.settings.limits import GuardLimits
from digo.settings.profiles import Profile
from digo.source.positions import Position
from digo.state.run_summary import RunSummary
from digo.text.samples import sample

if TYPE_CHECKING:  # `digo.settings.stack_settings` imports this package for the guards' limits
    from digo.settings.stack_settings import Settings


@dataclass(frozen=True)
class GuardContext:
    """What the guards need besides the plan.

    `folder` is where approvals are written. If `strict`, a plan that leaves a difference is refused
    (`digo:cannotConverge`). `write_settings` has the other settings that decide where and how a run writes.
    """

    endpoint: str
    profile: Profile
    limits: GuardLimits
    folder: str
    strict: bool = False
    write_settings: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, folder: Path, root: Path) -> GuardContext:
        """The context of a stack, from its settings. `folder` is the environment's, `root` the project's."""
        return cls(
            settings.access.endpoint,
            settings.profile,
            settings.guards,
            folder.relative_to(root).as_posix(),
            settings.strict,
            {
                "port": settings.access.port,
                "scheme": settings.scheme.value,
                "numberForm": settings.number_form.value,
                "lateSeconds": settings.late_seconds,
                **_later_settings(settings),
            },
        )

    @property
    def pinned(self) -> str:
        """A digest of all settings that decide where and how a run writes, and what it refuses.

        It is part of the plan's hash. Settings that change only the pace or the output are not in it, nor is the token:
        a pipeline's jobs may have different ones, and the account's list shows which account it is.
        """
        content = [self.endpoint.rstrip("/"), self.profile.name, self.limits.recorded(), self.strict]
        return hashlib.sha256(json.dumps([*content, dict(self.write_settings)], sort_keys=True).encode()).hexdigest()


def _later_settings(settings: Settings) -> Mapping[str, object]:
    """Settings of later versions, where they are not the default: so the hashes of other stacks stay."""
    values = {
        "deletes": settings.profile.deletes,
        "undocumented": sorted(settings.profile.switches),
        "bulkRows": settings.bulk_rows if settings.bulk_rows != DEFAULT_BULK_ROWS else 0,
    }
    return {name: value for name, value in values.items() if value}


def guard_input(
    plan: Plan, desired: Desired, snapshot: Snapshot, context: GuardContext, hashed: str | None = None
) -> dict[str, Any]:
    """The guard input of one run.

    Pass `hashed` if the plan's hash is known: computing it reads all of config and account.
    """
    return {
        "census": summarize(plan, snapshot, context.endpoint, context.profile.name).to_dict(),
        "limits": context.limits.recorded(),
        "plan": hashed or plan_hash(desired, snapshot, context.pinned),
        "approvals": [
            {**asdict(one), "guard": one.guard.value, "expires": one.expires.isoformat()} for one in desired.approvals
        ],
        "folder": context.folder,
        "renames": plan.renames.to_dict(),
    }


def strict_refusal(plan: Plan, *, strict: bool) -> str | None:
    """Why a `strict` stack refuses a plan that leaves a difference: the error's text; None if it does not."""
    if not strict or not plan.warnings:
        return None
    head = "nothing was written: digo:cannotConverge is error, and"
    return "\n".join([head, *sample(plan.warnings, "`digo drift --all` lists all")])


def refusal(before: Mapping[str, Any] | None, now: Mapping[str, Any], today: date) -> str | None:
    """Why the run is refused: the error's text; None if it may go on.

    Args:
        before: the guard input of the last run; None if there was none.
        now: the guard input of this run.
        today: the day that approvals are checked against.
    """
    renames = Renames.from_dict(now.get("renames") or {})
    last = RunSummary.from_dict(before.get("census") or {}).renamed(renames) if before else None
    return _judged(
        refusals(GuardLimits.model_validate(now["limits"]), last, RunSummary.from_dict(now["census"])), now, today
    )


def vanished_refusal(vanished: int, now: Mapping[str, Any], today: date) -> str | None:
    """Why the account's list seems cut short, given the state: the error's text; None if it does not.

    The run summary cannot show this for agents that the last up itself created: that run counted the account before it
    created them.

    Args:
        vanished: how many agents of the state, wanted by config, are missing from the list.
        now: the guard input of this run.
        today: the day that approvals are checked against.
    """
    limits, seen = GuardLimits.model_validate(now["limits"]), RunSummary.from_dict(now["census"]).seen
    if not vanished or not shrank(limits, seen + vanished, seen):
        return None
    what = f"{vanished:,} that the state has {'is' if vanished == 1 else 'are'} not in it: that is"
    return _judged([shrunk(limits, seen + vanished, seen, what)], now, today)


def vanished_lists_refusal(vanished: int, seen: int, now: Mapping[str, Any], today: date) -> str | None:
    """Why the account's broadcast lists seem cut short, given the state: the error's text; None if they do not.

    Args:
        vanished: how many lists of the state, named by config, are missing.
        seen: how many lists the account has.
        now: the guard input of this run.
        today: the day that approvals are checked against.
    """
    found = shrunk_lists(GuardLimits.model_validate(now["limits"]), vanished, seen)
    return None if found is None else _judged([found], now, today)


def counted_refusal(
    changes: ChangeCounts, had: int, now: Mapping[str, Any], today: date, applied: str = "nothing was written"
) -> str | None:
    """Why a run with these changes, counted by the state, is refused: the error's text; None if it may go on.

    The summary of the last run says what that run was to do. After a run with targets, or one that was cut off, the
    state has less than that.

    Args:
        changes: the changes by the state.
        had: how many entries the last run had.
        now: the guard input of this run.
        today: the day that approvals are checked against.
        applied: what was and was not written.
    """
    found = over_limits(GuardLimits.model_validate(now["limits"]), had, changes)
    # The host counts as the run goes on, so the whole run may need more than the count up to here.
    found = tuple(replace(one, enough=None) for one in found)
    head = f"the guards refuse what this run would change by the state; {applied}:"
    return _judged(found, now, today, head)


def targets_refusal(now: Mapping[str, Any], today: date, message: str) -> str | None:
    """Why a run without `account` among its targets is refused: the error's text; None if an approval lifts that.

    The guards that need no last run are judged too.
    """
    plan, folder = str(now["plan"]), str(now["folder"])
    verdict = evaluate([Refusal(GuardName.TARGETS, message)], _approvals(now), plan, today)
    if verdict.refused:
        lines = [f"{message}; nothing was written or adopted:"]
        lines += [f"  {objection}" for objection in verdict.unusable_approvals]
        lines.append(
            "  Next: let the guards judge the run: add --target '**::account', or do not exclude it. If these targets "
            f"alone are meant, approve them in {folder}/approvals.yaml with `guard: {GuardName.TARGETS.value}`, a "
            f"`reason`, `plan: {plan}` and an `expires` date"
        )
        return "\n".join(lines)
    absolute = refusals(GuardLimits.model_validate(now["limits"]), None, RunSummary.from_dict(now["census"]))
    needs_no_last_run = (GuardName.UNBLOCKED, GuardName.SUPPRESSED)
    return _judged([one for one in absolute if one.guard in needs_no_last_run], now, today)


def _judged(found: Iterable[Refusal], guard_input: Mapping[str, Any], today: date, head: str = REFUSED) -> str | None:
    plan = str(guard_input["plan"])
    verdict = evaluate(found, _approvals(guard_input), plan, today)
    return refusal_text(verdict, plan, str(guard_input["folder"]), head) if verdict.refused else None


def _approvals(guard_input: Mapping[str, Any]) -> list[Approval]:
    return [
        Approval(
            GuardName(one["guard"]),
            one["reason"],
            one["plan"],
            date.fromisoformat(one["expires"]),
            Position(one["position"]["file"], int(one["position"]["line"]), int(one["position"]["column"])),
        )
        for one in guard_input.get("approvals") or []
    ]
