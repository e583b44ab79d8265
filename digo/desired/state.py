"""The desired state in the core's own types: the result of reading config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from digo.desired.approvals import Approval
from digo.lists.files.source import ListSource
from digo.phone.number import PhoneNumber
from digo.source.positions import Position
from digo.source.problems import Problem

if TYPE_CHECKING:  # imports pyarrow, which most environments do not need
    from digo.lists.digests.bucket_digests import Digests
    from digo.lists.digests.sketch import Sketch
    from digo.lists.digests.sorted_rows import SortedRows
    from digo.lists.rows.list_rows import Rows


@dataclass(frozen=True)
class DesiredAgent:
    """An agent that config wants. `key` names the Pulumi resource; `intercom` None means: leave it alone.

    `positions` has the position of each field in config. `formerly` has the entry's former keys. `other_fields` has the
    values of OTHER_FIELDS that config sets, numbers in E.164. `password_secret` is the name of the secret with a new
    user's password; "" if one is generated.
    """

    key: str
    name: str
    number: PhoneNumber
    intercom: str | None
    position: Position
    positions: Mapping[str, Position] = field(default_factory=dict)
    formerly: tuple[str, ...] = ()
    other_fields: Mapping[str, str] = field(default_factory=dict)
    password_secret: str = ""

    def value(self, name: str) -> str | None:
        """The value of a wanted field, a number in E.164; None if config leaves the field alone."""
        if name == "follow_me_number":
            return self.number.e164
        if name == "name":
            return self.name
        return self.intercom if name == "intercom" else self.other_fields.get(name)


@dataclass(frozen=True)
class DesiredBroadcastList:
    """A broadcast list that config names, as an object of the account.

    Its rows are a `DesiredList` or `DesiredLead`s with the same list key. `fields` are the API's columns that the entry
    maps, `field_0` first. `description` is "" where config has none. `position` is that of `name`.
    """

    key: str
    name: str
    description: str
    fields: tuple[str, ...]
    position: Position
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True)
class DesiredLead:
    """An inline lead.

    `key` names the Pulumi resource, `formerly` has its former names. `fields` maps `field_1`, `field_2` … to text,
    without `field_0`. `columns` has the names of the columns in config by the API's field, with `field_0`. With
    `list_name`, config names the list: `list_id` is then "" until the account has shown it.
    """

    key: str
    list_key: str
    list_id: str
    number: PhoneNumber
    fields: Mapping[str, str]
    position: Position
    formerly: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    list_name: str = ""


@dataclass(frozen=True)
class ListDigests:
    """The digests that represent a list's rows.

    Attributes:
        key_check: identifies the ledger key, which all digests need.
        content: one long digest of all rows, for the plan's hash.
        first_rows: one row of each bucket, for samples: its number, then its values in the order of
            `ListSource.fields`.
        sketches: the sketch of each shard, for the state.
        rows: the rows by bucket and number, for samples of what a sketch's difference names.
    """

    key_check: str
    content: str
    first_rows: Mapping[int, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)
    sketches: tuple[Sketch, ...] = ()
    rows: SortedRows | None = field(default=None, repr=False, compare=False)

    @cached_property
    def bucket_digests(self) -> Digests:
        """The digests of the rows' buckets as version 0.2.0 made them, for comparison with what it left."""
        assert self.rows is not None
        return self.rows.digests()


@dataclass(frozen=True)
class DesiredList:
    """A list from files, with `count` rows. `rows` is set until `digo.desired.list_digests` replaces it by digests.

    With `list_name`, config names the list: the source's `list_id` is then "" until the account has shown it.
    `suppressed` counts further rows of the files, which are never sent.
    """

    key: str
    source: ListSource
    shards: int
    count: int
    position: Position
    rows: Rows | None = field(default=None, repr=False, compare=False)
    digests: ListDigests | None = None
    formerly: tuple[str, ...] = ()
    list_name: str = ""
    suppressed: int = 0

    @property
    def list_id(self) -> str:
        """The list's id in the panel; "" while it is not known."""
        return self.source.list_id


@dataclass(frozen=True)
class Suppression:
    """What the suppress files of a list's entry leave out.

    Attributes:
        key: the entry's key.
        files: the suppress files.
        rows: how many rows or inline leads the entry has, with those that are suppressed.
        suppressed: how many of them are never sent.
        leads: the inline leads among these.
    """

    key: str
    files: tuple[Path | str, ...]
    rows: int
    suppressed: int
    leads: tuple[DesiredLead, ...] = ()


@dataclass(frozen=True)
class Desired:
    """An environment's whole desired state.

    `absent` has the agents that must not be on the account. `warnings` has problems that stop nothing.
    `broadcast_lists` has the lists that config names. `suppressions` has each list with suppress files; its suppressed
    leads and rows are in no other field.
    """

    environment: str
    agents: tuple[DesiredAgent, ...] = ()
    leads: tuple[DesiredLead, ...] = ()
    lists: tuple[DesiredList, ...] = ()
    approvals: tuple[Approval, ...] = ()
    warnings: tuple[Problem, ...] = ()
    absent: tuple[DesiredAgent, ...] = ()
    broadcast_lists: tuple[DesiredBroadcastList, ...] = ()
    suppressions: tuple[Suppression, ...] = ()

    @property
    def agents_alone(self) -> Desired:
        """The same without leads and lists, for who asks about agents only."""
        return replace(self, leads=(), lists=(), broadcast_lists=(), suppressions=())
