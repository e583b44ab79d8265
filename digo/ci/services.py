"""Which hosting service runs this pipeline, by the variables that it sets."""

from __future__ import annotations

from collections.abc import Mapping

from digo.ci.failure import HostingError
from digo.ci.hosting import Hosting

_GITHUB = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")


def hosting_of(environ: Mapping[str, str]) -> Hosting:
    """The service that runs this pipeline.

    Raises:
        HostingError: no known service runs it.
    """
    if environ.get("GITHUB_ACTIONS") == "true":
        from digo.ci.github import GitHub

        return GitHub(environ)
    if environ.get("GITLAB_CI") == "true":
        from digo.ci.gitlab import GitLab

        return GitLab(environ)
    raise HostingError("this is not a job of GitHub Actions or GitLab CI, so there is no service to write to")


def run_link(environ: Mapping[str, str]) -> str:
    """The page of the pipeline's run, for people; "" where no variable tells it. It needs no token.

    Other pipelines than those of GitHub and GitLab name it in BUILD_URL, as Jenkins does.
    """
    server, repository, run = (environ.get(name, "") for name in _GITHUB)
    at_github = f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""
    link = at_github or environ.get("CI_JOB_URL") or environ.get("BUILD_URL") or ""
    return link if link.startswith(("https://", "http://")) and link.isascii() and link.isprintable() else ""
