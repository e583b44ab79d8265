"""Reviews to look at as pages: each kind of entry, a calm stack, a refusal, many entries, and hostile names."""

from __future__ import annotations

from dataclasses import replace

from digo.desired import Position, Problem
from digo.plan.review import Review
from digo.state.last_up import LeadState
from tests.plan.plan_values import lead, number, record, wanted
from tests.plan.reviews import EID, reviewed, stored

HOSTILE = "</script><img src=x onerror=\"document.title='caught'\"> \u202e\u2066 \u05de\u05d5\u05e7\u05d3 " + "W" * 300


def mixed(name: str = "Panel", key: str = "stuck", made: int = 14, column: str = "otp") -> Review:
    """An entry of each verb, `made` new agents, a warning, and unmanaged agents."""
    columns = {"field_0": "phone", "field_1": "name", "field_2": column}
    review = reviewed(
        *(wanted(f"floor-{n:02}", 20 + n, f"{1200 + n}", f"Floor {n}") for n in range(made)),
        wanted("night", 2, name="Night desk"),
        wanted("calm", 3),
        wanted(key, 4, name="Wanted"),
        wanted("moved", 5, "1044", "Support"),
        replace(lead("otp-1", 40, field_1="Asha", field_2="1234"), columns=columns),
        replace(lead("otp-2", 41, field_1="Ravi"), columns=columns),
        live=(
            record("e2", 2, "1002", name="Night desk"),
            record("e3", 3),
            record("e4", 4, name=name),
            record(EID, 6, "1004", name="Support"),
            record("e7", 7, name="Old"),
            record("e9", 9, name=f"Call {number(77)}"),
            record("e10", None, name=None),
        ),
        agents=(
            stored("calm", "e3", 3),
            stored(key, "e4", 4, name),
            stored("moved", EID, 6, "Support", "1004"),
            stored("gone", "e7", 7, "Old"),
        ),
        leads=(LeadState("otp-2", "4711", number(41), {"field_1": "Rav"}),),
    )
    return replace(review, warnings=(Problem(Position("agents.yaml", 4, 3), "agents.a", "a doubtful number"),))


def calm() -> Review:
    """Nothing to do."""
    return reviewed(wanted("calm", 3), live=(record("e3", 3),), agents=(stored("calm", "e3", 3),))


def refused() -> Review:
    """A plan that the guards refuse, with many warnings."""
    review = replace(calm(), refusal="guard creates: 60 creates, and the stack allows 50")
    return replace(review, warnings=tuple(Problem(Position("f", n, 1), "agents", "doubtful") for n in range(1, 40)))


SCENES = {
    "mixed": mixed,
    "calm": calm,
    "refused": refused,
    "empty": reviewed,
    "hostile": lambda: mixed(HOSTILE, "k" * 200, column="<b>" + "c" * 90),
}
