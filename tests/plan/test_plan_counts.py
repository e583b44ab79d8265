"""What a plan counts by the state, for the guards."""

from __future__ import annotations

from typing import Any

import pytest

from digo.plan.compare import compare
from digo.plan.steps import Verb, steps_of
from digo.settings.profiles import DIGO
from digo.state.last_up import LastUp
from tests.plan.plan_values import account, census, desired, record, wanted


@pytest.mark.parametrize(
    ("last", "adoptions"),
    [({"agents": {"desk": ""}}, 0), ({"agents": {"desk": "e1"}}, 1), ({"agents": {"other": ""}}, 1), (None, 1)],
)
def test_an_agent_that_the_last_run_was_to_create_is_adopted_and_not_counted(
    last: dict[str, Any] | None, adoptions: int
) -> None:
    """A run that was killed after its creates leaves agents that are its own."""
    guard_input = None if last is None else {"census": census(**last).to_dict()}
    here = account(record("e1"))
    steps = steps_of(compare(desired(wanted("desk")), here, DIGO), LastUp(guard_input=guard_input), DIGO)
    assert [one.verb for one in steps.steps] == [Verb.ADOPT]
    assert steps.changes.adoptions == adoptions
