"""The durable journal: whatever moment a crash picks, the next run finds the whole truth."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.backend.entries import decode_entry
from engine.backend.files import StateNotWritten
from engine.backend.journal_file import JournalWriter, read_journal
from engine.backend.layout import StackReference
from engine.backend.store import FileBackend
from engine.journal import (
    BaseRef,
    Begin,
    EntryRef,
    Failure,
    JournalEntry,
    Kept,
    Outputs,
    PendingCleared,
    Success,
    replay,
)
from engine.model import Deployment, PendingOperation, ResourceState
from engine.secrets import create
from engine.serialize import UnreadableState
from protocol.stored import decrypt_with, encrypt_with, keep_encrypted, refuse_secret
from protocol.values import Secret

Make = Callable[..., ResourceState]


def whole_run(resource: Make) -> list[JournalEntry]:
    """A create with a secret, an update's outputs, a kept one, a failure, and a step that never ended."""
    return [
        Begin(1, PendingOperation(resource("a"), "creating")),
        Success(2, 1, resource("a", outputs={"pin": Secret("canary")})),
        Outputs(3, EntryRef(2), {"pin": Secret("canary"), "n": 1}),
        Kept(4, BaseRef(0)),
        Begin(5, PendingOperation(resource("b"), "updating")),
        Failure(6, 5),
        PendingCleared(7),
        Success(8, None, None, removes=(BaseRef(1),), marks_delete=(BaseRef(2),)),
        Begin(9, PendingOperation(resource("c"), "creating")),
    ]


@pytest.fixture
def seeded(backend: FileBackend, stack: StackReference, resource: Make) -> FileBackend:
    """The stack holds three resources."""
    stored = backend.load(stack, keep_encrypted)
    base = Deployment([resource("kept"), resource("gone"), resource("replaced")])
    backend.save(stack, stored, base, refuse_secret)
    return backend


def test_entries_come_back_as_they_were(tmp_path: Path, resource: Make) -> None:
    crypter = create("example-passphrase").crypter
    path = tmp_path / "journal"
    writer = JournalWriter(path, "base", "organization/demo/dev", encrypt_with(crypter))
    entries = whole_run(resource)
    for entry in entries:
        writer.record([entry])
    assert b"canary" not in path.read_bytes()
    content = read_journal(path)
    assert content is not None and content.base == "base"
    assert content.entries(decrypt_with(crypter)) == entries


def test_what_an_older_journal_marks_as_deleted_first_is_gone() -> None:
    line = {"kind": "Success", "sequence": 1, "begin": None, "new": None, "removes": [], "inPlace": False}
    marks = {"marksDelete": [{"base": 0}], "marksReplacement": [{"entry": 7}]}
    entry = decode_entry({**line, **marks}, keep_encrypted)
    assert entry == Success(1, None, None, removes=(EntryRef(7),), marks_delete=(BaseRef(0),))


def test_a_crash_leaves_what_a_clean_end_would(seeded: FileBackend, stack: StackReference, resource: Make) -> None:
    crypter = create("example-passphrase").crypter
    stored = seeded.load(stack, keep_encrypted)
    entries = whole_run(resource)
    seeded.begin(stack, stored, encrypt_with(crypter)).record(entries)

    expected = replay(stored.deployment, entries)
    recovered = seeded.load(stack, decrypt_with(crypter))
    assert recovered.recovered == len(entries)
    assert recovered.deployment.resources == expected.resources
    assert [operation.type for operation in recovered.deployment.pending_operations] == ["creating"]

    seeded.settle(stack)
    assert not seeded.layout.journal(stack).exists()
    settled = seeded.load(stack, decrypt_with(crypter))
    assert settled.recovered == 0
    assert settled.deployment == recovered.deployment


def test_every_cut_of_the_journal_is_a_state(seeded: FileBackend, stack: StackReference, resource: Make) -> None:
    stored = seeded.load(stack, keep_encrypted)
    entries = [Success(number, None, resource(f"n{number}")) for number in range(1, 6)]
    seeded.begin(stack, stored, refuse_secret).record(entries)
    whole = seeded.layout.journal(stack).read_bytes()
    header = whole.index(b"\n") + 1
    for cut in range(len(whole)):
        seeded.layout.journal(stack).write_bytes(whole[:cut])
        complete = max(whole[:cut].count(b"\n") - 1, 0) if cut >= header else 0
        found = seeded.load(stack, keep_encrypted)
        assert found.recovered == complete
        assert found.deployment.resources == replay(stored.deployment, entries[:complete]).resources


