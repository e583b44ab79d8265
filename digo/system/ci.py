"""Whether a command runs in a pipeline, where nobody watches and the output is kept.

Source of the names: pulumi/pulumi, `sdk/go/common/util/ciutil`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

_VARIABLES = (
    "CI",
    "BUILDKITE",
    "CIRCLECI",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "JENKINS_URL",
    "TEAMCITY_VERSION",
    "TF_BUILD",
    "TRAVIS",
)


def is_ci(environ: Mapping[str, str]) -> bool:
    """Whether a variable of a pipeline is set, and not to 0 or false."""
    return any(environ.get(name, "").lower() not in ("", "0", "false") for name in _VARIABLES)


def can_redraw(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether lines of the stream can be drawn again in place: on a terminal that can, and outside a pipeline.

    FORCE_COLOR asks for colours in a log. It does not make the log a terminal.
    """
    return stream.isatty() and environ.get("TERM") not in ("dumb", "unknown") and not is_ci(environ)
