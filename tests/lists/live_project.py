"""A workspace whose environment is one list from a file, on an account that shows its lists: profile `smartflo`."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sandbox.testing import Sandbox
from tests.lists.list_files import COLUMNS, number
from tests.lists.list_project import ENGINE, HOST, ListProject

LEADS = "/v1/broadcast/leads/*"
COLUMNS_OF_THE_PANEL = ["name", "email", "address", "company", "otp"]
SIGN_FREE = str.maketrans("", "", "+")


class LiveListProject(ListProject):
    """`otp` is the list; `write_rows` writes its file. `list_id` is its id in the panel."""

    def __init__(self, folder: Path, engine: str, sandbox: Sandbox) -> None:
        super().__init__(folder, engine, sandbox)
        self.environ["DIGO_AUTHORIZATION"] = sandbox.smartflo.token
        self.set_config(profile="smartflo", timeout="5")
        self.list_id = self.add_list("otp")

    def entry(self, **options: Any) -> None:
        """Writes lists.yaml."""
        entry = {"id": self.list_id, "source": "leads.csv", "columns": COLUMNS, **options}
        self.write("lists.yaml", {"lists": {"otp": entry}})

    def calls(self, method: str, path: str = "/v1/broadcast/leads/") -> int:
        """Requests of a method about the leads of lists, since the sandbox's count began."""
        counts = self.sandbox.counts().items()
        return sum(count for call, count in counts if call.startswith(f"{method} {path}"))

    def sent(self) -> int:
        """Bulk writes since the sandbox's count began."""
        return self.calls("POST")

    def account_of(self, list_id: int) -> dict[str, str]:
        """Each number that the account has in a list, and its name column."""
        leads = self.sandbox.smartflo.leads(list_id)
        return {f"+{lead['phone']}": str(lead["fields"].get("field_1", "")) for lead in leads}

    def account(self) -> dict[str, str]:
        """The same of the list `otp`."""
        return self.account_of(self.list_id)

    def add_list(self, name: str) -> int:
        """Another list of the account."""
        return self.sandbox.smartflo.add_list(name, COLUMNS_OF_THE_PANEL)

    def lead_id(self, index: int) -> str:
        """The account's id of the row with that number."""
        digits = number(index).translate(SIGN_FREE)
        (found,) = [one for one in self.sandbox.smartflo.leads(self.list_id) if one["phone"] == digits]
        return str(found["lead_id"])

    def kill_after(self, writes: int) -> None:
        """An up that is killed, engine and host, when so many bulk writes are answered; the further ones hang."""
        hang = self.sandbox.fault("hang", path=LEADS, method="POST", nth=list(range(writes + 1, 2000)))
        run = self.start("up", "--skip-preview")
        self.wait_until_sent(writes + 1)
        self.kill(ENGINE, HOST)
        run.communicate()
        self.wait_until_gone()
        self.sandbox.lift(hang)

    def wait_until_sent(self, writes: int) -> None:
        """So many bulk writes have come."""
        deadline = time.monotonic() + 100
        while self.sent() < writes:
            assert time.monotonic() < deadline, "the run does not send what it should"
            time.sleep(0.05)

    def assert_complete(self, rows: Iterable[int], edited: Iterable[int] = ()) -> None:
        """The account equals the file; a preview shows nothing, and a further up writes nothing."""
        assert self.account() == self.wanted(rows, edited)
        self.assert_quiet()

    def assert_quiet(self, reads: int = 1) -> None:
        """A plan shows nothing to do, and a further up writes nothing: it reads each list once."""
        self.sandbox.clear_requests()
        outcome = self.run("up", "--skip-preview", "--expect-no-changes")
        assert outcome.code == 0, outcome.text
        assert self.sent() == self.calls("DELETE") == 0
        assert self.calls("GET") == reads
        plan = self.digo("plan", "--detailed-exitcode")
        assert plan.code == 0, plan.text
