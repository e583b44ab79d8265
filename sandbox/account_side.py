"""One account of a running sandbox for tests: its `/_sandbox` calls, whether or not it has a name."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sandbox.accounts_file import named_accounts
from sandbox.faults import Match
from sandbox.settings import EXAMPLE_TOKEN, Settings
from sandbox.smartflo.settings import EXAMPLE_SMARTFLO_TOKEN
from sandbox.smartflo.testing import SmartfloSide

_LOG_POLL_SECONDS = 0.1  # each time the whole log is sent


@dataclass(frozen=True, slots=True)
class Tokens:
    """A token of an account for each product; None where it accepts none."""

    digo: str | None
    smartflo: str | None

    @classmethod
    def of(cls, options: Mapping[str, object]) -> "Tokens":
        """Those of the account without a name."""
        token, smartflo = options.get("token", EXAMPLE_TOKEN), options.get("smartflo_token", EXAMPLE_SMARTFLO_TOKEN)
        return cls(_first(token), _first(smartflo))


def _first(tokens: object) -> str | None:
    if isinstance(tokens, list | tuple):
        return str(tokens[0]) if tokens else None
    return str(tokens)


def accounts_file(folder: Path, accounts: object) -> Path | None:
    """The file for the option `accounts`, which may be given as its content."""
    if not isinstance(accounts, Mapping):
        return None if accounts is None else Path(str(accounts))
    file = folder / "sandbox-accounts.yaml"
    file.write_text(json.dumps(accounts), encoding="utf-8")
    return file


def tokens_of_named(options: Mapping[str, Any]) -> dict[str, Tokens]:
    """The tokens of the named accounts in options of the command line."""
    given = options.get("account") or ()
    named = named_accounts([given] if isinstance(given, str) else given, options.get("accounts"), Settings(), ())
    return {
        name: Tokens(_first(account.settings.token), _first(account.settings.smartflo_token))
        for name, account in named.items()
    }


class AccountSide:
    """An account of a running sandbox.

    Attributes:
        token: an accepted `Authorization` value; empty if only the sibling's calls are accepted.
        smartflo: the sibling's calls and what they see.
    """

    def __init__(self, call: Callable[..., Any], client: Callable[[str], httpx.Client], tokens: Tokens) -> None:
        self._admin_call = call
        self._client_with = client
        self.token = tokens.digo or ""
        self.smartflo = SmartfloSide(call, client, tokens.smartflo or "")

    def client(self) -> httpx.Client:
        """A plain HTTP client for the API, with an accepted token. Close it after use."""
        return self._client_with(self.token)

    def requests(self) -> list[dict[str, Any]]:
        """Every request to the API so far, oldest first; `sandbox.journal.Record` names the fields."""
        return list(self._admin_call("GET", "/requests")["log"])

    def counts(self) -> dict[str, int]:
        """Requests so far by method and path, for example `{"GET /v1/agents": 2}`."""
        return dict(self._admin_call("GET", "/requests?last=0")["counts"])

    def clear_requests(self) -> None:
        """Start counting anew."""
        self._admin_call("DELETE", "/requests")

    def wait_for(self, condition: Callable[[dict[str, Any]], bool], seconds: float = 60.0) -> dict[str, Any]:
        """Wait for a request that fulfils `condition`, and return the first; raises TimeoutError.

        For example `sandbox.wait_for(lambda request: request["fault"] == "hang")`.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for request in self.requests():
                if condition(request):
                    return request
            time.sleep(_LOG_POLL_SECONDS)
        raise TimeoutError("no request fulfilled the condition")

    def state(self) -> dict[str, Any]:
        """`agents` (the list's objects) and `leads` (by list id: lead_id, phone digits, fields)."""
        return dict(self._admin_call("GET", "/state"))

    def agents(self) -> list[dict[str, Any]]:
        """The account's agents, without a request to the API being counted."""
        return list(self.state()["agents"])

    def leads(self, list_id: str | int) -> list[dict[str, Any]]:
        """The leads of one list."""
        return list(self.state()["leads"].get(str(list_id), []))

    def fault(self, kind: str, **parameters: object) -> int:
        """Switch on a fault, for example `fault("status", status=429, path="/v1/agent", nth=[3])`.

        Parameters are those of `sandbox.faults.Match` and `sandbox.faults.Fault` together. Returns the fault's number,
        which `lift` takes.
        """
        match = {name: value for name, value in parameters.items() if name in Match.model_fields}
        fault = {name: value for name, value in parameters.items() if name not in Match.model_fields}
        return int(self._admin_call("POST", "/faults", {"match": match, "fault": {"kind": kind, **fault}})["number"])

    def faults(self) -> list[dict[str, Any]]:
        """The faults in force, with how many requests each has seen and struck."""
        return list(self._admin_call("GET", "/faults"))

    def lift(self, number: int) -> None:
        """Lift one fault and let the requests that hang by it go on; the others stay in force."""
        self._admin_call("DELETE", f"/faults/{number}")

    def clear_faults(self) -> None:
        """Lift all faults and let hanging requests go on."""
        self._admin_call("DELETE", "/faults")

    def settings(self, **changes: object) -> dict[str, Any]:
        """Change settings (`sandbox.settings.Settings`) and return them all, without the tokens."""
        return dict(self._admin_call("POST", "/settings", changes))

    def add_agent(self, follow_me_number: str | int | None = None, **fields: object) -> dict[str, Any]:
        """Add an agent as if in the panel, and return its object as the list shows it."""
        return dict(self._admin_call("POST", "/agents", {"follow_me_number": follow_me_number, **fields}))

    def edit_agent(self, eid: str, **fields: object) -> dict[str, Any]:
        """Change an agent as if in the panel, and return its object as the list shows it."""
        return dict(self._admin_call("PATCH", f"/agents/{eid}", fields))

    def delete_agent(self, eid: str) -> None:
        """Delete an agent as if in the panel."""
        self._admin_call("DELETE", f"/agents/{eid}")

    def calls(self) -> list[dict[str, Any]]:
        """All calls so far, oldest first, with the `state` that each is in now."""
        return list(self._admin_call("GET", "/calls"))

    def add_records(self, count: int, **details: object) -> dict[str, Any]:
        """Make up `count` calls of the past (`sandbox.admin_calls.PastCalls`).

        `first` and `last` in the reply say when they were placed.
        """
        return dict(self._admin_call("POST", "/records", {"count": count, **details}))

    def inbound(self, caller: str, dialled: str) -> dict[str, Any]:
        """Let `caller` dial a masking number; `outcome`, `destination` and `problem` say what came of it."""
        return dict(self._admin_call("POST", "/inbound", {"caller": caller, "dialled": dialled}))

    def reset(self) -> None:
        """Back to an empty account and to the settings and faults given at start."""
        self._admin_call("POST", "/reset")

    def save(self, file: Path) -> None:
        """Copy both accounts, as they are, into a file."""
        self._admin_call("POST", "/save", {"file": str(file)})

    def load(self, file: Path) -> None:
        """As `reset`, but back to the accounts that were saved into a file."""
        self._admin_call("POST", "/load", {"file": str(file)})
