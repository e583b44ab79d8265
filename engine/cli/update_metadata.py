"""Where and by whom an update is made, as the pulumi CLI records it in a stack's history.

Source: pulumi/pulumi, `pkg/cmd/pulumi/metadata/metadata.go` and `sdk/go/common/util/ciutil`.

Values of variables are not recorded, only their names. Of pipelines, this has those that the documentation has steps
for, and the variables `PULUMI_CI_…`, which work everywhere.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path

import click
from click.core import ParameterSource

from digo.system.git import git_answer
from engine.backend.manifest import engine_version

_COMMIT = "%H%x00%cn%x00%ce%x00%an%x00%ae%x00%s"
_REMOTE = re.compile(
    r"(?:[a-z+]+://)?(?:[^@/]*@)?(?P<host>[\w.-]+)(?::\d+)?[:/](?P<owner>.+)/(?P<repo>[^/]+?)(?:\.git)?/?"
)
_TRUE = ("1", "true", "t")

_PIPELINES: Mapping[str, Mapping[str, str]] = {
    "GITHUB_ACTIONS": {
        "ci.build.id": "GITHUB_RUN_ID",
        "ci.build.number": "GITHUB_RUN_NUMBER",
        "ci.build.type": "GITHUB_EVENT_NAME",
        "ci.pr.headSHA": "GITHUB_SHA",
    },
    "GITLAB_CI": {
        "ci.build.id": "CI_PIPELINE_IID",
        "ci.build.number": "CI_PIPELINE_ID",
        "ci.build.type": "CI_PIPELINE_SOURCE",
        "ci.build.url": "CI_JOB_URL",
        "ci.pr.headSHA": "CI_COMMIT_SHA",
        "ci.pr.number": "CI_MERGE_REQUEST_IID",
    },
    "PULUMI_CI_SYSTEM": {
        "ci.build.id": "PULUMI_CI_BUILD_ID",
        "ci.build.number": "PULUMI_CI_BUILD_NUMBER",
        "ci.build.type": "PULUMI_CI_BUILD_TYPE",
        "ci.build.url": "PULUMI_CI_BUILD_URL",
        "ci.pr.headSHA": "PULUMI_CI_PULL_REQUEST_SHA",
        "ci.pr.number": "PULUMI_PR_NUMBER",
    },
}
_SYSTEMS = {"GITHUB_ACTIONS": "GitHub Actions", "GITLAB_CI": "GitLab CI/CD"}

_GIT_VARIABLES = {
    "git.headName": "PULUMI_GIT_HEAD_NAME",
    "git.head": "PULUMI_GIT_HEAD",
    "git.committer": "PULUMI_GIT_COMMITTER",
    "git.committer.email": "PULUMI_GIT_COMMITTER_EMAIL",
    "git.author": "PULUMI_GIT_AUTHOR",
    "git.author.email": "PULUMI_GIT_AUTHOR_EMAIL",
}


def update_metadata(message: str, root: Path) -> tuple[str, dict[str, str]]:
    """The message and the environment of an update that begins now.

    Args:
        message: that of `--message`; "" if there is none. Then it is the title of the commit.
        root: the project's folder.
    """
    environ = os.environ
    found = {**_command_line(environ), **_pipeline(environ), "exec.kind": "cli", "updatePlan": "false"}
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        found.update({name: environ[variable] for name, variable in _GIT_VARIABLES.items() if environ.get(variable)})
        return message or _title(environ.get("PULUMI_GIT_COMMIT_MESSAGE", "")), found
    title = _add_commit(found, root, environ)
    _add_remote(found, root)
    return message or title, found


def _command_line(environ: Mapping[str, str]) -> dict[str, str]:
    found = {f"pulumi.env.{name}": "set" for name in sorted(environ) if name.startswith("PULUMI_")}
    found |= {
        "pulumi.version": engine_version(),
        "pulumi.os": platform.system().lower(),
        "pulumi.arch": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
    }
    context = click.get_current_context()
    for option in (one for one in context.command.params if isinstance(one, click.Option) and one.name):
        if context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE:
            name = max(option.opts, key=len).lstrip("-")
            value = str(bool(context.params.get(option.name))).lower() if option.is_flag else "set"
            found[f"pulumi.flag.{name}"] = value
    return found


def _pipeline(environ: Mapping[str, str]) -> dict[str, str]:
    for variable, names in _PIPELINES.items():
        value = environ.get(variable, "")
        if not value or (variable in _SYSTEMS and value.lower() not in _TRUE):
            continue
        found = {name: environ[source] for name, source in names.items() if environ.get(source)}
        return {"ci.system": _SYSTEMS.get(variable, value), **found}
    return {}


def _add_commit(found: dict[str, str], root: Path, environ: Mapping[str, str]) -> str:
    """Adds the commit at HEAD; its title."""
    parts = git_answer(root, "log", "-1", f"--format={_COMMIT}").split("\0")
    if len(parts) != 6:
        return ""  # no commit yet, or no git
    names = ("git.head", "git.committer", "git.committer.email", "git.author", "git.author.email")
    found.update(zip(names, parts, strict=False))
    branch = git_answer(root, "symbolic-ref", "-q", "HEAD") or environ.get("GITHUB_REF", "")
    if branch:
        found["git.headName"] = branch
    found["git.dirty"] = str(bool(git_answer(root, "status", "--porcelain", "-z"))).lower()
    return _title(parts[5])


def _add_remote(found: dict[str, str], root: Path) -> None:
    """Adds the repository. A token in the remote's address is left out."""
    remote = _REMOTE.fullmatch(git_answer(root, "remote", "get-url", "origin"))
    if remote is None:
        return
    found |= {"vcs.owner": remote["owner"], "vcs.repo": remote["repo"], "vcs.kind": remote["host"]}
    found["vcs.root"] = git_answer(root, "rev-parse", "--show-prefix").rstrip("/") or "."


def _title(message: str) -> str:
    lines = message.splitlines()
    return lines[0] if lines else ""
