"""The canary test: what a fleet must not keep or show is looked for in everything that it leaves and prints."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from tests.fleet.notices.receiver import Receiver, running_receiver
from tests.fleet.up.up_workspace import CANARY, UpWorkspace, accounts_of, outcomes, token_of
from tests.scenarios.entries import agent
from tests.warm.warm_sandbox import start_sandbox

ALL = (
    "plan --all --write plan.html --write plan.md --write plan.json",
    "up --yes --all --write up.md --write up.json",
    "status --format json",
    "drift --all --write drift.html --write drift.md --write drift.json",
)
GOOD, REFUSED, BROKEN = STACKS = ("agra-1", "chennai-1", "goa-1")
LEADS = "phone,name\n+1 202 555 0177,Canary Lead\n+1 202 555 0178,Canary Row\n"
LIST = "lists: {otp: {id: 4711, columns: {phone: field_0, name: field_1}, source: leads.csv}}\n"
CANARY_PASSPHRASE = "canary-passphrase"
SECRETS = {
    "DIGO_LEDGER_KEY": "canary-ledger-key-of-thirty-two-signs",
    "DIGO_FLEET_WEBHOOK_SECRET": f"whsec_{base64.b64encode(b'canary-webhook-secret-of-24-bytes').decode()}",
}
CHAT_KEY = "canary-chat-key"
NAMES = ("Canary Agent", "Canary Lead", "Canary Row", "Canary Broken")
NUMBERS = ("2025550101", "2025550102", "2025550103", "2025550177", "2025550178")


class FleetOfCanaries(UpWorkspace):
    """A fleet whose config has names and numbers to look for, and a receiver of its notices.

    One stack is upped, one is refused by its account, whose reply repeats everything, and one has broken config.
    """

    def prepare(self, receiver: Receiver) -> None:
        """Writes config, fleet.yaml and the files of variables."""
        for index, stack in enumerate((GOOD, REFUSED), 1):
            self.agents(stack, sales=agent(index, "Canary Agent"))
            folder = self.folder / "config" / stack
            (folder / "lists.yaml").write_text(LIST)
            (folder / "leads.csv").write_text(LEADS)
        self.agents(BROKEN, sales=agent(3, "Canary Broken", nmae="Canary Broken"))
        self.environ |= SECRETS | {"CHAT_URL": receiver.url(f"/{CHAT_KEY}")}
        own = {"DIGO_AUTHORIZATION": token_of(GOOD), "PULUMI_CONFIG_PASSPHRASE": CANARY_PASSPHRASE}
        (self.folder / f"{GOOD}.env").write_text("".join(f"{name}={value}\n" for name, value in own.items()))
        del self.environ["TOKEN_OF_AGRA_1"]
        webhook = {"url": receiver.url(), "secretVariable": "DIGO_FLEET_WEBHOOK_SECRET"}
        self.fleet(
            groups={"all": {"stacks": ["*"]}},
            refused="skip",
            environment={"files": ["{stack}.env"], "variables": {"DIGO_AUTHORIZATION": "TOKEN_OF_{STACK}"}},
            notices=[{"webhook": webhook, "always": True}, {"chat": {"service": "slack", "urlVariable": "CHAT_URL"}}],
        )

    def output(self, *commands: str) -> str:
        """What these commands print, and write in each form that they have."""
        said = []
        for command in commands:
            name, *options = command.split()
            done = self.run(name, *options)
            files = [options[place + 1] for place, option in enumerate(options) if option == "--write"]
            said += [done.stdout, done.stderr, *((self.folder / one).read_text() for one in files)]
        return "\n".join(said)


def test_no_secret_and_no_number_is_kept_or_shown(tmp_path: Path) -> None:
    (tmp_path / "sandbox").mkdir()
    with (
        start_sandbox(tmp_path / "sandbox", accounts=accounts_of(STACKS), lists=["4711"]) as sandbox,
        running_receiver() as receiver,
    ):
        # A new stack: the first up makes a key of this test's passphrase.
        fleet = FleetOfCanaries(tmp_path / "project", sandbox, STACKS, new=[GOOD])
        fleet.prepare(receiver)
        parrot = {"success": False, "message": f"{token_of(REFUSED)} may not add +1 (202) 555-0102 or 12025550102"}
        sandbox.account(REFUSED).fault(
            "reply", status=422, body=json.dumps(parrot), path="/v1/agent", method="POST", times="always"
        )
        printed = fleet.output(*ALL)
        (report_file,) = fleet.folder.glob(".digo/fleet/runs/*/report.json")
        report = json.loads(report_file.read_text())
        kept = b"".join(one.read_bytes() for one in fleet.folder.glob(".digo/fleet/fleet.db*"))
        assert "encryptionsalt: v1:" in (fleet.folder / f"Pulumi.{GOOD}.yaml").read_text()
        told = "\n".join(got.body for got in receiver.requests)
        agents = sandbox.account(GOOD).agents()

    assert outcomes(report) == {GOOD: "applied", REFUSED: "partly applied", BROKEN: "not applied"}
    assert [one["name"] for one in agents] == ["Canary Agent"], "it was sent"
    assert {got.path for got in receiver.requests} == {"/hook", f"/{CHAT_KEY}"}, "those were told"
    assert b"sales" in kept and REFUSED.encode() in kept, "this is the database of the run"

    left = fleet.everything_left()
    places = {"database": kept, "files": left, "output": printed.encode(), "notices": told.encode()}
    secrets = (CANARY, CANARY_PASSPHRASE, CHAT_KEY, *SECRETS.values(), *(base64_of(one) for one in SECRETS.values()))
    for place, content in places.items():
        shown = b"".join(content.split())  # a number in whatever spelling
        for text in (*secrets, *NUMBERS, "+1(202)555-0102"):
            assert text.encode() not in shown, (place, text)
    # The reason of a failure is the account's own words, masked. Nothing else in the database has even that much.
    reasons = {one["stack"]: one["reason"] for one in report["stacks"]}
    assert reasons[REFUSED].encode() in kept and "***0102" in reasons[REFUSED]
    without = kept.replace(reasons[REFUSED].encode(), b"")
    for text in (*NAMES, "***01"):
        assert text.encode() not in without, text


def base64_of(text: str) -> str:
    """The text as a database could have it in a column of bytes: the part that does not depend on its neighbours."""
    return base64.b64encode(text.encode()).decode().rstrip("=")[:-2]
