"""What the program hands to the gate, and how the gate judges it: both sides of one property bag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digo.api.snapshot import Snapshot
from digo.desired.approvals import Approval, Guard
from digo.desired.positions import Position
from digo.desired.state import Desired
from digo.plan.census import Census
from digo.plan.compare import Plan
from digo.plan.fingerprint import plan_hash
from digo.plan.guards import Limits, Refusal, judge, refusal_text, refusals, shrank
from digo.plan.renames import Renames
from digo.profiles import Profile

if TYPE_CHECKING:  # the settings hold the guards' limits, and so import this package
    from digo.settings import Settings


@dataclass(frozen=True)
class Stand:
    """Where a stack stands: what the guards need beside the plan. `folder` is where approvals are written; `strict`
    refuses a plan that leaves a difference (`digo:cannotConverge`)."""

    endpoint: str
    profile: Profile
    limits: Limits
    folder: str
    strict: bool = False

    @classmethod
    def of(cls, settings: Settings, folder: Path, root: Path) -> Stand:
        """The stand of a stack by its settings. `folder` is the environment's, `root` the project's."""
        return cls(
            settings.access.endpoint,
            settings.profile,
            settings.guards,
            folder.relative_to(root).as_posix(),
            settings.strict,
        )


def written_gate(
    plan: Plan, desired: Desired, snapshot: Snapshot, stand: Stand, hashed: str | None = None
) -> dict[str, Any]:
    """The bag of one run. `hashed` is the plan's hash where it is known: to make it reads all of config and account."""
    return {
        "census": Census.of(plan, snapshot, stand.endpoint, stand.profile.name).written(),
        "limits": stand.limits.model_dump(),
        "plan": hashed or plan_hash(desired, snapshot),
        "approvals": [
            {**asdict(one), "guard": one.guard.value, "expires": one.expires.isoformat()} for one in desired.approvals
        ],
        "folder": stand.folder,
        "renames": plan.renames.written(),
    }


def strict_refusal(plan: Plan, strict: bool) -> str | None:
    """Why a plan is refused that leaves a difference, where the stack is `strict`: the error's text."""
    if not strict or not plan.warnings:
        return None
    return "\n".join(["nothing was written: digo:cannotConverge is error, and", *plan.warnings])


def refusal(before: Mapping[str, Any] | None, now: Mapping[str, Any], today: date) -> str | None:
    """Why the run is refused: the error's text; None where it may go on.

    Args:
        before: the bag of the last run, or None where there was none.
        now: the bag of this run.
        today: what approvals expire by.
    """
    renames = Renames.read(now.get("renames") or {})
    last = Census.read(before.get("census") or {}).renamed(renames) if before else None
    return _judged(refusals(Limits.model_validate(now["limits"]), last, Census.read(now["census"])), now, today)


def vanished_refusal(vanished: int, now: Mapping[str, Any], today: date) -> str | None:
    """Why the account's list is not believed, by the state: the error's text; None where it is.

    The census cannot say it of what the last up itself created: that run had counted the account before.

    Args:
        vanished: how many agents that the state has and config wants are not in the list.
        now: the bag of this run.
        today: what approvals expire by.
    """
    limits, seen = Limits.model_validate(now["limits"]), Census.read(now["census"]).seen
    if not vanished or not shrank(limits, seen + vanished, seen):
        return None
    message = (
        f"agents in the account's list: {seen:,}, and {vanished:,} that the state has are not in it: that is more than "
        f"{limits.maxShrinkPercent} % (maxShrinkPercent), so it may have been cut short"
    )
    return _judged([Refusal(Guard.SHRUNK, message)], now, today)


def _judged(found: Iterable[Refusal], bag: Mapping[str, Any], today: date) -> str | None:
    plan = str(bag["plan"])
    verdict = judge(found, _approvals(bag), plan, today)
    return refusal_text(verdict, plan, str(bag["folder"])) if verdict.refused else None


def _approvals(bag: Mapping[str, Any]) -> list[Approval]:
    return [
        Approval(
            Guard(one["guard"]),
            one["reason"],
            one["plan"],
            date.fromisoformat(one["expires"]),
            Position(one["position"]["file"], int(one["position"]["line"]), int(one["position"]["column"])),
        )
        for one in bag.get("approvals") or []
    ]
