"""The limits of the guards, as `digo:guards` has them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from digo.text.did_you_mean import hint


class GuardLimits(BaseModel):
    """The stack's limits (`digo:guards`).

    A percentage is of what the stack had. It applies only beyond `small` resources, since half of four is two.
    `max…Percent` 100 switches a percentage off.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    maxCreates: int = Field(default=500, ge=0, description="creates in a run")
    maxCreatePercent: int = Field(default=100, ge=0, le=100, description="creates, in percent of what the stack had")
    maxUpdates: int = Field(default=500, ge=0, description="leads sent again and agents changed in a run")
    maxUpdatePercent: int = Field(
        default=100, ge=0, le=100, description="leads sent again and agents changed, in percent"
    )
    maxDeletes: int = Field(default=50, ge=0, description="entries forgotten or deleted in a run")
    maxDeletePercent: int = Field(default=30, ge=0, le=100, description="entries forgotten or deleted, in percent")
    maxDeletedRows: int = Field(default=1000, ge=0, description="rows that are deleted from lists in a run")
    maxAdoptions: int = Field(default=1000, ge=0, description="agents adopted in a run")
    maxAdoptionPercent: int = Field(default=100, ge=0, le=100, description="agents adopted, in percent")
    minUnblocked: int = Field(default=1, ge=0, description="agents that must take calls after the run")
    maxShrinkPercent: int = Field(
        default=20,
        ge=0,
        le=100,
        description="how much shorter the account's list of agents may be than in the last run, in percent",
    )
    maxNewRows: int = Field(default=1_000_000, ge=0, description="rows by which lists from files grow in a run")
    maxRowDropPercent: int = Field(
        default=30, ge=0, le=100, description="how much shorter a list from files may get, in percent"
    )
    maxSuppressedPercent: int = Field(
        default=50, ge=0, le=100, description="how much of a list may be suppressed, in percent"
    )
    small: int = Field(default=5, ge=0, description="a percentage applies only beyond this many resources")

    def recorded(self) -> dict[str, int]:
        """The limits as the state and a plan's hash have them. A later limit is in them where it is not the default."""
        values = self.model_dump()
        for name in _LATER:
            if values[name] == type(self).model_fields[name].default:
                del values[name]
        return values


# 0.2.0 did not have these. A later limit belongs here too: at its default it changes no plan's hash.
_LATER = ("maxDeletedRows", "maxSuppressedPercent")


def wrong_limit(error: Any) -> str:
    """The message for one of `ValidationError.errors()` of `GuardLimits`."""
    if not error["loc"]:
        return "digo:guards is a mapping of limits: `pulumi config set --path digo:guards.maxCreates 500` sets one"
    name = str(error["loc"][0])
    field = GuardLimits.model_fields.get(name)
    if field is None:
        return f"digo:guards.{name} is not a limit; {hint(name, GuardLimits.model_fields, _KNOWN)}"
    bounds = [getattr(bound, "le", None) for bound in field.metadata]
    most = next((most for most in bounds if most is not None), None)
    numbers = "of 0 or more" if most is None else f"from 0 to {most:,}"
    return f"digo:guards.{name} is a whole number {numbers} ({field.description})"


_KNOWN = f"known: {', '.join(GuardLimits.model_fields)}"
