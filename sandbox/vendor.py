"""The simulated service's own endpoints as an ASGI application."""

import asyncio
import functools
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from sandbox.exchange import Exchange, normalised, parsed, read_body
from sandbox.fault_effects import FaultedRequest, fault_effects
from sandbox.journal import kept
from sandbox.operations import Operation
from sandbox.reply import Reply, failure, too_many_requests, unauthorized
from sandbox.service import Api, Service
from sandbox.settings import bare
from sandbox.smartflo.account import SmartfloAccount
from sandbox.smartflo.batches import BatchOutcome


class VendorApi:
    """Takes a request through limit, token check, faults and latency to its operation, and records it.

    Args:
        asked: the account that a request is for, by its path, its `Authorization` and its body.
    """

    def __init__(self, asked: Callable[[str, str | None, Any], Service]) -> None:
        self._asked = asked
        self._effects = fault_effects()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await read_body(receive)
        if body is None:
            return
        method, path = scope["method"], normalised(scope["path"])
        header, content = _authorization(scope), parsed(body)
        service = self._asked(path, header, content)
        api, authorized = service.api_of(path, header)
        query = scope["query_string"].decode("latin-1")
        asked = parse_qs(query) if method == "GET" else content
        noted = kept(body, content, parsed)
        record = service.journal.open(method, path, query, noted, authorized=authorized, account=api.name)
        commit = functools.partial(self._carry_out, api, method, path, asked, bare(header or ""))
        exchange = Exchange(scope, receive, send, commit, record, service.later)
        if not api.pace.admits():
            await exchange.answer(too_many_requests(service.settings.retry_after))
            return
        struck_by = service.faults.strike(method, path, body, api.name) if authorized else None
        record.fault = struck_by.rule.fault.kind if struck_by else None
        if service.settings.latency_ms:
            await asyncio.sleep(service.settings.latency_ms / 1000)
        if not authorized:
            await exchange.answer(unauthorized())
        elif struck_by is None:
            await exchange.answer(exchange.carry_out())
        else:
            await self._effects[struck_by.rule.fault.kind](FaultedRequest(exchange, struck_by))

    def _carry_out(self, api: Api, method: str, path: str, content: Any, token: str, outcome: BatchOutcome) -> Reply:
        operation, parameters = self._find(api, method, path)
        if isinstance(operation, Reply):
            return operation
        if operation.needs_body and not isinstance(content, dict):
            return failure("The request body must be a JSON object.", 400)
        if isinstance(api.account, SmartfloAccount):
            api.account.batches.outcome = outcome
        return operation.handle(api.account, {**parameters, "token": token}, content)

    def _find(self, api: Api, method: str, path: str) -> tuple[Operation[Any] | Reply, Mapping[str, str]]:
        other_methods = False
        for operation in api.operations:
            match = operation.pattern.match(path)
            if match and operation.method == method:
                return operation, match.groupdict()
            other_methods = other_methods or match is not None
        if other_methods:
            return failure(f"The {method} method is not supported for this route.", 405), {}
        return failure("Not found.", 404), {}


def _authorization(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return str(value.decode("latin-1"))
    return None
