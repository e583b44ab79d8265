"""The issue of a fleet at both services: opened, edited only where something changed, closed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from digo.fleet.file.notice_models import IssueNotice
from digo.fleet.notices.failure import NoticeFailed
from digo.fleet.notices.issue import issue_text, send_issue
from tests.ci.fake_hosting import TOKEN, Service, running_service
from tests.fleet.notices.drift_values import FIRST, SECOND, THIRD, finding, next_watch, notice_of, stack, unknown

ENTRY = IssueNotice(title="Drift of the fleet", label="digo-fleet")


@pytest.fixture
def service() -> Iterator[Service]:
    with running_service() as service:
        yield service


def environ(service: Service, kind: str, run: str = "1") -> dict[str, str]:
    if kind == "github":
        return {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": TOKEN, "GITHUB_RUN_ID": run,
                "GITHUB_API_URL": service.url, "GITHUB_SHA": "a" * 40, "GITHUB_EVENT_PATH": "/dev/null"}  # fmt: skip
    return {"GITLAB_CI": "true", "CI_API_V4_URL": service.url, "CI_PROJECT_ID": "1", "DIGO_GITLAB_TOKEN": TOKEN,
            "CI_COMMIT_SHA": "a" * 40, "CI_JOB_URL": f"https://lab.example/jobs/{run}"}  # fmt: skip


def writes(service: Service) -> int:
    return sum(not one.startswith("GET") for one in service.log)


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_one_issue_is_opened_edited_where_something_changed_and_closed(kind: str, service: Service, tmp_path) -> None:  # type: ignore[no-untyped-def]
    event = tmp_path / "event.json"
    event.write_text("{}")
    first = {**environ(service, kind), "GITHUB_EVENT_PATH": str(event)}
    found = (stack("a", finding()), unknown("b"))
    assert send_issue(ENTRY, notice_of(*found), first).startswith("opened ")
    _, watched = next_watch(*found, at=FIRST)
    later = {**environ(service, kind, run="2"), "GITHUB_EVENT_PATH": str(event)}
    assert send_issue(ENTRY, notice_of(*found, last=watched, at=SECOND), later).startswith("as it was ")
    assert writes(service) == 1, "the same drift is not written again, though commit and run are others"
    more = (stack("a", finding()), stack("b", finding("agent desk")))
    assert send_issue(ENTRY, notice_of(*more, last=watched, at=THIRD), later).startswith("updated ")
    (body,) = service.open_issues()
    assert "`agent desk: name`" in body and "no reply" not in body and FIRST in body and THIRD in body
    assert send_issue(ENTRY, notice_of(stack("a"), stack("b")), later).startswith("closed ")
    assert service.open_issues() == [] and len(service.issues) == 1
    assert send_issue(ENTRY, notice_of(stack("a"), stack("b")), later) == "no issue is open"
    assert service.issues[0]["labels"] == ["digo-fleet"]


def test_a_stack_that_cannot_be_read_closes_nothing(service: Service, tmp_path) -> None:  # type: ignore[no-untyped-def]
    job = environ(service, "gitlab")
    _, watched = next_watch(stack("a", finding()))
    send_issue(ENTRY, notice_of(stack("a", finding())), job)
    assert send_issue(ENTRY, notice_of(unknown("a"), last=watched, at=SECOND), job).startswith("updated ")
    (body,) = service.open_issues()
    assert "`agent sales: name`" in body and "no reply within 30 s" in body


def test_outside_of_a_pipeline_and_without_rights(service: Service) -> None:
    notice = notice_of(stack("a", finding()))
    with pytest.raises(NoticeFailed, match="this is not a job of GitHub Actions or GitLab CI"):
        send_issue(ENTRY, notice, {})
    with pytest.raises(NoticeFailed, match="401") as failed:
        send_issue(ENTRY, notice, {**environ(service, "gitlab"), "DIGO_GITLAB_TOKEN": "wrong-token"})
    assert "wrong-token" not in str(failed.value)


def test_the_text_stays_under_the_limit_and_says_what_is_missing() -> None:
    some = [finding(f"agent {'x' * 150}{n}", f'"@team {"&" * 190}{n}"') for n in range(190)]
    text = issue_text(notice_of(stack("a", *some), unknown("b", "@team <b> " * 500)))
    assert len(text) <= 60_000 and " more: `digo fleet drift --all` lists all." in text
    assert "@team" not in text and "What is there: 190" in text
