"""What a 429 does to the pace, on a clock of the test's own."""

from __future__ import annotations

from digo.api.token_bucket import RateBrake


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def passed(brake: RateBrake, clock: Clock, seconds: float) -> int:
    """How many calls pass in that time, each asking again when it is told to."""
    end, count = clock.seconds + seconds, 0
    while clock.seconds < end:
        wait = brake.take()
        if wait:
            clock.seconds += wait
        else:
            count += 1
            clock.seconds += 0.001
    return count


def test_a_429_halves_once_for_all_calls_under_way() -> None:
    clock = Clock()
    brake = RateBrake(30, clock)
    for _ in range(20):
        brake.limited(None)
        clock.seconds += 0.01
    assert 0.5 <= brake.share < 0.52


def test_each_further_second_of_429_halves_again_down_to_a_floor() -> None:
    clock = Clock()
    brake = RateBrake(30, clock)
    shares = []
    for _ in range(40):
        brake.limited(None)
        shares.append(brake.share)
        clock.seconds += 1.0
    assert shares[:3] == sorted(shares[:3], reverse=True)
    assert 0 < min(shares) < 0.1


def test_it_comes_back_slowly_and_wholly() -> None:
    clock = Clock()
    brake = RateBrake(30, clock)
    brake.limited(None)
    clock.seconds += 5
    assert abs(brake.share - 0.75) < 1e-6
    clock.seconds += 5
    assert brake.share == 1.0
    assert brake.take() == 0.0


def test_the_braked_rate_is_kept() -> None:
    clock = Clock()
    brake = RateBrake(40, clock)
    brake.limited(None)
    # From 20 a second to 40 a second in ten seconds: 300 in all, and half a percent less.
    assert 285 <= passed(brake, clock, 10) <= 302


def test_retry_after_holds_everything() -> None:
    clock = Clock()
    brake = RateBrake(30, clock)
    brake.limited(3)
    assert brake.take() == 3.0
    clock.seconds += 2
    assert brake.take() == 1.0
    brake.limited(86_400)
    assert brake.take() == 60.0
