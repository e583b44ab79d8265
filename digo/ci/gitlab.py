"""The client of GitLab.

Source: the documentation of its REST API ("Notes", "Issues", "Commits", "Merge requests", "Job artifacts").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

from digo.ci.failure import HostingError
from digo.ci.hosting import FLEET_PLAN, Api, Note, needed, needed_token

PLAN_JOB = "digo-plan"
FLEET_JOB = "digo-fleet-plan"
BY_HAND = "Run a pipeline by hand with DIGO_REVIEWED, the hash of a plan that somebody has read"
FLEET_BY_HAND = "Run a pipeline by hand: it plans the fleet, and waits for somebody who has read the plan"


class GitLab:
    """Implements `digo.ci.hosting.Hosting` for GitLab.

    A job's own token cannot write notes, so it uses a project access token.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        token = {"PRIVATE-TOKEN": needed_token(environ, "DIGO_GITLAB_TOKEN")}
        self._api = Api(needed(environ, "CI_API_V4_URL"), token)
        self._project = f"/projects/{needed(environ, 'CI_PROJECT_ID')}"

    @property
    def run(self) -> tuple[str, str]:
        """See `Hosting`."""
        return needed(self._environ, "CI_COMMIT_SHA"), needed(self._environ, "CI_JOB_URL")

    @property
    def _merge_request(self) -> str:
        return f"{self._project}/merge_requests/{needed(self._environ, 'CI_MERGE_REQUEST_IID')}"

    @cached_property
    def _self(self) -> int:
        return int(self._api.get("/user")["id"])

    def comments(self) -> Iterator[Note]:
        """See `Hosting`."""
        found = self._api.pages(f"{self._merge_request}/notes")
        return (self._comment(one) for one in found if one["author"]["id"] == self._self)

    def add_comment(self, body: str) -> Note:
        """See `Hosting`."""
        return self._comment(self._api.send("POST", f"{self._merge_request}/notes", {"body": body}))

    def edit_comment(self, note: Note, body: str) -> Note:
        """See `Hosting`."""
        return self._comment(self._api.send("PUT", f"{self._merge_request}/notes/{note.id}", {"body": body}))

    def _comment(self, one: Mapping[str, Any]) -> Note:
        place = f"{self._environ.get('CI_MERGE_REQUEST_PROJECT_URL', '')}/-/merge_requests/{one['noteable_iid']}"
        return Note(int(one["id"]), 0, str(one["body"]), f"{place}#note_{one['id']}")

    def issues(self, label: str) -> Iterator[Note]:
        """See `Hosting`."""
        found = self._api.pages(f"{self._project}/issues", state="opened", labels=label)
        return (_issue(one) for one in found if one["author"]["id"] == self._self)

    def add_issue(self, title: str, body: str, label: str) -> Note:
        """See `Hosting`."""
        content = {"title": title, "description": body, "labels": label}
        return _issue(self._api.send("POST", f"{self._project}/issues", content))

    def edit_issue(self, note: Note, body: str, *, close: bool = False) -> Note:
        """See `Hosting`."""
        content = {"description": body, **({"state_event": "close"} if close else {})}
        return _issue(self._api.send("PUT", f"{self._project}/issues/{note.number}", content))

    def reviewed_plan(self, stack: str | None) -> bytes:
        """See `Hosting`."""
        name, file = (
            (FLEET_JOB, f"{FLEET_PLAN}.json")
            if stack is None
            else (f"{PLAN_JOB}: [{stack}]", f"{quote(stack)}/plan.json")
        )
        pipeline = self._reviewed_pipeline(self.run[0], FLEET_BY_HAND if stack is None else BY_HAND)
        return self._api.raw(f"{self._project}/jobs/{self._job(pipeline, name)}/artifacts/digo-ci/{file}")

    def _reviewed_pipeline(self, commit: str, by_hand: str) -> int:
        """The id of the last pipeline of the merge request that brought the commit.

        Nobody can edit a pipeline or a merged merge request. A pipeline of a fork's project does not count.
        """
        for merged in self._api.pages(f"{self._project}/repository/commits/{commit}/merge_requests"):
            ways = (merged.get("merge_commit_sha"), merged.get("squash_commit_sha"), merged.get("sha"))
            if merged.get("state") != "merged" or commit not in ways:
                continue
            whole = self._api.get(f"{self._project}/merge_requests/{merged['iid']}")
            pipeline = whole.get("head_pipeline") or {}
            own = str(pipeline.get("project_id")) == needed(self._environ, "CI_PROJECT_ID")
            if own and pipeline.get("status") == "success":
                return int(pipeline["id"])
            raise HostingError(
                f"the last pipeline of merge request !{merged['iid']} did not succeed in this project, so there is no "
                f"plan of it. {by_hand}"
            )
        raise HostingError(
            f"commit {commit} is not a merge of a merge request, so nobody reviewed a plan of it. {by_hand}"
        )

    def _job(self, pipeline: int, name: str) -> int:
        for job in self._api.pages(f"{self._project}/pipelines/{pipeline}/jobs"):
            if job["name"] == name and job["status"] == "success":
                return int(job["id"])
        raise HostingError(
            f"pipeline {pipeline} has no job `{name}` that succeeded; the plan's job must have that name"
        )


def _issue(one: Mapping[str, Any]) -> Note:
    return Note(int(one["id"]), int(one["iid"]), str(one["description"] or ""), str(one["web_url"]))
