"""The backend: which address of the state applies, and the folder of a `file://` address.

Source: pulumi/pulumi, `pkg/backend/diy/backend.go` (`massageBlobPath`) and `pkg/workspace/creds.go`; gocloud.dev,
`blob/fileblob/fileblob.go` (`URLOpener`); Go's `net/url`.

`python -m digo.project.backend` prints the address that applies in this folder, and creates its folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from digo.project.failure import BackendError, NoProject, ProjectError
from digo.project.project_file import find_project_file, load_project

BACKEND_VARIABLE = "PULUMI_BACKEND_URL"
DEFAULT_FOLDER = ".pulumi-state"

_PREFIX = "file://"
_PARAMETERS = ("base_url", "create_dir", "dir_file_mode", "metadata", "no_tmp_dir", "secret_key_path")


def backend_url(root: Path, project_url: str, environment: Mapping[str, str] = os.environ) -> str:
    """The backend address: from the environment, the project (`backend.url`), or `.pulumi-state` in its folder."""
    return environment.get(BACKEND_VARIABLE) or project_url or url_of(root / DEFAULT_FOLDER)


def url_of(folder: Path) -> str:
    """The address of a folder, with `%`, `?`, `#` and the like written as %XX."""
    return _PREFIX + quote(os.fsencode(folder), safe="/~:@!$&'()*+,;=")


def is_folder(url: str) -> bool:
    """Whether the address is that of a folder."""
    return url.startswith(_PREFIX)


def folder_of(url: str, base: Path | None = None) -> Path:
    """The folder of a `file://` address.

    Relative paths start at `base`, or at the working directory; `~` is the home folder.

    Raises:
        BackendError: it is another kind of address, or names no folder.
    """
    if not is_folder(url):
        raise BackendError(
            f"the embedded engine keeps state in a folder ({_PREFIX}...), and the backend is {without_user(url)}; "
            f"use the pulumi CLI for that backend, or set {BACKEND_VARIABLE} to a {_PREFIX} URL"
        )
    path, _, query = url.removeprefix(_PREFIX).partition("?")
    if "#" in url:
        raise BackendError(
            f"the backend {url} has a `#`, and an address ends there: the state would be in another folder; "
            f"write it as %23: {url.replace('#', '%23')}"
        )
    if unknown := [name for name, _ in parse_qsl(query, keep_blank_values=True) if name not in _PARAMETERS]:
        raise BackendError(
            f"the backend {url} has the parameter `{unknown[0]}` after a `?`, which a folder does not know; a `?` in "
            f"the folder's name is written as %3F, and known are {', '.join(_PARAMETERS)}"
        )
    if not path:
        raise BackendError(f"the backend {url} names no folder; write for example {_PREFIX}/var/pulumi")
    if path.startswith("~") and not path.startswith("~/") and path != "~":
        raise BackendError(f"the backend {url} names another user's home; write the folder's whole path")
    home, rest = (Path.home(), path[1:].lstrip("/")) if path.startswith("~") else (base or Path.cwd(), path)
    return Path(os.path.normpath(home / _decoded(url, rest)))


def without_user(url: str) -> str:
    """The address without user name and password."""
    scheme, separator, rest = url.partition("://")
    return scheme + separator + rest.rpartition("@")[2]


def ensure_folder(url: str, base: Path | None = None) -> None:
    """Creates the folder of a `file://` address, because the pulumi CLI requires it. `base` is as in `folder_of`.

    Raises:
        BackendError: it cannot be created, or the address names none.
    """
    if not is_folder(url):
        return
    try:
        folder_of(url, base).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise BackendError(f"the state's folder {url} cannot be made: {problem.strerror}") from None


def _decoded(url: str, path: str) -> str:
    if broken := re.search(r"%(?![0-9A-Fa-f]{2}).{0,2}", path):
        raise BackendError(f"the backend {url} has `{broken[0]}`: a percent sign in a folder's name is written as %25")
    if re.search(r"[\x00-\x1f\x7f]|%00", path):
        raise BackendError("the backend's address has a control character, which no folder's name has")
    return os.fsdecode(unquote_to_bytes(path.encode("utf-8", "surrogateescape")))


def main() -> None:
    """Prints the address and creates the folder."""
    project = load_project(find_project_file(Path.cwd()))
    url = backend_url(project.root, project.backend_url)
    ensure_folder(url)
    print(url)


if __name__ == "__main__":
    try:
        main()
    except (BackendError, NoProject, ProjectError) as problem:
        raise SystemExit(f"error: {problem}") from None
