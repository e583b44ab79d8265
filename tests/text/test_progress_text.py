"""The line of a progress: the count first, a rate that was measured, and a time left that can be believed."""

from __future__ import annotations

import pytest

from digo.text.progress import Rate, progress_text


@pytest.mark.parametrize(
    ("done", "total", "rate", "cps", "told"),
    [
        (412, 1000, 118.0, 0, "412 of 1,000 agents, 41 %, 118/s, 5 s left"),
        (0, 1000, None, 30, "0 of 1,000 agents, 0 %, 33 s left"),  # nothing is measured yet: the pace is known
        (0, 1000, None, 0, "0 of 1,000 agents, 0 %"),
        (64, 1000, 640.0, 30, "64 of 1,000 agents, 6 %, 640/s, 31 s left"),  # a burst does not go on
        (64, 1000, 3.25, 30, "64 of 1,000 agents, 6 %, 3.2/s, 4 min left"),  # waits after 429 do
        (64, 1000, 0.0, 30, "64 of 1,000 agents, 6 %, 0/s"),
        (999, 1000, 30.0, 30, "999 of 1,000 agents, 99 %, 30/s, 1 s left"),
        (1000, 1000, 30.0, 30, "1,000 of 1,000 agents, 100 %, 30/s"),
        (1001, 1000, 30.0, 30, "1,001 of 1,001 agents, 100 %, 30/s"),
        (1, 1, None, 0, "1 of 1 agent, 100 %"),
        (500, None, 50.0, 0, "500 agents, 50/s"),
    ],
)
def test_the_line(done: int, total: int | None, rate: float | None, cps: int, told: str) -> None:
    assert progress_text(done, total, "agent", rate, cps=cps) == told


def test_a_stall_lowers_the_rate_until_nothing_is_promised() -> None:
    now = [0.0]
    rate = Rate(lambda: now[0])
    assert rate.measure(0) is None
    rates = []
    for second in range(1, 101):
        now[0] = second
        rates.append(rate.measure(min(second, 20) * 10) or 0.0)
    assert rates[:20] == [10.0] * 20
    assert rates[20:49] == sorted(rates[20:49], reverse=True) and rates[48] < 0.5
    assert rates[60:] == [0.0] * 40


def test_a_rate_is_not_known_before_the_first_reply_can_be_there() -> None:
    now = [0.0]
    rate = Rate(lambda: now[0])
    known = []
    for second in range(5):
        now[0] = second
        known.append(rate.measure(0))
    assert known == [None, None, None, 0.0, 0.0]
