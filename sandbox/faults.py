"""Faults on demand: which requests a fault strikes, and what it is. What it does is in `fault_effects`."""

import asyncio
import base64
import re
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

FaultKind = Literal[
    "status",
    "status-after-commit",
    "lost-before",
    "lost-after",
    "mid-body",
    "html",
    "html-after-commit",
    "object",
    "success-false",
    "string-false",
    "empty-list",
    "cut-list",
    "truncated-json",
    "reply",
    "redirect",
    "slow",
    "slow-after-commit",
    "late",
    "unauthorized",
    "hang",
    "hang-after-commit",
    "drip",
    "bomb",
    "repeated-cursor",
    "batch",
]

_LIST_FAULTS = frozenset({"empty-list", "cut-list"})

# RFC 9110, sections 5.6.2 and 5.5: with other signs the reply would be no HTTP.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


class Fault(BaseModel):
    """What goes wrong.

    Attributes:
        kind: the name of the fault.
        status: HTTP status of `status` and `status-after-commit` (default 500), of the gateway page of `html` and
            `html-after-commit` (default 200), of `reply` (default 200) and of `redirect` (default 302).
        retry_after: the `Retry-After` header of `status`, in seconds or as a date; None sends no such header.
        headers: further headers of `status`, `status-after-commit`, `reply`, `redirect`, `empty-list` and `cut-list`;
            each character of a value is one byte.
        body: the body of `reply`, as text in UTF-8.
        body_base64: the body of `reply`, as any bytes; it wins over `body`.
        location: the `Location` header of `redirect`.
        message: text of `object`, `success-false` and `string-false`.
        ms: milliseconds of `slow`, `slow-after-commit` and `late` (default 500), and between two bytes of `drip`
            (default 1000).
        keep: number of items that `cut-list` leaves.
        cut: for `late`, whether the connection is cut at once; otherwise the server stays silent until the
            client gives up, and the delay starts then.
        held: for `late`, whether it lasts until the fault is lifted, instead of `ms`.
        part: for `drip`, whether the reply's `body` comes a byte at a time, or its `headers`.
        mb: for `bomb`, the megabytes of the body when it is unpacked.
        packed: for `bomb`, whether the body is sent in gzip, which takes a thousandth of that.
        end: how the `batch` ends that the request makes: `failed`, `hang` without an end, or `lost`, so that nobody
            knows it.
        stored: how many of its rows are stored; None means none of a `lost` one, and half of the others'.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FaultKind
    status: int | None = Field(default=None, ge=200, le=599)
    retry_after: int | str | None = Field(default=None, union_mode="left_to_right")
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = ""
    body_base64: str | None = None
    location: str = "/"
    message: str = "Something went wrong. Please try again later."
    ms: int | None = Field(default=None, ge=0)
    keep: int = Field(default=1, ge=0)
    cut: bool = True
    held: bool = False
    part: Literal["body", "headers"] = "body"
    mb: int = Field(default=1024, ge=1)
    packed: bool = True
    end: Literal["completed", "failed", "hang", "lost"] = "failed"
    stored: int | None = Field(default=None, ge=0)

    @field_validator("body_base64")
    @classmethod
    def _is_base64(cls, text: str | None) -> str | None:
        if text is not None:
            base64.b64decode(text, validate=True)
        return text

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not _HEADER_NAME.fullmatch(name):
                raise ValueError(f"{name!a} is not a name of a header")
            _refuse_signs(value)
        return headers

    @field_validator("location", "retry_after")
    @classmethod
    def _is_value_of_header(cls, value: int | str | None) -> int | str | None:
        if isinstance(value, str):
            _refuse_signs(value)
        return value

    @property
    def seconds(self) -> float:
        """`ms` in seconds."""
        default = 1000 if self.kind == "drip" else 500
        return (default if self.ms is None else self.ms) / 1000

    def raw_body(self) -> bytes:
        """The body of `reply` as bytes."""
        if self.body_base64 is not None:
            return base64.b64decode(self.body_base64)
        return self.body.encode("utf-8", "surrogatepass")


def _refuse_signs(value: str) -> None:
    if not _HEADER_VALUE.fullmatch(value):
        raise ValueError(f"{value!a} has signs that no header can have")


def _as_sent(text: str) -> bytes:
    """The text as a body has it. Half of a surrogate pair, which no UTF-8 holds, is written as JSON escapes it."""
    return text.encode("utf-8", "backslashreplace")


class Match(BaseModel):
    """Which requests a fault strikes, counted among those that fit method, path and body.

    Only requests that pass the token check and the account's rate limit are counted.

    Attributes:
        method: HTTP method; None fits all.
        path: path of the endpoint, with `*` as a wildcard.
        account: profile of the account that the request is for; None fits both.
        body_contains: text that the raw body must contain.
        nth: positions, from 1, of the requests to strike.
        every: strike each request whose position is a multiple of this.
        times: how often to strike at most. Left out, it is once; with `every`, always; with `nth`, once each.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str | None = None
    path: str = "/v1/*"
    account: Literal["digo", "smartflo"] | None = None
    body_contains: str | None = None
    nth: tuple[int, ...] | None = None
    every: int | None = Field(default=None, ge=1)
    times: int | Literal["always"] | None = None

    @model_validator(mode="after")
    def _one_choice_of_positions(self) -> "Match":
        if self.nth is not None and self.every is not None:
            raise ValueError("give nth or every, not both")
        return self

    def fits(self, method: str, path: str, body: bytes, account: str) -> bool:
        """Whether a request is one of those among which the positions are counted."""
        return (
            (self.method is None or self.method.upper() == method)
            and fnmatchcase(path, self.path)
            and self.account in (None, account)
            and (self.body_contains is None or _as_sent(self.body_contains) in body)
        )

    def strikes_at(self, position: int) -> bool:
        """Whether the fitting request of this position is one to strike."""
        if self.nth is not None:
            return position in self.nth
        return self.every is None or position % self.every == 0

    def limit(self) -> int | None:
        """How often the fault strikes at most; None means without end."""
        if self.times == "always":
            return None
        if self.times is not None:
            return self.times
        if self.nth is not None:
            return len(self.nth)
        return None if self.every is not None else 1


