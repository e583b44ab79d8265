"""What each fault does to a request, as the client sees it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from sandbox.exchange import Exchange
from sandbox.faults import Fault, FaultKind, RuleInForce
from sandbox.reply import Reply, failure, gateway_page, json_reply, too_many_requests, unauthorized

Effect = Callable[[Fault, Exchange, RuleInForce], Awaitable[None]]

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


async def _status(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    await exchange.answer(_error_reply(fault))


async def _status_after_commit(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    exchange.carry_out()
    await exchange.answer(_error_reply(fault))


async def _lost_before(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    await exchange.cut()


async def _lost_after(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    exchange.carry_out()
    await exchange.cut()


async def _mid_body(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    await exchange.answer_half(exchange.carry_out())


async def _html(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    await exchange.answer(_page(fault))


async def _html_after_commit(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    exchange.carry_out()
    await exchange.answer(_page(fault))


async def _success_false(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    await exchange.answer(failure(fault.message))


async def _string_false(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    await exchange.answer(json_reply({"success": "false", "message": fault.message}))


async def _empty_list(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    await exchange.answer(_with_headers(fault, json_reply([])))


async def _cut_list(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    reply = exchange.carry_out()
    content = reply.content()
    shown = json_reply(content[: fault.keep]) if isinstance(content, list) else reply
    await exchange.answer(_with_headers(fault, shown))


async def _truncated_json(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    reply = exchange.carry_out()
    await exchange.answer(replace(reply, body=reply.body[: len(reply.body) // 2]))


async def _reply(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    await exchange.answer(_with_headers(fault, Reply(fault.status or 200, fault.raw_body())))


async def _redirect(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    headers = {"location": fault.location}
    await exchange.answer(_with_headers(fault, Reply(fault.status or 302, b"", "text/html", headers)))


async def _slow(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    await asyncio.sleep(fault.ms / 1000)
    await exchange.answer(exchange.carry_out())


async def _slow_after_commit(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    reply = exchange.carry_out()
    await asyncio.sleep(fault.ms / 1000)
    await exchange.answer(reply)


async def _late(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    if fault.cut:
        await exchange.cut()
    else:
        await exchange.stay_silent()
    delay = rule.wait_lifted() if fault.held else asyncio.sleep(fault.ms / 1000)
    exchange.background(_carry_out_after(delay, exchange))


async def _carry_out_after(delay: Coroutine[Any, Any, None], exchange: Exchange) -> None:
    await delay
    exchange.carry_out()


async def _unauthorized(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    await exchange.answer(unauthorized())


async def _hang(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    if not await exchange.stays_until(rule.wait_lifted()):
        return
    if rule.closed:
        await exchange.cut()
    else:
        await exchange.answer(exchange.carry_out())


async def _hang_after_commit(fault: Fault, exchange: Exchange, rule: RuleInForce) -> None:
    reply = exchange.carry_out()
    if not await exchange.stays_until(rule.wait_lifted()):
        return
    if rule.closed:
        await exchange.cut()
    else:
        await exchange.answer(reply)


def fault_effects() -> Mapping[FaultKind, Effect]:
    """The effect of every kind of fault."""
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
    }
