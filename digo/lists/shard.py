"""A shard of a list, and its form as the inputs and outputs of a resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digo.lists.addresses import is_address
from digo.lists.digests import Digests
from digo.lists.source import Duplicates, ListSource
from digo.source.positions import shown_path

SENT, PARTLY_SENT = "sent", "partly sent"


@dataclass(frozen=True)
class Shard:
    """One shard of a list: every `of`-th bucket from `index` on, with the wanted digests.

    `index` counts from 0. `source` says how to read the rows again for sending; it does not identify the shard.
    """

    list_key: str
    list_id: str
    index: int
    of: int
    digests: Digests
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

    def to_dict(self) -> dict[str, Any]:
        """The inputs of its resource."""
        return {
            "list": self.list_key,
            "list_id": self.list_id,
            "shard": self.index + 1,
            "of": self.of,
            "rows": self.digests.rows,
            "digests": self.digests.to_text(self.index, self.of),
            "key_check": self.key_check,
            "source": dict(self.source),
        }

    def outputs(self, sent: Digests, complete_status: str = SENT) -> dict[str, Any]:
        """The outputs of its resource. `sent` has the buckets that the account has now.

        `complete_status` is the status if these are all. If they equal the wanted ones, the outputs have no digests,
        because the inputs have them.
        """
        complete = sent.digests == self.digests.digests
        return {
            "list_id": self.list_id,
            "shard": self.index + 1,
            "of": self.of,
            "rows": sent.rows,
            "status": complete_status if complete else PARTLY_SENT,
            "digests": None if complete else sent.to_text(self.index, self.of),
        }

    @classmethod
    def from_dict(cls, inputs: Mapping[str, Any]) -> Shard:
        """The shard that `written` turned into inputs."""
        index, of = int(inputs["shard"]) - 1, int(inputs["of"])
        return cls(
            list_key=str(inputs["list"]),
            list_id=str(inputs["list_id"]),
            index=index,
            of=of,
            digests=Digests.from_text(str(inputs.get("digests") or ""), index, of),
            key_check=str(inputs.get("key_check") or ""),
            source=inputs.get("source") or {},
        )


def shard_name(list_key: str, index: int) -> str:
    """The name of a shard's resource; `index` counts from 0."""
    return f"{list_key}-{index + 1}"


def sent_digests(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Digests:
    """The buckets that the account has of a shard, from the state's inputs and outputs; none if both are empty."""
    by = outputs if outputs.get("digests") else inputs
    if not by.get("digests"):
        return Digests({}, {})
    return Digests.from_text(str(by["digests"]), int(by["shard"]) - 1, int(by["of"]))


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