class FaultRule(BaseModel):
    """A fault and the requests that it strikes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    match: Match = Match()
    fault: Fault

    @model_validator(mode="before")
    @classmethod
    def _list_faults_strike_the_list(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("fault"), dict):
            match = value.get("match") or {}
            if value["fault"].get("kind") in _LIST_FAULTS and isinstance(match, dict):
                return {**value, "match": {"method": "GET", "path": "/v1/agents", **match}}
        return value


class ActiveRule:
    """A rule and its progress.

    Attributes:
        closed: whether the server ends or resets, so that a held request gets no reply.
    """

    def __init__(self, number: int, rule: FaultRule) -> None:
        self.number = number
        self.rule = rule
        self.seen = 0
        self.struck = 0
        self.closed = False
        self._lifted = asyncio.Event()

    def lift(self, *, closed: bool = False) -> None:
        """Let the requests that hang by it go on."""
        self.closed = closed
        self._lifted.set()

    async def wait_lifted(self) -> None:
        """Return when the rule is no longer in force."""
        await self._lifted.wait()

    def take(self, method: str, path: str, body: bytes, account: str) -> bool:
        """Count a request; whether the rule strikes it."""
        if not self.rule.match.fits(method, path, body, account):
            return False
        self.seen += 1
        limit = self.rule.match.limit()
        return self.rule.match.strikes_at(self.seen) and (limit is None or self.struck < limit)


class Faults:
    """The faults in force. Every rule counts every request that fits it; the oldest that strikes wins."""

    def __init__(self) -> None:
        self._rules: dict[int, ActiveRule] = {}
        self._last_number = 0

    def add(self, rule: FaultRule) -> int:
        """Put a rule in force and return its number."""
        self._last_number += 1
        self._rules[self._last_number] = ActiveRule(self._last_number, rule)
        return self._last_number

    def lift(self, number: int) -> None:
        """Lift one rule, and let the requests that hang by it go on.

        Raises:
            KeyError: no such rule is in force.
        """
        self._rules.pop(number).lift()

    def clear(self) -> None:
        """Lift all rules."""
        for number in list(self._rules):
            self.lift(number)

    def close(self) -> None:
        """Lift all rules, and never answer the requests that hang by them."""
        for rule in self._rules.values():
            rule.lift(closed=True)
        self._rules.clear()

    def strike(self, method: str, path: str, body: bytes, account: str) -> ActiveRule | None:
        """Count a request in all rules and return the one that strikes it, if any."""
        striking = [rule for rule in self._rules.values() if rule.take(method, path, body, account)]
        if not striking:
            return None
        striking[0].struck += 1
        return striking[0]

    def as_list(self) -> list[dict[str, Any]]:
        """The rules with their progress, ready for JSON."""
        return [
            {
                "number": rule.number,
                "seen": rule.seen,
                "struck": rule.struck,
                **rule.rule.model_dump(exclude_none=True),
            }
            for rule in self._rules.values()
        ]
