"""What each fault does to a request, as the client sees it."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

from sandbox.exchange import Exchange
from sandbox.faults import ActiveRule, Fault, FaultKind
from sandbox.reply import Reply, failure, gateway_page, json_reply, too_many_requests, unauthorized
from sandbox.smartflo.batches import BatchOutcome


@dataclass(frozen=True, slots=True)
class FaultedRequest:
    """A request that a fault strikes, and the rule that chose it."""

    exchange: Exchange
    rule: ActiveRule

    @property
    def fault(self) -> Fault:
        """What goes wrong."""
        return self.rule.rule.fault


Effect = Callable[[FaultedRequest], Awaitable[None]]

_MEGABYTE = b" " * 2**20
_PAGED = "/v1/users"
_EMPTY_PAGE: dict[str, Any] = {"has_more": False, "count": 0, "last_seen_id": None, "data": []}
_GATEWAY_STATUSES = range(502, 505)


def _error_reply(fault: Fault) -> Reply:
    status = 500 if fault.status is None else fault.status
    headers = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
    if status == 429:
        return _with_headers(fault, too_many_requests(fault.retry_after))
    reply = gateway_page(status) if status in _GATEWAY_STATUSES else failure(fault.message, status)
    return _with_headers(fault, replace(reply, headers=headers))


def _with_headers(fault: Fault, reply: Reply) -> Reply:
    return replace(reply, headers={**reply.headers, **fault.headers})


def _page(fault: Fault) -> Reply:
    return gateway_page(200 if fault.status is None else fault.status)


async def _status(faulted: FaultedRequest) -> None:
    await faulted.exchange.answer(_error_reply(faulted.fault))


async def _status_after_commit(faulted: FaultedRequest) -> None:
    faulted.exchange.carry_out()
    await faulted.exchange.answer(_error_reply(faulted.fault))


async def _lost_before(faulted: FaultedRequest) -> None:
    await faulted.exchange.cut()


async def _lost_after(faulted: FaultedRequest) -> None:
    faulted.exchange.carry_out()
    await faulted.exchange.cut()


async def _mid_body(faulted: FaultedRequest) -> None:
    await faulted.exchange.answer_half(faulted.exchange.carry_out().whole())


async def _html(faulted: FaultedRequest) -> None:
    await faulted.exchange.answer(_page(faulted.fault))


async def _html_after_commit(faulted: FaultedRequest) -> None:
    faulted.exchange.carry_out()
    await faulted.exchange.answer(_page(faulted.fault))


async def _success_false(faulted: FaultedRequest) -> None:
    await faulted.exchange.answer(failure(faulted.fault.message))


async def _string_false(faulted: FaultedRequest) -> None:
    await faulted.exchange.answer(json_reply({"success": "false", "message": faulted.fault.message}))


async def _empty_list(faulted: FaultedRequest) -> None:
    empty = _EMPTY_PAGE if faulted.exchange.path == _PAGED else []
    await faulted.exchange.answer(_with_headers(faulted.fault, json_reply(empty)))


async def _cut_list(faulted: FaultedRequest) -> None:
    reply, keep = faulted.exchange.carry_out().whole(), faulted.fault.keep
    content = reply.content()
    if isinstance(content, list):
        reply = json_reply(content[:keep])
    elif isinstance(content, dict) and isinstance(content.get("data"), list):
        # The page goes on to announce what it does not deliver.
        reply = json_reply({**content, "data": content["data"][:keep]})
    await faulted.exchange.answer(_with_headers(faulted.fault, reply))


async def _repeated_cursor(faulted: FaultedRequest) -> None:
    reply = faulted.exchange.carry_out()
    content = reply.content()
    if isinstance(content, dict) and "last_seen_id" in content:
        asked = parse_qs(faulted.exchange.query).get("last_seen_id", ["0"])[0]
        reply = json_reply({**content, "has_more": True, "last_seen_id": int(asked)})
    await faulted.exchange.answer(reply)


async def _batch(faulted: FaultedRequest) -> None:
    await faulted.exchange.answer(faulted.exchange.carry_out(BatchOutcome(faulted.fault.end, faulted.fault.stored)))


async def _truncated_json(faulted: FaultedRequest) -> None:
    reply = faulted.exchange.carry_out().whole()
    await faulted.exchange.answer(replace(reply, body=reply.body[: len(reply.body) // 2]))


async def _reply(faulted: FaultedRequest) -> None:
    await faulted.exchange.answer(
        _with_headers(faulted.fault, Reply(faulted.fault.status or 200, faulted.fault.raw_body()))
    )


async def _redirect(faulted: FaultedRequest) -> None:
    headers = {"location": faulted.fault.location}
    await faulted.exchange.answer(
        _with_headers(faulted.fault, Reply(faulted.fault.status or 302, b"", "text/html", headers))
    )


async def _slow(faulted: FaultedRequest) -> None:
    await asyncio.sleep(faulted.fault.seconds)
    await faulted.exchange.answer(faulted.exchange.carry_out())


async def _slow_after_commit(faulted: FaultedRequest) -> None:
    reply = faulted.exchange.carry_out()
    await asyncio.sleep(faulted.fault.seconds)
    await faulted.exchange.answer(reply)


async def _late(faulted: FaultedRequest) -> None:
    if faulted.fault.cut:
        await faulted.exchange.cut()
    else:
        await faulted.exchange.stay_silent()
    delay = faulted.rule.wait_lifted() if faulted.fault.held else asyncio.sleep(faulted.fault.seconds)
    faulted.exchange.background(_carry_out_after(delay, faulted.exchange))


async def _carry_out_after(delay: Coroutine[Any, Any, None], exchange: Exchange) -> None:
    await delay
    exchange.carry_out()


async def _unauthorized(faulted: FaultedRequest) -> None:
    await faulted.exchange.answer(unauthorized())


async def _hang(faulted: FaultedRequest) -> None:
    if not await faulted.exchange.stays_until(faulted.rule.wait_lifted()):
        return
    if faulted.rule.closed:
        await faulted.exchange.cut()
    else:
        await faulted.exchange.answer(faulted.exchange.carry_out())


async def _hang_after_commit(faulted: FaultedRequest) -> None:
    reply = faulted.exchange.carry_out()
    if not await faulted.exchange.stays_until(faulted.rule.wait_lifted()):
        return
    if faulted.rule.closed:
        await faulted.exchange.cut()
    else:
        await faulted.exchange.answer(reply)


async def _drip(faulted: FaultedRequest) -> None:
    reply = faulted.exchange.carry_out().whole()
    await faulted.exchange.drip(reply, faulted.fault.seconds, with_headers=faulted.fault.part == "headers")


async def _bomb(faulted: FaultedRequest) -> None:
    faulted.exchange.carry_out()
    packed = faulted.fault.packed
    await faulted.exchange.answer_at_length(_spaces(faulted.fault.mb, packed=packed), packed=packed)


def _spaces(megabytes: int, *, packed: bool) -> Iterator[bytes]:
    """JSON of so many megabytes, mostly spaces; in gzip if `packed`."""
    pack = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for _ in range(megabytes):
        yield pack.compress(_MEGABYTE) if packed else _MEGABYTE
    yield pack.compress(b"[]") + pack.flush() if packed else b"[]"


def fault_effects() -> Mapping[FaultKind, Effect]:
    """The effect of every kind of faulted.fault."""
    return {
        "status": _status,
        "status-after-commit": _status_after_commit,
        "lost-before": _lost_before,
        "lost-after": _lost_after,
        "mid-body": _mid_body,
        "html": _html,
        "html-after-commit": _html_after_commit,
        "object": _success_false,
        "success-false": _success_false,
        "string-false": _string_false,
        "empty-list": _empty_list,
        "cut-list": _cut_list,
        "truncated-json": _truncated_json,
        "reply": _reply,
        "redirect": _redirect,
        "slow": _slow,
        "slow-after-commit": _slow_after_commit,
        "late": _late,
        "unauthorized": _unauthorized,
        "hang": _hang,
        "hang-after-commit": _hang_after_commit,
        "drip": _drip,
        "bomb": _bomb,
        "repeated-cursor": _repeated_cursor,
        "batch": _batch,
    }
