"""A shard of a list, and its form as the inputs and outputs of a resource."""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digo.lists.digests.bucket_digests import BUCKETS, NO_DIGESTS, Digests
from digo.lists.digests.known_rows import KnownRows, begun_from_text, begun_to_text, no_rows
from digo.lists.files.addresses import is_address
from digo.lists.files.source import Duplicates, ListSource
from digo.source.positions import shown_path
from digo.text.formatting import as_letters

if TYPE_CHECKING:  # imports numpy, which a stack without lists does not need
    from digo.lists.digests.sketch import Sketch

SENT, PARTLY_SENT = "sent", "partly sent"
_MOST_BEGUN = 960
"""The room in the state for the begun buckets of all shards, in characters; without further cells there is more."""
_MOST_BEGUN_OF_BUCKETS_ALONE = 9_600
_DIGEST_BYTES = 16
_WRITE_BYTES = 6


@dataclass(frozen=True)
class Shard:
    """One shard of a list: every `of`-th bucket from `index` on, with its wanted rows as a sketch.

    `index` counts from 0. `rows` is how many rows it wants. `sketch_text` is `Sketch.to_text` of them; "" where only
    the other things matter. `source` says how to read the rows again for sending; it does not identify the shard.
    """

    list_key: str
    list_id: str
    index: int
    of: int
    rows: int
    sketch_text: str = field(repr=False)
    key_check: str
    source: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The name of its resource."""
        return shard_name(self.list_key, self.index)

    @property
    def title(self) -> str:
        """The shard's name for people: `otp`, or `otp, shard 2 of 4`."""
        return self.list_key if self.of == 1 else f"{self.list_key}, shard {self.index + 1} of {self.of}"

    @cached_property
    def sketch(self) -> Sketch:
        """The sketch of its wanted rows."""
        from digo.lists.digests.sketch import Sketch

        return Sketch.from_text(self.sketch_text, self.index, self.of)

    def to_dict(self) -> dict[str, Any]:
        """The inputs of its resource, as the program gives them."""
        return {
            "list": self.list_key,
            "list_id": self.list_id,
            "shard": self.index + 1,
            "of": self.of,
            "rows": self.rows,
            "digests": self.sketch_text,
            "key_check": self.key_check,
            "source": dict(self.source),
        }

    def outputs(self, known: KnownRows, complete_status: str = SENT) -> dict[str, Any]:
        """The outputs of its resource. `known` has the rows that the account has now.

        `complete_status` is the status if these are all. `write` names this outcome, and no other one: a ledger tells
        by it whether a later run has written the shard.
        """
        complete = not self.sketch.differing(known.sketch)
        room = _MOST_BEGUN if known.sketch.complete else _MOST_BEGUN_OF_BUCKETS_ALONE
        return {
            "list_id": self.list_id,
            "shard": self.index + 1,
            "of": self.of,
            "rows": known.sketch.rows,
            "status": complete_status if complete else PARTLY_SENT,
            "sent": self.sketch_text if complete else known.sketch.to_text(),
            "begun": None if complete else begun_to_text(known.begun, room // self.of) or None,
            "write": as_letters(secrets.token_hex(_WRITE_BYTES)),
            # An engine may keep the old inputs of an update that failed.
            "key_check": self.key_check,
        }

    @classmethod
    def from_dict(cls, inputs: Mapping[str, Any], sketch_text: str = "") -> Shard:
        """The shard of some inputs. The state's inputs have a digest in place of the sketch."""
        return cls(
            list_key=str(inputs["list"]),
            list_id=str(inputs["list_id"]),
            index=int(inputs["shard"]) - 1,
            of=int(inputs["of"]),
            rows=int(inputs.get("rows") or 0),
            sketch_text=sketch_text,
            key_check=str(inputs.get("key_check") or ""),
            source=inputs.get("source") or {},
        )


@dataclass(frozen=True)
class ShardState:
    """What the state has of a shard.

    Attributes:
        index: which shard it is, from 0.
        of: how many there are.
        known: the rows that were sent. It has none if `old` has any.
        write: names the outcome of the last run that wrote the shard; "" before the first one.
        old: the digests that version 0.2.0 left of the buckets; without a digest, a bucket has unknown rows.
        key_check: identifies the ledger key; "" where that is not known.
    """

    index: int
    of: int
    known: KnownRows
    write: str = ""
    old: Digests = NO_DIGESTS
    key_check: str = ""

    @property
    def rows(self) -> int:
        """How many rows were sent, as far as that is known."""
        return self.old.rows if self.is_old else self.known.rows

    @property
    def is_old(self) -> bool:
        """Whether version 0.2.0 left it."""
        return bool(self.old.counts)

    def known_by(self, key_check: str) -> KnownRows:
        """The rows that were sent, for a ledger key. By another key than the state's, rows are in other buckets."""
        if self.key_check in ("", key_check):
            return self.known
        buckets = range(self.index, BUCKETS, self.of) if self.known.rows else ()
        return KnownRows(no_rows(self.index, self.of).sketch, unknown=dict.fromkeys(buckets, 0))

    def token(self, bucket: int) -> str:
        """Names this state for a bucket in a ledger; "" if the state has nothing of the bucket."""
        if bucket % self.of != self.index:
            return ""
        return self.old.digests.get(bucket, b"").hex() if self.is_old else self.write

    @classmethod
    def nothing(cls, index: int, of: int) -> ShardState:
        """The state of a shard that no run has sent."""
        return cls(index, of, no_rows(index, of))

    @classmethod
    def from_dicts(cls, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> ShardState:
        """What a resource's inputs and outputs say."""
        by = outputs if outputs.get("of") else inputs
        index, of = int(by["shard"]) - 1, int(by["of"])
        if text := str(outputs.get("sent") or ""):
            begun = str(outputs.get("begun") or "")
            known = known_from_texts(text, begun, index, of, cut_off=is_partly_sent(outputs))
            key_check = str(outputs.get("key_check") or inputs.get("key_check") or "")
            return cls(index, of, known, str(outputs.get("write") or ""), key_check=key_check)
        old = _old_digests(str(outputs.get("digests") or inputs.get("digests") or ""), index, of)
        return cls(index, of, no_rows(index, of), old=old)


def known_from_texts(sketch: str, begun: str, index: int, of: int, *, cut_off: bool) -> KnownRows:
    """The known rows in the texts of a shard's outputs."""
    from digo.lists.digests.sketch import Sketch

    return KnownRows(Sketch.from_text(sketch, index, of), begun_from_text(begun), cut_off=cut_off)


def _old_digests(text: str, index: int, of: int) -> Digests:
    """The digests in a text of version 0.2.0; none if it is another one, such as `digest_of` a sketch."""
    try:
        return Digests.from_text(text, index, of)
    except (ValueError, zlib.error):
        return NO_DIGESTS


def is_partly_sent(outputs: Mapping[str, Any]) -> bool:
    """Whether the outputs are those of a shard that was partly sent, by this version or the one before."""
    return outputs.get("status") == PARTLY_SENT


def digest_of(sketch_text: str) -> str:
    """A digest of a sketch, which the state's inputs have in its place."""
    return as_letters(hashlib.blake2b(sketch_text.encode(), digest_size=_DIGEST_BYTES).hexdigest())


def shard_name(list_key: str, index: int) -> str:
    """The name of a shard's resource; `index` counts from 0."""
    return f"{list_key}-{index + 1}"


def source_to_dict(source: ListSource, root: Path) -> dict[str, Any]:
    """A list's source as an input of its resource. Paths inside the project are relative to it."""
    return {
        "files": _written(source.files, root),
        "columns": dict(source.columns),
        "country": source.country,
        "duplicates": source.duplicates.value,
        **({"named": True} if source.named else {}),
        **({"encoding": source.encoding} if source.encoding else {}),
        **({"sheet": source.sheet} if source.sheet else {}),
        **({"suppress": _written(source.suppress, root)} if source.suppress else {}),
    }


def source_from_dict(list_id: str, content: Mapping[str, Any], root: Path) -> ListSource:
    """The source that `source_to_dict` turned into a mapping."""
    return ListSource(
        list_id=list_id,
        files=_paths(content["files"], root),
        columns={str(name): str(field) for name, field in content["columns"].items()},
        country=content.get("country"),
        duplicates=Duplicates(content.get("duplicates", Duplicates.ERROR.value)),
        named=bool(content.get("named")),
        encoding=content.get("encoding"),
        sheet=content.get("sheet"),
        suppress=_paths(content.get("suppress") or (), root),
    )


def _written(paths: Iterable[Path | str], root: Path) -> list[str]:
    return [path if isinstance(path, str) else shown_path(path, root) for path in paths]


def _paths(written: Iterable[object], root: Path) -> tuple[Path | str, ...]:
    return tuple(path if is_address(path) else root / path for path in map(str, written))
