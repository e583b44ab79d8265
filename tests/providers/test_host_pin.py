"""A host that was started for one plan lets no other pass, whatever program asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.providers.host_process import ACCOUNT, running_host
from tests.providers.host_values import guard_input, refusal

NOW, OTHER = "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst", "bbbb-cccc-dddd-ffff-bbbb-cccc-dddd-ffff"


@pytest.mark.parametrize(
    ("pinned", "last", "says"),
    [
        (NOW, OTHER, None),
        (OTHER, NOW, f"reviewed: {OTHER} (DIGO_PLAN)\n  now: {NOW}\n  since the review config,"),
        (OTHER, OTHER, f"reviewed: {OTHER} (DIGO_PLAN)\n  now: {NOW}\n  the last up was of the reviewed plan."),
        ("", OTHER, "DIGO_PLAN is empty"),
    ],
)
def test_the_host_lets_the_pinned_plan_pass_alone(tmp_path: Path, pinned: str, last: str, says: str | None) -> None:
    with running_host(tmp_path, {"DIGO_AUTHORIZATION": "example-token", "DIGO_PLAN": pinned}) as host:
        host.configure(endpoint="http://127.0.0.1:1", cps="0")
        if says is None:
            assert host.check(ACCOUNT, "account", guard_input(), guard_input(plan=last)) == (guard_input(), [])
        else:
            assert says in refusal(host.check, ACCOUNT, "account", guard_input(), guard_input(plan=last))
