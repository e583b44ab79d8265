"""Journal entries as JSON, one object each. The format is this engine's own."""

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
from engine.serialize import (
    SecretReader,
    SecretWriter,
    UnreadableState,
    decode_resource,
    decode_value,
    encode_resource,
    encode_value,
)


def encode_entry(entry: JournalEntry, write_secret: SecretWriter) -> dict[str, Any]:
    """The entry as JSON data."""
    data: dict[str, Any] = {"kind": type(entry).__name__, "sequence": entry.sequence}
    if isinstance(entry, Begin):
        data["type"] = entry.operation.type
        data["resource"] = encode_resource(entry.operation.resource, write_secret)
    elif isinstance(entry, Success):
        data["begin"] = entry.begin
        data["new"] = None if entry.new is None else encode_resource(entry.new, write_secret)
        data["removes"] = [_encode_ref(ref) for ref in entry.removes]
        data["marksDelete"] = [_encode_ref(ref) for ref in entry.marks_delete]
        data["marksReplacement"] = [_encode_ref(ref) for ref in entry.marks_replacement]
        data["inPlace"] = entry.in_place
    elif isinstance(entry, Kept):
        data["resource"] = _encode_ref(entry.resource)
    elif isinstance(entry, Failure):
        data["begin"] = entry.begin
    elif isinstance(entry, Outputs):
        data["resource"] = _encode_ref(entry.resource)
        data["outputs"] = encode_value(entry.outputs, write_secret)
    else:
        data["indices"] = None if entry.indices is None else list(entry.indices)
    return data


def decode_entry(data: Mapping[str, Any], read_secret: SecretReader) -> JournalEntry:
    """The inverse of `encode_entry`; raises `UnreadableState` for a kind this version does not know."""
    kind, sequence = data.get("kind"), data["sequence"]
    if kind == "Begin":
        resource = decode_resource(data["resource"], read_secret)
        return Begin(sequence, PendingOperation(resource, data["type"]))
    if kind == "Success":
        return Success(
            sequence=sequence,
            begin=data["begin"],
            new=None if data["new"] is None else decode_resource(data["new"], read_secret),
            removes=tuple(_decode_ref(ref) for ref in data["removes"]),
            marks_delete=tuple(_decode_ref(ref) for ref in data["marksDelete"]),
            marks_replacement=tuple(_decode_ref(ref) for ref in data["marksReplacement"]),
            in_place=data["inPlace"],
        )
    if kind == "Kept":
        return Kept(sequence, _decode_ref(data["resource"]))
    if kind == "Failure":
        return Failure(sequence, data["begin"])
    if kind == "Outputs":
        return Outputs(sequence, _decode_ref(data["resource"]), decode_value(data["outputs"], read_secret))
    if kind == "PendingCleared":
        return PendingCleared(sequence, None if data["indices"] is None else tuple(data["indices"]))
    raise UnreadableState(f"the journal has an entry of the unknown kind '{kind}'")


def _encode_ref(ref: StateRef) -> dict[str, int]:
    return {"base": ref.index} if isinstance(ref, BaseRef) else {"entry": ref.sequence}


def _decode_ref(data: Mapping[str, int]) -> StateRef:
    return BaseRef(data["base"]) if "base" in data else EntryRef(data["entry"])
