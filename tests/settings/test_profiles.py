"""What each product can do: the table of calls, and what a stack turns on."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.api.snapshot import LISTED_BY_AGENTS as AGENTS
from digo.api.snapshot import LISTED_BY_USERS as USERS
from digo.settings.failure import SettingsError
from digo.settings.profiles import DIGO, PROFILES, SMARTFLO, Ability, Profile, Subject
from digo.settings.stack_settings import read_settings

UPDATE, DELETE, CREATE = Ability.UPDATE, Ability.DELETE, Ability.CREATE


def call(profile: Profile, ability: Ability, subject: Subject, field: str | None = None) -> str:
    route = profile.route(ability, subject, field)
    return route.call if route else ""


def test_digo_can_what_the_page_has() -> None:
    can = {(subject, ability) for subject in Subject for ability in Ability if DIGO.can(ability, subject)}
    assert can == {
        (Subject.AGENT, CREATE),
        (Subject.AGENT, Ability.READ_BACK),
        (Subject.LEAD, CREATE),
        (Subject.LEAD, UPDATE),
        (Subject.LIST, CREATE),
        (Subject.LIST, UPDATE),
    }
    assert DIGO.lacks(UPDATE, Subject.AGENT) == "The API (profile digo) has no call to update an agent"
    assert DIGO.lacks(DELETE, Subject.LEAD) == "The API (profile digo) has no call to delete a lead"
    assert DIGO.lacks(CREATE, Subject.TOKEN) == "The API (profile digo) has no call to create a token"


def test_smartflo_can_everything_with_users() -> None:
    profile = SMARTFLO.on(USERS)
    lacking = {(s, a) for s in Subject for a in Ability if not profile.can(a, s)}
    assert {(s, a) for s, a in lacking if s is not Subject.TOKEN} == {
        (Subject.AGENT, Ability.BULK),
        (Subject.BROADCAST_LIST, Ability.BULK),
    }
    assert call(profile, CREATE, Subject.AGENT) == "POST /v1/user"
    assert call(profile, UPDATE, Subject.AGENT, "blocked") == "PATCH /v1/user/{id}"
    assert not profile.can(UPDATE, Subject.AGENT, "department")
    assert profile.can(CREATE, Subject.AGENT, "department")
    assert profile.lacks(UPDATE, Subject.AGENT, "department") == (
        "The API (profile smartflo) has no call to update the field department of an agent"
    )


def test_the_account_decides_between_users_and_agents() -> None:
    undecided = SMARTFLO
    assert call(undecided, CREATE, Subject.AGENT) == "POST /v1/user"
    assert call(undecided.on(AGENTS), CREATE, Subject.AGENT) == "POST /v1/agent"
    assert call(undecided.on(USERS).on(AGENTS), CREATE, Subject.AGENT) == "POST /v1/agent"


def test_an_undocumented_call_is_off_until_it_is_named() -> None:
    legacy = SMARTFLO.on(AGENTS)
    assert not legacy.can(UPDATE, Subject.AGENT)
    assert legacy.lacks(UPDATE, Subject.AGENT, "name") == (
        "The API (profile smartflo) has no documented call to update an agent (`putAgent` in digo:undocumented turns "
        "on PUT /v1/agent/{id})"
    )
    on = legacy.for_stack(frozenset({"putAgent", "deleteAgent"}), deletes=False)
    assert call(on, UPDATE, Subject.AGENT, "name") == "PUT /v1/agent/{id}"
    assert call(on, DELETE, Subject.AGENT) == "DELETE /v1/agent/{id}"
    assert not on.can(UPDATE, Subject.AGENT, "blocked")
    assert "`blockAgent`" in on.lacks(UPDATE, Subject.AGENT, "blocked")


def test_a_field_is_settable_if_some_account_takes_it() -> None:
    assert SMARTFLO.on(USERS).settable(Subject.AGENT, "intercom")
    assert SMARTFLO.on(AGENTS).settable(Subject.AGENT, "email")
    assert DIGO.settable(Subject.AGENT, "intercom")
    assert not DIGO.settable(Subject.AGENT, "email")


def test_every_row_has_its_source() -> None:
    for profile in PROFILES.values():
        for rows in profile.routes.values():
            assert all(row.source and " /v1/" in row.call for row in rows)


def read(**config: str) -> Profile:
    values = {"endpoint": "https://api.example.com", "authorization": "example-token", **config}
    return read_settings(values.get, {}, Path()).profile


@pytest.mark.parametrize("text", ["putAgent,deleteAgent", "putAgent deleteAgent", '["putAgent","deleteAgent"]'])
def test_a_stack_names_undocumented_calls(text: str) -> None:
    assert read(profile="smartflo", undocumented=text).switches == {"putAgent", "deleteAgent"}


@pytest.mark.parametrize("profile", ["digo", "smartflo"])
def test_an_unknown_undocumented_call_is_refused(profile: str) -> None:
    with pytest.raises(SettingsError, match=f"digo:undocumented has dropAgent; the profile {profile} knows"):
        read(profile=profile, undocumented="dropAgent")


def test_an_up_deletes_what_is_gone_only_if_profile_and_stack_say_so() -> None:
    deleting = {name: profile.for_stack(frozenset(), deletes=True) for name, profile in PROFILES.items()}
    assert deleting["smartflo"].removes(Subject.AGENT)
    assert not deleting["digo"].removes(Subject.AGENT)
    assert not SMARTFLO.removes(Subject.AGENT)
    assert SMARTFLO.why_kept(Subject.AGENT) == "This stack forgets what is gone from config (`digo:deletes`)"
    assert deleting["digo"].why_kept(Subject.LEAD) == "The API (profile digo) has no call to delete a lead"
