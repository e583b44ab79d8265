"""The state folder: its stacks, their state files, and the journals of interrupted runs."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from digo.text.json_text import loads
from engine.backend.files import decompressed, keep_backup, write_atomically
from engine.backend.journal_file import JournalContent, JournalWriter, mark_folded, read_journal
from engine.backend.layout import Layout, StackReference
from engine.backend.renaming import renamed
from engine.failure import ConfigurationFailure, Failure, StackNotFound
from engine.journal import replay
from engine.model import Deployment
from engine.serialize import SCHEMA_VERSION, UnreadableState, check_version, decode_deployment, encode_deployment
from engine.times import parse_time
from protocol.stored import SecretReader, SecretWriter, keep_encrypted, refuse_secret

_LAYOUT_VERSION = 1


@dataclass(frozen=True)
class StoredState:
    """A stack's state as read from the folder.

    `digest` is the SHA-256 of the state file. `recovered` counts the journal entries of an interrupted run that
    are in `deployment` but not yet in the state file.
    """

    deployment: Deployment
    version: int = SCHEMA_VERSION
    features: tuple[str, ...] = ()
    digest: str = ""
    recovered: int = 0

    def header(self) -> dict[str, Any]:
        """The fields in front of a state and of an export."""
        return {"version": self.version, **({"features": list(self.features)} if self.features else {})}

    def export(self, write_secret: SecretWriter) -> dict[str, Any]:
        """The deployment in the form that `pulumi stack import` reads."""
        return {**self.header(), "deployment": encode_deployment(self.deployment, write_secret)}


@dataclass(frozen=True)
class StackSummary:
    """One line of `stack ls`. Without a state, `last_update` and `resource_count` are None."""

    stack: StackReference
    last_update: datetime | None
    resource_count: int | None


@dataclass(frozen=True)
class _Checkpoint:
    version: int
    features: tuple[str, ...]
    latest: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""


class FileBackend:
    """A state folder. `url` is the backend's address as the user wrote it."""

    def __init__(self, url: str, folder: Path) -> None:
        """Raises `ConfigurationFailure` if this engine does not know the folder's layout."""
        self.url = url
        self.layout = Layout(folder)
        self._check_layout()

    def exists(self, stack: StackReference) -> bool:
        """Whether the stack exists."""
        return self._state_file(stack).exists()

    def stacks(self) -> list[StackSummary]:
        """Every stack of every project in the folder, by project and name."""
        return sorted(self._summaries(), key=lambda summary: (summary.stack.project, summary.stack.name))

    def create(self, stack: StackReference, deployment: Deployment) -> None:
        """Creates a stack; raises `Failure` if it exists already."""
        if self.exists(stack):
            raise Failure(f"stack '{stack.name}' already exists")
        if not self.layout.meta.exists():
            write_atomically(self.layout.meta, f"version: {_LAYOUT_VERSION}\n".encode())
        self.save(stack, StoredState(deployment), deployment, refuse_secret)

    def remove(self, stack: StackReference) -> None:
        """Removes the stack's state, history, tags and journal."""
        state_file = self._state_file(stack)
        for path in (
            state_file,
            state_file.with_name(state_file.name + ".bak"),
            state_file.with_name(state_file.name + ".attrs"),
            self.layout.tags(stack),
            self.layout.journal(stack),
        ):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.layout.history(stack), ignore_errors=True)
        with contextlib.suppress(OSError):  # the folder has another stack of the project
            state_file.parent.rmdir()

    def rename(self, old: StackReference, new: StackReference) -> None:
        """Renames a settled stack in its state and history. The caller holds the lock of the old name.

        Raises `Failure` if the new name exists, or `StateNotWritten`. The stack then keeps its old name.
        """
        if self.exists(new):
            raise Failure(f"a stack named '{new.name}' already exists")
        stored = self.load(old, keep_encrypted)
        latest = renamed(encode_deployment(stored.deployment, refuse_secret), old, new)
        self.save(new, stored, decode_deployment(latest, keep_encrypted), refuse_secret)
        if self.layout.tags(old).exists():
            self.layout.tags(old).replace(self.layout.tags(new))
        for file in self.layout.history(old).glob(f"{glob.escape(old.name)}-*"):
            # The CLI's: <stack>-<time>.history.json and .checkpoint.json, perhaps compressed.
            if file.name.rpartition("-")[0] == old.name:
                self.layout.history(new).mkdir(parents=True, exist_ok=True)
                file.replace(self.layout.history(new) / f"{new.name}-{file.name.rpartition('-')[2]}")
        self.remove(old)

    def secrets_provider(self, stack: StackReference) -> Mapping[str, Any]:
        """What keeps the secrets of the stack's state; empty without a state. Raises `UnreadableState`."""
        return self._read(stack).latest.get("secrets_providers") or {} if self.exists(stack) else {}

    def load(self, stack: StackReference, read_secret: SecretReader) -> StoredState:
        """The stack's state, with the journal of an interrupted run replayed on it. Writes nothing.

        Raises `StackNotFound`, or `UnreadableState` if the state or the journal is damaged or the journal does not
        belong to the state.
        """
        if not self.exists(stack):
            raise StackNotFound(f"no stack named '{stack.name}' found; create it with `stack init {stack.name}`")
        checkpoint, journal = self._read(stack), read_journal(self.layout.journal(stack))
        if journal is not None and journal.base != checkpoint.digest:
            # Another run may have begun or ended between the two reads, so both are read once more.
            checkpoint, journal = self._read(stack), read_journal(self.layout.journal(stack))
        stored = StoredState(
            deployment=decode_deployment(checkpoint.latest, read_secret),
            version=checkpoint.version,
            features=checkpoint.features,
            digest=checkpoint.digest,
        )
        if journal is None or journal.folded == checkpoint.digest or not journal.lines:
            return stored
        if journal.base != checkpoint.digest:
            raise _mismatch(self.layout.journal(stack), journal, self._state_file(stack))
        return replace(
            stored, deployment=replay(stored.deployment, journal.entries(read_secret)), recovered=len(journal.lines)
        )

    def settle(self, stack: StackReference) -> None:
        """Writes the journal of an interrupted run into the state file. Needs the lock, but no passphrase."""
        journal_path = self.layout.journal(stack)
        if not journal_path.exists():
            return
        stored = self.load(stack, keep_encrypted)
        if stored.recovered:
            data = self._encode(stack, stored, stored.deployment, refuse_secret)
            mark_folded(journal_path, _digest(data))
            self._write(stack, data)
        journal_path.unlink(missing_ok=True)

    def begin(self, stack: StackReference, stored: StoredState, write_secret: SecretWriter) -> JournalWriter:
        """Starts the journal of a run on this settled state. The caller holds the lock."""
        return JournalWriter(self.layout.journal(stack), stored.digest, stack.qualified_name, write_secret)

    def finish(
        self,
        stack: StackReference,
        stored: StoredState,
        deployment: Deployment,
        write_secret: SecretWriter,
        journal: JournalWriter,
    ) -> None:
        """Writes the state at the end of a run, and removes the run's journal.

        Raises `StateNotWritten`. The journal is then kept, and the next run completes the state from it.
        """
        data = self._encode(stack, stored, deployment, write_secret)
        # If the journal cannot be written, the state file may still be: it holds everything.
        with contextlib.suppress(OSError):
            journal.mark_folded(_digest(data))
        self._write(stack, data)
        journal.discard()

    def save(
        self, stack: StackReference, stored: StoredState, deployment: Deployment, write_secret: SecretWriter
    ) -> None:
        """Writes the state; the old file becomes `.bak`. The caller holds the lock. Raises `StateNotWritten`."""
        self._write(stack, self._encode(stack, stored, deployment, write_secret))

    def _check_layout(self) -> None:
        version = None
        try:
            data = yaml.safe_load(self.layout.meta.read_text(encoding="utf-8"))
            version = data["version"]
        except FileNotFoundError:
            if any(self.layout.stacks.glob("*.json")):
                version = 0
        except (yaml.YAMLError, TypeError, KeyError) as error:
            raise UnreadableState(f"corrupt store: missing version in {self.layout.meta}") from error
        if version == 0:
            raise ConfigurationFailure(
                f"{self.layout.folder} has the legacy layout of old pulumi CLIs; upgrade it with `pulumi state upgrade`"
            )
        if version not in (None, _LAYOUT_VERSION):
            raise ConfigurationFailure(
                f"state store unsupported: 'meta.yaml' version ({version}) is newer than this engine knows; "
                "use the pulumi CLI that wrote it"
            )

    def _state_file(self, stack: StackReference) -> Path:
        # The pulumi CLI can compress state files. The newest file counts.
        plain = self.layout.checkpoint(stack)
        paths = (plain.with_name(plain.name + ending) for ending in ("", ".gz", ".zst"))
        return max((path for path in paths if path.exists()), key=lambda path: path.stat().st_mtime_ns, default=plain)

    def _read(self, stack: StackReference) -> _Checkpoint:
        return _parse_checkpoint(self._state_file(stack))

    def _encode(
        self, stack: StackReference, stored: StoredState, deployment: Deployment, write_secret: SecretWriter
    ) -> bytes:
        latest = encode_deployment(deployment, write_secret)
        checkpoint = {**stored.header(), "checkpoint": {"stack": stack.qualified_name, "latest": latest}}
        return json.dumps(checkpoint, separators=(",", ":"), ensure_ascii=False).encode()

    def _write(self, stack: StackReference, data: bytes) -> None:
        path = self.layout.checkpoint(stack)
        before = self._state_file(stack)
        keep_backup(before)
        write_atomically(path, data)
        # The pulumi CLI leaves a checksum of the old file, and perhaps a compressed state file.
        path.with_name(path.name + ".attrs").unlink(missing_ok=True)
        if before != path:
            before.unlink(missing_ok=True)

    def _summaries(self) -> Iterator[StackSummary]:
        for path in self.layout.stacks.glob("*/*.json*"):
            name = path.name.removesuffix(".gz").removesuffix(".zst")
            if not name.endswith(".json"):
                continue
            stack = StackReference(path.parent.name, name.removesuffix(".json"))
            latest = _parse_checkpoint(path).latest
            manifest_time = str((latest.get("manifest") or {}).get("time", ""))
            yield StackSummary(
                stack,
                last_update=parse_time(manifest_time),
                resource_count=len(latest.get("resources") or ()) if latest else None,
            )


def _parse_checkpoint(path: Path) -> _Checkpoint:
    data = path.read_bytes()
    text = decompressed(data, path)
    try:
        versioned = loads(text)
        check_version(versioned.get("version"))
        latest = versioned["checkpoint"].get("latest") or {}
    except (ValueError, KeyError, AttributeError) as error:
        raise UnreadableState(
            f"the state file {path} is damaged; the state before the last write is in {path.name}.bak beside it"
        ) from error
    return _Checkpoint(versioned["version"], tuple(versioned.get("features") or ()), latest, _digest(data))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _mismatch(journal_path: Path, journal: JournalContent, state_file: Path) -> UnreadableState:
    urns = sorted({line["new"]["urn"] for line in journal.lines if line.get("new")})
    known = "".join(f"\n  {urn}" for urn in urns) or " (none)"
    return UnreadableState(
        f"{state_file} was changed by another program after a run of the embedded engine was interrupted, so the "
        f"journal of that run does not fit it any more. Resources that the journal knows:{known}\n"
        f"Compare them with `stack --show-urns`, move {journal_path} away, then run `refresh` and `up`"
    )