@pytest.mark.parametrize("moment", ["before the state", "after the state", "after the journal"])
def test_a_crash_while_folding_loses_and_doubles_nothing(
    seeded: FileBackend, stack: StackReference, resource: Make, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    stored = seeded.load(stack, keep_encrypted)
    writer = seeded.begin(stack, stored, refuse_secret)
    entries = [Success(1, None, resource("fresh"))]
    writer.record(entries)
    after = replay(stored.deployment, entries)
    journal = seeded.layout.journal(stack)
    if moment == "before the state":
        monkeypatch.setattr(
            "engine.backend.store.write_atomically", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            seeded.finish(stack, stored, after, refuse_secret, writer)
        monkeypatch.undo()
    else:
        kept = journal.read_bytes()
        seeded.finish(stack, stored, after, refuse_secret, writer)
        if moment == "after the state":
            digest = seeded.load(stack, keep_encrypted).digest
            journal.write_bytes(kept + b'{"folded":"' + digest.encode() + b'"}\n')
    found = seeded.load(stack, keep_encrypted)
    assert [state.name for state in found.deployment.resources] == ["fresh", "kept", "gone", "replaced"]
    seeded.settle(stack)
    assert seeded.load(stack, keep_encrypted).deployment.resources == found.deployment.resources
    assert not journal.exists()


def test_a_state_that_something_else_changed_is_not_guessed_at(
    seeded: FileBackend, stack: StackReference, resource: Make
) -> None:
    stored = seeded.load(stack, keep_encrypted)
    seeded.begin(stack, stored, refuse_secret).record([Success(1, None, resource("fresh"))])
    seeded.save(stack, stored, Deployment([resource("other")]), refuse_secret)
    with pytest.raises(UnreadableState, match="changed by another program") as caught:
        seeded.load(stack, keep_encrypted)
    assert "demo:index:Thing::fresh" in str(caught.value)
    assert seeded.layout.journal(stack).exists()


def test_damage_in_the_middle_is_not_skipped(seeded: FileBackend, stack: StackReference, resource: Make) -> None:
    stored = seeded.load(stack, keep_encrypted)
    writer = seeded.begin(stack, stored, refuse_secret)
    writer.record([Success(1, None, resource("x")), Success(2, None, resource("y"))])
    path = seeded.layout.journal(stack)
    path.write_bytes(path.read_bytes().replace(b'"kind":"Success"', b'"kind":"Succ', 1))
    with pytest.raises(UnreadableState, match="damaged"):
        seeded.load(stack, keep_encrypted)


def test_unimportant_entries_wait_for_important_ones(tmp_path: Path, resource: Make) -> None:
    path = tmp_path / "journal"
    writer = JournalWriter(path, "base", "s", refuse_secret)
    writer.record([Kept(1, BaseRef(0))])
    before = read_journal(path)
    assert before is not None and before.lines == ()
    writer.record([Success(2, None, resource("a"))])
    after = read_journal(path)
    assert after is not None and [line["sequence"] for line in after.lines] == [1, 2]


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Files may grow to so many bytes: the nearest thing to a full disk that a test may have."""
    resource_module = pytest.importorskip("resource")
    signal_module = pytest.importorskip("signal")
    handler = signal_module.signal(signal_module.SIGXFSZ, signal_module.SIG_IGN)
    soft, hard = resource_module.getrlimit(resource_module.RLIMIT_FSIZE)
    resource_module.setrlimit(resource_module.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource_module.setrlimit(resource_module.RLIMIT_FSIZE, (soft, hard))
        signal_module.signal(signal_module.SIGXFSZ, handler)


def test_a_full_disk_keeps_every_promised_entry(seeded: FileBackend, stack: StackReference, resource: Make) -> None:
    stored = seeded.load(stack, keep_encrypted)
    writer = seeded.begin(stack, stored, refuse_secret)
    writer.record([Success(1, None, resource("first"))])
    size = seeded.layout.journal(stack).stat().st_size
    with file_size_limit(size + 40), pytest.raises(OSError, match="large"):
        writer.record([Success(2, None, resource("second", outputs={"long": "x" * 500}))])
    assert seeded.layout.journal(stack).stat().st_size == size
    writer.record([Success(3, None, resource("third"))])
    names = [state.name for state in seeded.load(stack, keep_encrypted).deployment.resources]
    assert names == ["first", "third", "kept", "gone", "replaced"]


def test_a_full_disk_at_the_end_leaves_the_journal(
    seeded: FileBackend, stack: StackReference, resource: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = seeded.load(stack, keep_encrypted)
    writer = seeded.begin(stack, stored, refuse_secret)
    entries = [Success(1, None, resource("fresh"))]
    writer.record(entries)

    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(StateNotWritten, match="no space left"):
        seeded.finish(stack, stored, replay(stored.deployment, entries), refuse_secret, writer)
    monkeypatch.undo()
    found = seeded.load(stack, keep_encrypted)
    assert found.recovered == 1
    assert "fresh" in [state.name for state in found.deployment.resources]
    assert list(seeded.layout.checkpoint(stack).parent.glob(".*")) == []
