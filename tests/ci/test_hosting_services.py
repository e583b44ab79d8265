"""Both services by their own calls: whose comment is edited, and which plan may be called reviewed."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.ci.failure import HostingError
from digo.ci.github import GitHub
from digo.ci.gitlab import GitLab
from digo.ci.hosting import Hosting
from digo.ci.notes import close_issue, upsert_comment, upsert_issue
from tests.ci.fake_hosting import ME, Service, zipped
from tests.ci.pipeline import HEAD, MERGE, github, gitlab

NAME = f"digo-plan-test-{HEAD}"
MARKER = "<!-- digo-plan: test -->"


@pytest.fixture(params=["github", "gitlab"])
def hosting(request: pytest.FixtureRequest, service: Service, tmp_path: Path) -> Hosting:
    if request.param == "github":
        return GitHub(github(service, tmp_path / "event.json"))
    return GitLab(gitlab(service))


def merged_on_github(service: Service, tmp_path: Path) -> GitHub:
    service.merges[MERGE] = [
        {"merged_at": None, "merge_commit_sha": MERGE, "head": {"sha": "c" * 40}},
        {"merged_at": "2026-11-25T00:00:00Z", "merge_commit_sha": MERGE, "head": {"sha": HEAD}},
    ]
    return GitHub(github(service, tmp_path / "event.json", commit=MERGE))


def test_one_comment_whoever_else_writes(hosting: Hosting, service: Service) -> None:
    for index in range(230):
        service.add_note(f"{MARKER if index == 3 else ''} chatter {index}")
    done, first = upsert_comment(hosting, MARKER, f"{MARKER}\nfirst")
    service.add_note("later")
    again, second = upsert_comment(hosting, MARKER, f"{MARKER}\nsecond")
    assert (done, again) == ("made", "updated")
    assert first.id == second.id == 231
    assert len(service.notes) == 232
    (body,) = service.comments_of_mine()
    assert body.startswith(f"{MARKER}\nsecond\n") and body.count(MARKER) == 1
    assert "chatter 3" in service.notes[3]["body"]
    # Another environment has another comment.
    assert upsert_comment(hosting, "<!-- digo-plan: other -->", "x")[0] == "made"


def test_one_issue_until_it_is_closed(hosting: Hosting, service: Service) -> None:
    service.add_issue(MARKER, ["digo-drift"], "somebody")
    assert close_issue(hosting, MARKER, "none") is None
    assert upsert_issue(hosting, MARKER, "drift", "one")[0] == "opened"
    assert upsert_issue(hosting, MARKER, "drift", "two")[0] == "updated"
    assert [body.splitlines()[1:2] for body in service.open_issues()] == [[], ["two"]]
    assert close_issue(hosting, MARKER, "none") is not None
    assert service.open_issues() == [MARKER]
    assert upsert_issue(hosting, MARKER, "drift", "three")[0] == "opened"


def test_github_takes_the_newest_plan_of_the_merged_head(service: Service, tmp_path: Path) -> None:
    hosting = merged_on_github(service, tmp_path)
    service.ran(1, HEAD)
    service.keep(NAME, zipped(plan_json="old"), 1)
    service.keep(NAME, zipped(plan_json="new"), 1)
    service.keep(NAME, zipped(plan_json="expired"), 1, expired=True)
    assert hosting.reviewed_plan("test") == b"new"
    assert service.strangers == [None]


@pytest.mark.parametrize(
    "run",
    [
        {"repository": 2},  # a fork's own run of a workflow that the fork wrote
        {"conclusion": "failure"},
        {"event": "push"},
        {"head": "d" * 40},  # a run for another commit that gave its artefact this one's name
        {"event": "pull_request_target"},  # a workflow that may run a fork's code, and plans nothing
        {"event": "workflow_dispatch"},  # by hand, and on a branch whose code nobody has merged
        {"event": "workflow_dispatch", "branch": "main", "repository": 2},
    ],
)
def test_a_plan_that_somebody_could_have_made_up_is_not_reviewed(
    service: Service, tmp_path: Path, run: dict[str, object]
) -> None:
    hosting = merged_on_github(service, tmp_path)
    service.ran(2, **{"head": HEAD, **run})  # type: ignore[arg-type]
    service.keep(NAME, zipped(plan_json="forged"), 2)
    with pytest.raises(HostingError, match="there is no plan of stack test for commit a"):
        hosting.reviewed_plan("test")
    service.ran(1, "e" * 40, event="workflow_dispatch", branch="main")
    service.artifacts.insert(0, {**service.artifacts[0], "id": 9, "workflow_run": {"id": 1}, "created_at": "2026"})
    service.files[9] = zipped(plan_json="the base's")
    assert hosting.reviewed_plan("test") == b"the base's"


def test_github_says_what_is_missing(service: Service, tmp_path: Path) -> None:
    hosting = GitHub(github(service, tmp_path / "event.json", commit=MERGE))
    with pytest.raises(HostingError, match="is not a merge of a pull request"):
        hosting.reviewed_plan("test")
    hosting = merged_on_github(service, tmp_path)
    service.ran(1, HEAD)
    service.keep(NAME, zipped(other_json="{}"), 1)
    with pytest.raises(HostingError, match=r"has no plan\.json"):
        hosting.reviewed_plan("test")
    with pytest.raises(HostingError, match="the pipeline has no GITHUB_TOKEN"):
        GitHub({"GITHUB_REPOSITORY": "o/r"})


def test_gitlab_takes_the_plan_of_the_merge_requests_last_pipeline(service: Service) -> None:
    hosting = GitLab(gitlab(service, commit=MERGE))
    with pytest.raises(HostingError, match="is not a merge of a merge request"):
        hosting.reviewed_plan("test")
    service.merges[MERGE] = [
        {"iid": 4, "state": "opened", "merge_commit_sha": MERGE},
        {"iid": 5, "state": "merged", "merge_commit_sha": None, "squash_commit_sha": MERGE, "sha": HEAD},
    ]
    service.pipelines[77] = [
        {"id": 1, "name": "digo-plan: [other]", "status": "success"},
        {"id": 2, "name": "digo-plan: [test]", "status": "success"},
    ]
    service.files = {1: b"other", 2: b"reviewed"}
    for pipeline in (
        None,
        {"id": 77, "project_id": 2, "status": "success"},
        {"id": 77, "project_id": 1, "status": "failed"},
    ):
        if pipeline is not None:
            service.head_pipelines[5] = pipeline
        with pytest.raises(HostingError, match="did not succeed in this project"):
            hosting.reviewed_plan("test")
    service.head_pipelines[5] = {"id": 77, "project_id": 1, "status": "success"}
    assert hosting.reviewed_plan("test") == b"reviewed"
    service.pipelines[77].pop()
    with pytest.raises(HostingError, match=r"no job `digo-plan: \[test\]` that succeeded"):
        hosting.reviewed_plan("test")


def test_what_is_no_api_is_told(hosting: Hosting, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "answer", lambda *request: (200, b"<html>"))
    with pytest.raises(HostingError, match="the reply is not JSON"):
        upsert_comment(hosting, MARKER, "x")
    monkeypatch.setattr(service, "answer", lambda *request: (503, {}))
    with pytest.raises(HostingError, match="failed: 503"):
        upsert_comment(hosting, MARKER, "x")
    assert ME not in service.log
