"""The pipelines of docs/ci, as a project of a user's own has them."""

from __future__ import annotations

import re
from pathlib import Path

SERVICES = ("github", "gitlab", "none")

_HERE = Path(__file__).resolve().parent
_STEP = re.compile(r"docs/ci/steps/([a-z-]+)\.sh\b")
_SET_UP = "python3 -m venv .venv && .venv/bin/pip install --quiet -r requirements.txt"
_PAGE = "https://github.com/OWNER/pulumi-digo/blob/main/docs/ci/README.md"


def ci_folder() -> Path:
    """The folder with `fleet/`, `github/`, `gitlab/` and `steps/`: in the package, or in docs/ci of the repository."""
    packaged = _HERE / "ci"
    return packaged if packaged.is_dir() else _HERE.parents[1] / "docs" / "ci"


def step_names() -> list[str]:
    """The names of the steps."""
    return sorted(path.stem for path in (ci_folder() / "steps").glob("*.sh") if path.name != "common.sh")


def step_path(name: str) -> Path:
    """The script of a step."""
    return ci_folder() / "steps" / f"{name}.sh"


def pipeline_texts(service: str, *, fleet: bool = False) -> dict[str, str]:
    """The text of each pipeline by its path, for the template's stacks.

    The steps are those of the installed package: no script is copied into the project.

    Args:
        service: one of `SERVICES`.
        fleet: whether they are those of a fleet: one for all stacks.
    """
    folder = ci_folder() / ("fleet" if fleet else service)
    if service == "github":
        found = sorted(folder.glob("github-*.yml" if fleet else "*.yml"))
        files = {f".github/workflows/digo-{path.name.removeprefix('github-')}": path for path in found}
    elif service == "gitlab":
        files = {".gitlab-ci.yml": folder / "gitlab-ci.yml"}
    else:
        files = {}
    return {place: _own(path.read_text(encoding="utf-8"), place) for place, path in files.items()}


def _own(text: str, place: str) -> str:
    text = re.sub(r"\.github/workflows/[a-z-]+\.yml", place, text)
    text = re.sub(r"(?<![\w/.-])(drift|fork|pull-request|up)\.yml\b", r"digo-\1.yml", text)
    text = text.replace("# Copy it to .gitlab-ci.yml, or include it there. See", "# See")
    text = text.replace(": copy it to .gitlab-ci.yml, or include it there. See", ". See")
    text = text.replace("docs/ci/README.md", _PAGE)
    text = re.sub(r"\bmake setup\b", _SET_UP, text)
    return _STEP.sub(r".venv/bin/digo ci step \1", text)
