"""The file in which the processes of this user share a login's token, and the lock of whoever logs in.

The file is in the private folder of the locks (`digo.system.lock_file`), with mode 600. Its name is a digest of the
endpoint and the login id. It has the token with its end, or a refused login with a salted digest of the password, so
that nobody tries the same password again.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from digo.system.lock_file import LockFile, LockFolder
from digo.system.private_folder import open_private_file, private_folder

_LONGEST = 1 << 20  # bytes: a token has a few hundred
_SCRYPT = {"n": 1 << 14, "r": 8, "p": 1}  # 16 MB and 50 ms a guess (RFC 7914, interactive logins)


@dataclass(frozen=True)
class GrantedToken:
    """What a login gave.

    Attributes:
        token: the access token, without `Bearer`.
        begins: when it was given, in seconds since 1970.
        ends: when it ends, in seconds since 1970.
        days_left: days until the password ends, counted at `begins`; None if the API did not say.
    """

    token: str = field(repr=False)
    begins: float
    ends: float
    days_left: int | None = None


@dataclass(frozen=True)
class Refusal:
    """A refused login.

    Attributes:
        salt: the salt of `digest`, in hex.
        digest: the scrypt digest of the refused password, in hex.
        said: the API's words, redacted.
        failed: how many logins failed so far; None if the API did not say.
        until: the moment after which a try is allowed again, in seconds since 1970; None if the API named none.
        until_text: that moment as the API wrote it, "" if it named none.
    """

    salt: str = field(repr=False)
    digest: str = field(repr=False)
    said: str
    failed: int | None = None
    until: float | None = None
    until_text: str = ""

    @classmethod
    def of(cls, password: str, said: str, failed: int | None, until: float | None, until_text: str) -> Refusal:
        """The refusal of a password, with a new salt."""
        salt = secrets.token_hex(16)
        return cls(salt, _digest(password, salt), said, failed, until, until_text)

    def is_of(self, password: str) -> bool:
        """Whether this password was refused."""
        return hmac.compare_digest(self.digest, _digest(password, self.salt))


class TokenCache:
    """The file of one login. It is in the first of the folders that can be used, and so is the lock."""

    def __init__(self, folders: Sequence[LockFolder], endpoint: str, login_id: str) -> None:
        """Makes the cache. It touches no file before it is used.

        Args:
            folders: the private folders of the locks, the best one first.
            endpoint: the address that the token is for.
            login_id: whose token it is.
        """
        self._folders = tuple(folders)
        name = hashlib.sha256(f"digo login {endpoint.rstrip('/')}\n{login_id}".encode()).hexdigest()[:32]
        self._name = f"login-{name}.json"
        self._lock_name = f"login-{name}.lock"
        self._usable: LockFolder | None = None

    @property
    def path(self) -> Path:
        """The file, once a folder was found that can be used; else where it is looked for first."""
        return (self._usable or self._folders[0]).path / self._name

    def try_lock(self) -> LockFile | None:
        """The lock of this login; None while another process, thread or task logs in.

        Raises:
            OSError: none of the folders can be used. `filename` has the place.
        """
        file = LockFile(self._folder(), self._lock_name)
        return file if file.try_acquire() else None

    def read(self) -> GrantedToken | Refusal | None:
        """What the file has; None where there is none, or where it is damaged.

        Raises:
            OSError: none of the folders can be used, or the file cannot be read.
        """
        place = self._folder()
        with private_folder(place.base, *place.names) as folder:
            descriptor = open_private_file(folder, self._name, self.path)
            with os.fdopen(descriptor, "rb") as file:
                content = file.read(_LONGEST)
        return _parsed(content)

    def write(self, found: GrantedToken | Refusal | None) -> None:
        """Replaces the file, wholly or not at all. Without room on the disk the old one goes: it is out of date.

        Raises:
            OSError: none of the folders can be used.
        """
        place = self._folder()
        kind = "grant" if isinstance(found, GrantedToken) else "refusal"
        content = b"" if found is None else json.dumps({kind: asdict(found)}).encode()
        with private_folder(place.base, *place.names) as folder:
            try:
                _replace(folder, self._name, content)
            except OSError:
                with suppress(FileNotFoundError):
                    os.unlink(self._name, dir_fd=folder)

    def _folder(self) -> LockFolder:
        """The first folder that can be used. Each process finds the same one."""
        problem: OSError | None = None
        for place in (self._usable,) if self._usable is not None else self._folders:
            try:
                if not place.base.is_absolute():
                    raise OSError(errno.EINVAL, "the folder is not named from the root", str(place.base))
                file = LockFile(place, self._lock_name)
                if file.try_acquire():  # some file systems have no locks
                    file.release()
            except OSError as unusable:
                problem = problem or unusable
            else:
                self._usable = place
                return place
        raise problem or OSError(errno.ENOENT, "there is no folder for locks")


def _digest(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), dklen=32, **_SCRYPT).hex()


def _replace(folder: int, name: str, content: bytes) -> None:
    new = f"{name}.{secrets.token_hex(8)}"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(new, dir_fd=folder)
        raise


def _parsed(content: bytes) -> GrantedToken | Refusal | None:
    """What a file's bytes say. Only this user can write it, so a wrong shape is damage: then there is nothing."""
    try:
        found: dict[str, Any] = json.loads(content)
        if "grant" in found:
            grant = GrantedToken(**found["grant"])
            return grant if grant.token and grant.begins <= grant.ends else None
        refusal = Refusal(**found["refusal"])
        return refusal if bytes.fromhex(refusal.salt) and refusal.digest else None
    except (ValueError, TypeError, KeyError):
        return None
