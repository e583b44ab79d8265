"""What is said of the list that the account answers."""

from __future__ import annotations

from digo.api.snapshot import LISTED_BY_USERS, Snapshot
from digo.plan.reading import other_list
from digo.settings.profiles import DIGO, SMARTFLO

USERS, AGENTS = Snapshot.of((), listed_by=LISTED_BY_USERS), Snapshot.of(())


def test_only_the_second_list_is_told() -> None:
    said = other_list(SMARTFLO, AGENTS)
    assert said == "the account does not answer GET /v1/users, so its agents are those of GET /v1/agents"
    assert other_list(SMARTFLO.on(AGENTS.listed_by), AGENTS) == said
    assert (other_list(SMARTFLO, USERS), other_list(DIGO, AGENTS)) == ("", "")
