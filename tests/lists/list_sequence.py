"""A list's life, drawn at random: edits, cut runs, other machines, shards, keys, names. What must hold after each."""

from __future__ import annotations

import contextlib
import json
import random
import re
import shutil
import signal
import time
from collections import Counter

import psutil

from digo.api.pace import MAX_CONCURRENCY
from tests.lists.list_files import COLUMNS, number
from tests.lists.list_project import KEY, ListProject

OTHER_KEY = "another ledger key for the tests, of no worth"
WAYS = ("kill", "SIGINT", "SIGTERM", "storm", "cut line", "refused", "lost", "no loss")
ENDS_BY_ITSELF = frozenset({"storm", "no loss"})  # the run succeeds all the same
_SIGNALS = {"SIGINT": signal.SIGINT, "SIGTERM": signal.SIGTERM}
_MOST_STRUCK = 3_000


class ListSequence:
    """One list on one account. `rows` are the wanted versions of its rows by their numbers' index.

    Args:
        project: the project; its list has no row yet.
        lists: the ids of lists that the account has.
        chance: draws all that happens.
        size: how many rows the list has at first.
        profiles: the profiles between which the stack may switch.
    """

    def __init__(
        self,
        project: ListProject,
        lists: tuple[int, int],
        chance: random.Random,
        size: int,
        profiles: tuple[str, ...] = (),
    ) -> None:
        self.project = project
        self.sandbox = project.sandbox
        self.chance = chance
        self.size = size
        self.counts: Counter[str] = Counter()
        self.story: list[str] = []
        self.rows = dict.fromkeys(range(size), 0)
        self._before = [self.rows]
        self._lists, self._list = lists, lists[0]
        self._key, self._formerly, self._file, self._shards = "otp", "", "leads.csv", 1
        self._profiles, self._profile = profiles, profiles[0] if profiles else ""
        self._known_here = True

    def run(self, rounds: int) -> None:
        """So many rounds, each with an edit, a run that may be cut off, perhaps another edit, and ups to the end."""
        self._write()
        for _ in range(rounds):
            try:
                self._round()
            except AssertionError as problem:
                raise AssertionError("\n".join([*self.story, "", str(problem)])) from problem

    def _round(self) -> None:
        if self.chance.random() < 0.3:
            self._change_entry()
        self._edit()
        for _ in range(self.chance.choice((0, 1, 1, 1, 2))):
            planned = self._planned()
            confirmed, way = self._cut(planned)
            if self.chance.random() < 0.3:
                self._elsewhere()
            if way == "kill" and not self._known_here:
                break  # nothing here says what a killed run has sent: an edit that takes it back is not noticed
            if self.chance.random() < 0.5:
                self._assert_left(planned, confirmed, way)
            elif self.chance.random() < 0.3:
                self._change_entry()
            if self.chance.random() < 0.6:
                self._edit()
        self._settle()

    def _edit(self) -> None:
        rows, kind = dict(self.rows), self.chance.choice(("few", "few", "many", "all", "back", "gone", "same"))
        if kind == "back":
            rows = dict(self.chance.choice(self._before))
        elif kind == "all":
            version = self.chance.randrange(1, 5)
            rows = dict.fromkeys(rows, version)
        elif kind == "gone":
            for row in self.chance.sample(sorted(rows), min(len(rows) - 1, self.chance.randrange(1, 8))):
                del rows[row]
        elif kind != "same":
            share = self.chance.randrange(1, 12) if kind == "few" else self.size // 2
            for row in self.chance.sample(range(self.size + 40), share):
                rows[row] = self.chance.randrange(5)
        self._before = [*self._before[-3:], rows]
        self.rows = rows
        self._note(f"edit: {kind}")
        self._write()

    def _change_entry(self) -> None:
        kind = self.chance.choice(("shards", "list", "key", "name", "file", "profile"))
        if kind == "shards":
            self._shards = self.chance.choice((1, 2, 3, 16))
        elif kind == "list":
            self._list = self.chance.choice(self._lists)
        elif kind == "key":
            self.project.environ["DIGO_LEDGER_KEY"] = self.chance.choice((KEY, OTHER_KEY))
        elif kind == "name":
            self._key, self._formerly = ("codes", "otp") if self._key == "otp" else ("otp", "codes")
        elif kind == "file":
            (self.project.folder / "config" / "test" / self._file).unlink()
            self._file = "leads.csv" if self._file == "rows.csv" else "rows.csv"
        elif self._profiles:
            self._profile = self.chance.choice(self._profiles)
            self.project.set_config(profile=self._profile)
        self._note(f"entry: {kind} ({self._shards} shards, list {self._list}, {self._key}, {self._profile})")
        self._write()

    def _elsewhere(self) -> None:
        """Goes to another machine, which has the state and nothing else."""
        shutil.rmtree(self.project.folder / ".digo", ignore_errors=True)
        self._known_here = False
        self._note("elsewhere")

    def _write(self) -> None:
        entry = {"id": self._list, "source": self._file, "columns": COLUMNS, "shards": self._shards}
        if self._formerly:
            entry["formerly"] = self._formerly
        self.project.write("lists.yaml", {"lists": {self._key: entry}})
        lines = [f"{number(row)},{_value(row, version)},1" for row, version in self.rows.items()]
        self.project.write(self._file, "\n".join(["phone,name,otp", *lines]) + "\n")

    def _planned(self) -> int:
        """The requests that a plan foresees."""
        self.project.write("approvals.yaml", {"approvals": []})
        plan = self.project.digo("plan", "--format", "json")
        if approved := re.search(r"with `guard: ledgerKey`, a `reason`, `plan: ([b-t-]{39})`", plan.text):
            approval = {"guard": "ledgerKey", "reason": "a test", "plan": approved[1], "expires": "2099-12-31"}
            self.project.write("approvals.yaml", {"approvals": [approval]})
            plan = self.project.digo("plan", "--format", "json")
        assert plan.code == 0, plan.text
        return int(json.loads(plan.stdout)["calls"])

    def _planned_and_previewed(self) -> int:
        """The requests that plan and preview foresee; both must say the same."""
        calls = self._planned()
        if self._profile != "smartflo":
            told = " ".join(self.project.run("preview").text.split())
            previewed = sum(int(one.replace(",", "")) for one in re.findall(r"; ([\d,]+) calls?\b", told))
            assert previewed == calls, f"plan: {calls}; preview: {told}"
        return calls

    def _cut(self, planned: int) -> tuple[int, str]:
        """An up that may not come to its end: how many rows were confirmed at least, and what befell it."""
        way = self.chance.choice(WAYS)
        self.sandbox.clear_requests()
        after = self.chance.randrange(max(1, min(planned, _MOST_STRUCK)))
        if way in _SIGNALS or way == "kill":
            code = self._interrupted(way, after)
        else:
            self._strike(way, after)
            code = self.project.run("up", "--skip-preview").code
            self.sandbox.clear_faults()
        log = [one for one in self.sandbox.requests() if one["method"] == "POST"]
        confirmed = sum(1 for one in log if one["status"] == 200 and one["fault"] is None)
        self.counts[way] += 1
        self._known_here = True
        self._note(f"{way} after {after} of {planned}: {confirmed} confirmed of {len(log)}, code {code}")
        assert code == 0 or way not in ENDS_BY_ITSELF
        return confirmed, way

    def _strike(self, way: str, after: int) -> None:
        path = "/v1/broadcast/lead*"
        if way == "storm":
            self.sandbox.fault("status", path=path, method="POST", status=429, retry_after=0, every=2, times=40)
        elif way == "cut line":
            nth = list(range(after, after + _MOST_STRUCK))
            self.sandbox.fault(self.chance.choice(("lost-before", "lost-after")), path=path, method="POST", nth=nth)
        elif way == "refused":
            for row in self.chance.sample(sorted(self.rows), min(len(self.rows), 9)):
                self.sandbox.fault("success-false", path=path, method="POST", body_contains=number(row), every=1)
        elif way == "lost":
            self.sandbox.fault("lost-after", path=path, method="POST", nth=list(range(after, after + 9)))

    def _interrupted(self, way: str, after: int) -> int:
        self.sandbox.settings(latency_ms=self.chance.choice((0, 5, 50)))
        run = self.project.start("up", "--skip-preview")
        deadline = time.monotonic() + 100
        while run.poll() is None and sum(self.sandbox.counts().values()) <= after and time.monotonic() < deadline:
            time.sleep(0.02)
        if way in _SIGNALS:
            with contextlib.suppress(ProcessLookupError):
                run.send_signal(_SIGNALS[way])
        else:
            for process in [*self.project.processes("-m engine"), *self.project.processes("providers.host")]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        run.communicate(timeout=100)
        self.project.wait_until_gone()
        self.sandbox.settings(latency_ms=0)
        return int(run.returncode)

    def _assert_left(self, planned: int, confirmed: int, way: str) -> None:
        """What is left to send is what was not confirmed, and what was under way at a kill."""
        left = self._planned_and_previewed()
        if self._profile == "smartflo":
            return
        most = planned - confirmed + (MAX_CONCURRENCY if way == "kill" else 0)
        assert left <= max(0, most), f"{left} rows are left; {planned} were to be sent, {confirmed} were confirmed"
        self.counts["remainders"] += 1

    def _settle(self) -> None:
        """An up that nothing disturbs does what was planned, and the next one nothing."""
        planned = self._planned_and_previewed()
        self.sandbox.clear_requests()
        outcome = self.project.run("up", "--skip-preview")
        assert outcome.code == 0, outcome.text
        if self._profile != "smartflo":
            assert self._writes() == planned
        self._known_here = True
        there = self._account()
        wrong = [row for row, version in self.rows.items() if there.get(number(row)) != _value(row, version)]
        assert not wrong, f"not on the account as wanted: {len(wrong)} rows, such as {wrong[:5]}"
        self.sandbox.clear_requests()
        assert self._planned() == 0
        outcome = self.project.run("up", "--skip-preview", "--expect-no-changes")
        assert outcome.code == 0, outcome.text
        assert self._writes() == 0
        self._note(f"settled: {planned} sent")
        self.counts["settled"] += 1

    def _writes(self) -> int:
        return sum(count for call, count in self.sandbox.counts().items() if not call.startswith("GET"))

    def _account(self) -> dict[str, str]:
        account = self.sandbox.smartflo if self._profiles else self.sandbox
        return {f"+{one['phone']}": str(one["fields"].get("field_1")) for one in account.leads(self._list)}

    def _note(self, text: str) -> None:
        self.story.append(text)


def _value(row: int, version: int) -> str:
    return f"Version {version} {row}"
