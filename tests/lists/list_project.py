"""A workspace whose environment is one list from a file, and what the account has of it."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from psutil import NoSuchProcess

from digo.api.pace import MAX_CONCURRENCY
from sandbox.testing import Sandbox
from tests.lists.list_files import COLUMNS, number, write_list
from tests.scenarios.killing import wait_until_gone
from tests.scenarios.workspace import STACK, Outcome, Workspace

LIST = 4711
SEND = f"POST /v1/broadcast/lead/{LIST}"
UNDER_WAY = MAX_CONCURRENCY  # requests at once without a CPS limit
ENGINE, HOST = "-m engine", "providers.host"  # of the command lines of the embedded engine's processes
KEY = "a ledger key for the tests, of no worth"


class ListProject(Workspace):
    """`otp` is the list; `write_rows` writes its file."""

    def __init__(self, folder: Path, engine: str, sandbox: Sandbox) -> None:
        super().__init__(folder, engine, sandbox)
        self.environ["DIGO_LEDGER_KEY"] = KEY
        self.set_config(timeout="300")  # what hangs is not sent again meanwhile

    def retry(self, *arguments: str) -> Outcome:
        """Runs `digo lists retry`, as a process of its own: the engine takes its place."""
        self.choose_python()
        return self.finished([self.python, "-m", "digo", "--stack", STACK, "lists", "retry", *arguments])

    @property
    def file(self) -> Path:
        return self.folder / "config" / "test" / "leads.csv"

    def entry(self, **options: Any) -> None:
        """Writes lists.yaml."""
        self.write("lists.yaml", {"lists": {"otp": {"id": LIST, "source": "leads.csv", "columns": COLUMNS, **options}}})

    def write_rows(self, rows: Iterable[int], edited: Iterable[int] = ()) -> None:
        """Writes the file."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        write_list(self.file, rows, frozenset(edited))

    def sent(self) -> int:
        """Requests that carried a row since the sandbox's count began."""
        return self.sandbox.counts().get(SEND, 0)

    def sent_of_all(self) -> int:
        """Requests that carried a row of any list since the sandbox's count began."""
        return sum(count for call, count in self.sandbox.counts().items() if call.startswith("POST "))

    def account(self) -> dict[str, str]:
        """Each number that the account has in the list, and its name column."""
        return self.account_of(LIST)

    def wanted(self, rows: Iterable[int], edited: Iterable[int] = ()) -> dict[str, str]:
        """What the account should have."""
        changed = set(edited)
        return {number(i): f"{'New' if i in changed else 'Customer'} {i}" for i in rows}

    def planned_by_list(self) -> dict[str, int]:
        """The rows that `digo plan` says are sent of each list; lists without such rows are left out."""
        plan = json.loads(self.digo("plan", "--format", "json").stdout)
        rows = {step["key"]: step["list"]["send"] for step in plan["steps"]}
        assert plan["calls"] == sum(rows.values())
        return {name: count for name, count in rows.items() if count}

    def planned(self) -> int:
        """The requests that `digo plan` foresees."""
        return sum(self.planned_by_list().values())

    def previewed_by_list(self) -> dict[str, int]:
        """The rows that a preview says are sent of each list, in all of its shards."""
        told = " ".join(self.run("preview").text.split())
        found = re.findall(r"list ([\w-]+)((?:, shard \d+ of \d+)?): [^:]*: ([\d,]+) rows? (?:is|are) sent", told)
        rows: Counter[str] = Counter()
        for (name, _), count in {(name, shard): count for name, shard, count in found}.items():
            rows[name] += int(count.replace(",", ""))
        return dict(rows)

    def account_of(self, list_id: int) -> dict[str, str]:
        """Each number that the account has in a list, and its name column."""
        return {f"+{lead['phone']}": lead["fields"]["field_1"] for lead in self.sandbox.leads(list_id)}

    def assert_complete(self, rows: Iterable[int], edited: Iterable[int] = ()) -> None:
        """The account equals the file, and a further up sends nothing."""
        assert self.account() == self.wanted(rows, edited)
        self.sandbox.clear_requests()
        outcome = self.run("up", "--skip-preview", "--expect-no-changes")
        assert outcome.code == 0, outcome.text
        assert self.sent() == 0

    def hang_after(self, rows: int, send: str = SEND) -> int:
        """So many rows are answered, and none of those that come then, until the fault of this number is lifted."""
        path = send.removeprefix("POST ")
        return self.sandbox.fault("hang", path=path, nth=list(range(rows + 1, 2_000)))

    def wait_until_stuck(self, rows: int, send: str = SEND) -> None:
        """So many rows were answered, and as many as can be under way hang: all that was answered is confirmed."""
        _wait_until(lambda: self.sandbox.counts().get(send, 0) >= rows + UNDER_WAY)

    def kill(self, *victims: str) -> None:
        """Kills the processes whose command lines have one of these. It knows those of the embedded engine only."""
        for process in self.processes(*victims):
            with contextlib.suppress(NoSuchProcess):
                process.kill()

    def killed_after(self, rows: int, send: str = SEND, victims: tuple[str, ...] = (ENGINE, HOST)) -> None:
        """An up that is killed when so many rows are answered; `send` is the call that carries one."""
        self.hang_after(rows, send)
        self._killed(lambda: self.sandbox.counts().get(send, 0) >= rows + UNDER_WAY, *victims)

    def killed_when_sent(self, rows: int) -> None:
        """An up that is killed, engine and host, when it has sent so many rows; some of them hang."""
        self._killed(lambda: self.sent_of_all() >= rows, ENGINE, HOST)

    def _killed(self, is_stuck: Callable[[], bool], *victims: str) -> None:
        self.sandbox.clear_requests()
        run = self.start("up", "--skip-preview")
        _wait_until(is_stuck)
        self.kill(*victims)
        run.communicate(timeout=60)
        assert run.returncode != 0
        self.wait_until_gone()
        self.sandbox.clear_faults()

    def wait_until_gone(self) -> None:
        """No process of a run is left."""
        wait_until_gone(self)


def _wait_until(is_stuck: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 100
    while not is_stuck():
        assert time.monotonic() < deadline, "the run does not send what it should"
        time.sleep(0.1)
