"""The client of GitHub.

Source: the documentation of its REST API ("Issues", "Actions", "Commits") and of a runner's variables.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from digo.ci.archive import member_of
from digo.ci.failure import HostingError
from digo.ci.hosting import FLEET_PLAN, Api, Note, needed, needed_token

PLAN_FILE = "plan.json"
BY_HAND = "Run this workflow by hand with the hash of a plan that somebody has read"
FLEET_BY_HAND = "Run this workflow by hand: it plans the fleet, and waits for somebody who has read the plan"
BOT = "github-actions[bot]"  # the author of comments that are written with a job's own token


class GitHub:
    """Implements `digo.ci.hosting.Hosting` for GitHub.

    A workflow that a person starts belongs to no pull request. It names one in DIGO_CI_PULL_REQUEST, and the commit in
    DIGO_CI_COMMIT.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._repository = needed(environ, "GITHUB_REPOSITORY")
        self._login = environ.get("DIGO_CI_LOGIN") or BOT
        token = {"Authorization": f"Bearer {needed_token(environ, 'GITHUB_TOKEN')}"}
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        address = environ.get("GITHUB_API_URL") or "https://api.github.com"
        self._api = Api(f"{address.rstrip('/')}/repos/{self._repository}", token, headers)

    @property
    def run(self) -> tuple[str, str]:
        """See `Hosting`."""
        pull_request = self._event.get("pull_request")
        commit = self._environ.get("DIGO_CI_COMMIT") or (
            pull_request["head"]["sha"] if pull_request else needed(self._environ, "GITHUB_SHA")
        )
        server = self._environ.get("GITHUB_SERVER_URL") or "https://github.com"
        return commit, f"{server}/{self._repository}/actions/runs/{needed(self._environ, 'GITHUB_RUN_ID')}"

    @cached_property
    def _event(self) -> dict[str, Any]:
        path = Path(needed(self._environ, "GITHUB_EVENT_PATH"))
        try:
            return dict(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            raise HostingError(f"GITHUB_EVENT_PATH names {path}, which is not a JSON object") from None

    @property
    def _pull_request(self) -> int:
        if (named := self._environ.get("DIGO_CI_PULL_REQUEST", "")).isdecimal():
            return int(named)
        if "pull_request" not in self._event:
            raise HostingError("this job runs for no pull request: there is nothing to comment on")
        return int(self._event["pull_request"]["number"])

    def comments(self) -> Iterator[Note]:
        """See `Hosting`."""
        return self._own(self._api.pages(f"/issues/{self._pull_request}/comments"))

    def add_comment(self, body: str) -> Note:
        """See `Hosting`."""
        return _note(self._api.send("POST", f"/issues/{self._pull_request}/comments", {"body": body}))

    def edit_comment(self, note: Note, body: str) -> Note:
        """See `Hosting`."""
        return _note(self._api.send("PATCH", f"/issues/comments/{note.id}", {"body": body}))

    def issues(self, label: str) -> Iterator[Note]:
        """See `Hosting`."""
        found = self._api.pages("/issues", state="open", labels=label)
        return self._own(issue for issue in found if "pull_request" not in issue)

    def add_issue(self, title: str, body: str, label: str) -> Note:
        """See `Hosting`."""
        return _note(self._api.send("POST", "/issues", {"title": title, "body": body, "labels": [label]}))

    def edit_issue(self, note: Note, body: str, *, close: bool = False) -> Note:
        """See `Hosting`."""
        content = {"body": body, **({"state": "closed"} if close else {})}
        return _note(self._api.send("PATCH", f"/issues/{note.number}", content))

    def _own(self, found: Iterator[Any]) -> Iterator[Note]:
        """The notes that the pipeline's own account wrote. Anybody can write a note with the same marker."""
        return (_note(one) for one in found if (one.get("user") or {}).get("login") == self._login)

    def reviewed_plan(self, stack: str | None) -> bytes:
        """See `Hosting`."""
        by_hand = FLEET_BY_HAND if stack is None else BY_HAND
        head = self._merged_head(self.run[0], by_hand)
        name, file, what = (
            ("digo-fleet-plan", f"{FLEET_PLAN}.json", "the fleet")
            if stack is None
            else (f"digo-plan-{stack}", PLAN_FILE, f"stack {stack}")
        )
        for artifact in self._artifacts(f"{name}-{head}"):
            if self._is_trusted(artifact, head):
                return self._file(artifact, file)
        raise HostingError(
            f"there is no plan of {what} for commit {head}, the head of the merged pull request: its job failed, or "
            f"the plan has expired. {by_hand}"
        )

    def _merged_head(self, commit: str, by_hand: str) -> str:
        for pull_request in self._api.pages(f"/commits/{commit}/pulls"):
            if pull_request.get("merged_at") and pull_request.get("merge_commit_sha") == commit:
                return str(pull_request["head"]["sha"])
        raise HostingError(
            f"commit {commit} is not a merge of a pull request, so nobody reviewed a plan of it. {by_hand}"
        )

    def _is_trusted(self, artifact: Mapping[str, Any], head: str) -> bool:
        """Whether the run that made the artefact can be trusted.

        Any job can choose the name of its artefact, even one of a fork's pull request. Two kinds of successful runs
        are trusted: a run of this repository's own branch for that commit, and a run that a person with write access
        started on the default branch (`workflow_dispatch`), where merged code chose the name.
        """
        run = self._api.get(f"/actions/runs/{artifact['workflow_run']['id']}")
        if run.get("conclusion") != "success":
            return False
        if (run.get("head_repository") or {}).get("id") != run["repository"]["id"]:
            return False
        if run.get("event") == "workflow_dispatch":
            return bool(run.get("head_branch") == self._event["repository"]["default_branch"])
        return bool(run.get("event") == "pull_request" and run.get("head_sha") == head)

    def _artifacts(self, name: str) -> list[Mapping[str, Any]]:
        """The artefacts with that name that have not expired, newest first."""
        found = self._api.get("/actions/artifacts", name=name, per_page=100)["artifacts"]
        kept = [one for one in found if not one["expired"] and one["name"] == name]
        return sorted(kept, key=lambda one: str(one["created_at"]), reverse=True)

    def _file(self, artifact: Mapping[str, Any], name: str) -> bytes:
        content = self._api.raw(f"/actions/artifacts/{artifact['id']}/zip")
        try:
            return member_of(content, name)
        except KeyError:
            raise HostingError(f"the artefact {artifact['name']} has no {name}") from None
        except ValueError as problem:
            raise HostingError(f"{name} of the artefact {artifact['name']}: {problem}") from None


def _note(one: Mapping[str, Any]) -> Note:
    return Note(int(one["id"]), int(one.get("number") or 0), str(one.get("body") or ""), str(one["html_url"]))
