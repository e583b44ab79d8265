"""Journal entries as JSON objects. Only this engine uses the format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.journal import (
    BaseRef,
    Begin,
    EntryRef,
    Failure,
    JournalEntry,
    Kept,
    Outputs,
    PendingCleared,
    StateRef,
    Success,
)
from engine.model import PendingOperation
from engine.serialize import UnreadableState, decode_map, decode_resource, encode_resource
from protocol.stored import SecretReader, SecretWriter, encode_value

# Version 0.1.0 wrote here what the provider had deleted before the replacement existed.
_DELETED_FIRST = "marksReplacement"


def encode_entry(entry: JournalEntry, write_secret: SecretWriter) -> dict[str, Any]:
    """The entry as JSON data."""
    data: dict[str, Any] = {"kind": type(entry).__name__, "sequence": entry.sequence}
    if isinstance(entry, Begin):
        resource = encode_resource(entry.operation.resource, write_secret)
        return {**data, "type": entry.operation.type, "resource": resource}
    if isinstance(entry, Success):
        new = None if entry.new is None else encode_resource(entry.new, write_secret)
        removes, marks = ([_encode_ref(ref) for ref in refs] for refs in (entry.removes, entry.marks_delete))
        return {
            **data,
            "begin": entry.begin,
            "new": new,
            "removes": removes,
            "marksDelete": marks,
            "inPlace": entry.in_place,
        }
    if isinstance(entry, Failure):
        return {**data, "begin": entry.begin}
    if isinstance(entry, PendingCleared):
        return {**data, "indices": None if entry.indices is None else list(entry.indices)}
    assert isinstance(entry, (Kept, Outputs))
    data["resource"] = _encode_ref(entry.resource)
    return data if isinstance(entry, Kept) else {**data, "outputs": encode_value(entry.outputs, write_secret)}


def decode_entry(data: Mapping[str, Any], read_secret: SecretReader) -> JournalEntry:
    """The inverse of `encode_entry`; raises `UnreadableState` for an unknown kind."""
    kind, sequence = data.get("kind"), data["sequence"]
    if kind == "Begin":
        return Begin(sequence, PendingOperation(decode_resource(data["resource"], read_secret), data["type"]))
    if kind == "Success":
        new = None if data["new"] is None else decode_resource(data["new"], read_secret)
        removes = tuple(_decode_ref(ref) for ref in [*data["removes"], *data.get(_DELETED_FIRST, ())])
        marks = tuple(_decode_ref(ref) for ref in data["marksDelete"])
        return Success(sequence, data["begin"], new, removes, marks, in_place=data["inPlace"])
    if kind == "Kept":
        return Kept(sequence, _decode_ref(data["resource"]))
    if kind == "Failure":
        return Failure(sequence, data["begin"])
    if kind == "Outputs":
        return Outputs(sequence, _decode_ref(data["resource"]), decode_map(data["outputs"], read_secret))
    if kind == "PendingCleared":
        return PendingCleared(sequence, None if data["indices"] is None else tuple(data["indices"]))
    raise UnreadableState(f"the journal has an entry of the unknown kind '{kind}'")


def _encode_ref(ref: StateRef) -> dict[str, int]:
    return {"base": ref.index} if isinstance(ref, BaseRef) else {"entry": ref.sequence}


def _decode_ref(data: Mapping[str, int]) -> StateRef:
    return BaseRef(data["base"]) if "base" in data else EntryRef(data["entry"])
