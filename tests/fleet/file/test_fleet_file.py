"""fleet.yaml: what is read, and that each mistake has its place and its words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from digo.fleet.file.models import Refused
from digo.fleet.file.notice_models import ChatService, Occasion
from digo.fleet.file.values import FailureLimit
from tests.fleet.fleet_project import ALL, FleetProject

STACKS = {
    "chennai-1": {"region": "south", "tier": "gold"},
    "delhi-1": {"region": "north"},
    "madurai-1": {"region": "south"},
    "sandbox": {},
}
WHOLE = """\
groups:
  canary: {stacks: [chennai-1, delhi-1]}
  south: {labels: {region: [so*, none], tier: gold}}
  rest: {stacks: ["*", "!sandbox"]}
waves:
  - {name: canary, groups: [canary], wait: 1h30m}
  - {name: rest, groups: [rest], percent: 100}
concurrency: 16
workerConcurrency: 4
rate: {ups: 30, per: 1m}
failures: {stop: 5%}
refused: skip
windows:
  - {groups: [rest], days: [mon-wed, sat], from: "22:00", to: "05:00", zone: Asia/Kolkata}
environment:
  files: ["/run/secrets/{stack}.env"]
  variables: {DIGO_AUTHORIZATION: "TOKEN_{STACK}"}
database: postgresql://digo@db.example/fleet?sslmode=require
notices:
  - {webhook: {url: "https://hooks.example/digo", secretVariable: SECRET}, on: [drift]}
  - {chat: {service: google-chat, urlVariable: CHAT}}
  - {issue: {title: "Drift of the fleet", label: digo-fleet}}
"""


@pytest.fixture
def project(tmp_path: Path) -> FleetProject:
    return FleetProject(tmp_path, STACKS)


def test_every_key_is_read(project: FleetProject) -> None:
    project.write(WHOLE.replace("[so*, none]", "so*"))
    found = project.read()
    settings = found.settings
    assert {one.name: one.groups for one in found.stacks} == {
        "chennai-1": ("canary", "south", "rest"),
        "delhi-1": ("canary", "rest"),
        "madurai-1": ("rest",),
        "sandbox": (),
    }
    assert [(one.name, one.wait, one.percent) for one in settings.waves] == [
        ("canary", timedelta(minutes=90), None),
        ("rest", timedelta(), 100),
    ]
    assert (settings.concurrency, settings.worker_concurrency, settings.refused) == (16, 4, Refused.SKIP)
    assert settings.rate is not None
    assert (settings.rate.ups, settings.rate.per, settings.failures.stop) == (
        30,
        timedelta(minutes=1),
        FailureLimit(percent=5),
    )
    (window,) = settings.windows
    assert (window.days, window.begin, window.end, window.zone.key) == ({0, 1, 2, 5}, 22 * 60, 5 * 60, "Asia/Kolkata")
    webhook, chat, issue = settings.notices
    assert webhook.webhook is not None and chat.chat is not None and issue.issue is not None
    assert (webhook.webhook.secret_variable, webhook.on) == ("SECRET", (Occasion.DRIFT,))
    assert (chat.chat.service, chat.on) == (ChatService.GOOGLE_CHAT, tuple(Occasion))
    assert issue.issue.label == "digo-fleet"
    assert found.warnings == ()


def test_groups_alone_are_a_fleet(project: FleetProject) -> None:
    project.write(ALL)
    settings = project.read().settings
    assert (settings.concurrency, settings.worker_concurrency, settings.rate, settings.windows) == (8, None, None, ())
    assert (settings.failures.stop, settings.refused, settings.database) == (FailureLimit(1), Refused.STOP, "sqlite")


WRONG = {
    "empty": (
        "",
        'fleet.yaml:1:1: the file is empty; it begins with `groups:` (`groups: {all: {stacks: ["*"]}}` wants all '
        "stacks in one group)",
    ),
    "a list": ("- groups\n", "fleet.yaml:1:1: the file is a list"),
    "no yaml": ("groups: {all: [\n", "fleet.yaml:1:16: not YAML: a value, or a closing"),
    "a star without quotes": ("groups:\n  all: {stacks: [*]}\n", "fleet.yaml:2:18: "),
    "a tag without quotes": (
        "groups:\n  all:\n    stacks:\n      - '*'\n      - !x\n",
        "fleet.yaml:5:9: the tag !x has no meaning here; if `!x` is a text, write it in quotes",
    ),
    "no groups": ("concurrency: 1\n", "fleet.yaml:1:1: groups: is missing"),
    "groups of nothing": ("groups: {}\n", "fleet.yaml:1:9: groups: the mapping is empty, and an entry is due here"),
    "misspelt groups": ("group: {}\n", "fleet.yaml:1:1: group: unknown key; did you mean `groups`?"),
    "a text of globs": ("groups: {a: {stacks: '*'}}\n", "fleet.yaml:1:22: groups.a.stacks: a list is due here, not a"),
    "no globs": ("groups: {a: {stacks: []}}\n", "fleet.yaml:1:22: groups.a.stacks: the list is empty"),
    "a glob of nothing": (
        "groups: {a: {stacks: ['*', null]}}\n",
        "fleet.yaml:1:28: groups.a.stacks.1: it has no value",
    ),
    "groups twice": (ALL + "groups: {}\n", "fleet.yaml:3:1: `groups` occurs twice"),
    "a misspelt key": (ALL + "wave: []\n", "fleet.yaml:3:1: wave: unknown key; did you mean `waves`?"),
    "a misspelt key inside": (
        ALL + "waves: [{name: a, group: [all]}]\n",
        "fleet.yaml:3:19: waves.0.group: unknown key; did you mean `groups`?",
    ),
    "a misspelt alias": (
        ALL + "worker_concurrency: 2\n",
        "fleet.yaml:3:1: worker_concurrency: unknown key; did you mean `workerConcurrency`?",
    ),
    "a key of a notice": (
        ALL + "notices:\n  - webhook: {url: 'https://a.example', secretVariabel: X}\n",
        "fleet.yaml:4:41: notices.0.webhook.secretVariabel: unknown key; did you mean `secretVariable`?",
    ),
    "no number": (ALL + "concurrency: many\n", "fleet.yaml:3:14: concurrency: a whole number from 1 to 100,000 is due"),
    "nought": (ALL + "concurrency: 0\n", "fleet.yaml:3:14: concurrency: a whole number from 1"),
    "too many percent": (
        ALL + "waves: [{name: a, groups: [all], percent: 101}]\n",
        "fleet.yaml:3:43: waves.0.percent: a whole number from 1 to 100",
    ),
    "no time": (ALL + "rate: {ups: 3, per: 10}\n", "fleet.yaml:3:21: rate.per: a time is written as `45s`, `10m`"),
    "no length of time": (ALL + "rate: {ups: 3, per: 0s}\n", "fleet.yaml:3:21: rate.per: a time longer than nothing"),
    "half a rate": (ALL + "rate: {ups: 3}\n", "fleet.yaml:3:1: rate.per: is missing"),
    "no failures": (ALL + "failures: {stop: 0}\n", "fleet.yaml:3:18: failures.stop: a number of failures from 1"),
    "more than all failures": (ALL + "failures: {stop: 101%}\n", "fleet.yaml:3:18: failures.stop: a number of"),
    "another word": (ALL + "refused: ask\n", "fleet.yaml:3:10: refused: one of these is due here: stop, skip"),
    "no zone": (
        ALL + "windows: [{from: '1:00', to: '2:00', zone: Asia/Calcuta}]\n",
        "fleet.yaml:3:44: windows.0.zone: it is no time zone; did you mean `Asia/Calcutta`?",
    ),
    "letters for a zone": (
        ALL + "windows: [{from: '1:00', to: '2:00', zone: XST}]\n",
        "fleet.yaml:3:44: windows.0.zone: it is no time zone; one is called Asia/Kolkata",
    ),
    "no day": (
        ALL + "windows: [{from: '1:00', to: '2:00', zone: UTC, days: [mon, every]}]\n",
        "fleet.yaml:3:55: windows.0.days: days are written as `mon-fri`",
    ),
    "no hour": (
        ALL + "windows: [{from: '25:00', to: '2:00', zone: UTC}]\n",
        "fleet.yaml:3:18: windows.0.from: a time is written as `09:00`",
    ),
    "a strange group": (
        ALL + "waves: [{name: a, groups: [al]}]\n",
        "fleet.yaml:3:28: waves.0.groups.0: there is no group `al`; did you mean `all`?",
    ),
    "a strange group of a window": (
        ALL + "windows: [{from: '1:00', to: '2:00', zone: UTC, groups: [rest]}]\n",
        "fleet.yaml:3:58: windows.0.groups.0: there is no group `rest`; known: all",
    ),
    "a misspelt stack": (
        "groups:\n  a: {stacks: [chenai-1]}\n",
        "fleet.yaml:2:16: groups.a.stacks.0: there is no stack `chenai-1`; did you mean `chennai-1`?",
    ),
    "a stack in other capitals": (
        "groups:\n  a: {stacks: [DELHI-1]}\n",
        "fleet.yaml:2:16: groups.a.stacks.0: there is no stack `DELHI-1`; did you mean `delhi-1`?",
    ),
    "a file of another word": (
        ALL + "environment: {files: [a.env, 'x/{name}.env']}\n",
        "fleet.yaml:3:30: environment.files.1: `{name}` stands for nothing: `{stack}` is the stack's name",
    ),
    "a file at home": (ALL + "environment: {files: ['~/a']}\n", "fleet.yaml:3:23: environment.files.0: `~` is not"),
    "an issue without a title": (
        ALL + "notices: [{issue: {title: ''}}]\n",
        "fleet.yaml:3:27: notices.0.issue.title: a",
    ),
    "a notice of nothing": (
        ALL + "notices: [{issue: {title: x}, on: []}]\n",
        "fleet.yaml:3:35: notices.0.on: the list is",
    ),
    "a glob for nothing": (
        "groups:\n  a: {stacks: ['branch-*']}\n",
        "fleet.yaml:2:16: groups.a.stacks.0: no stack matches `branch-*`; there are 4 stacks: chennai-1, delhi-1",
    ),
    "a strange label": (
        "groups:\n  a: {labels: {regoin: south}}\n",
        "fleet.yaml:2:16: groups.a.labels.regoin: no stack has the label `regoin`; did you mean `region`?",
    ),
    "a strange value": (
        "groups:\n  a: {labels: {region: [south, nort]}}\n",
        "fleet.yaml:2:16: groups.a.labels.region: no stack has region=nort; did you mean `north`?",
    ),
    "nobody": (
        "groups:\n  a: {stacks: [delhi-1], labels: {region: south}}\n",
        "fleet.yaml:2:3: groups.a: no stack is in this group",
    ),
    "a wave twice": (
        ALL + "waves: [{name: a, groups: [all], percent: 1}, {name: a, groups: [all]}]\n",
        "fleet.yaml:3:54: waves.1.name: the wave `a` occurs twice",
    ),
    "neither true nor false": (
        ALL + "notices: [{issue: {title: x}, always: maybe}]\n",
        "fleet.yaml:3:39: notices.0.always: true or false is due here, not a text",
    ),
    "two receivers": (
        ALL + "notices: [{issue: {title: x}, chat: {service: slack, urlVariable: Y}}]\n",
        "fleet.yaml:3:11: notices.0: exactly one of webhook, chat and issue is due here",
    ),
    "another service": (
        ALL + "notices: [{chat: {service: slak, urlVariable: Y}}]\n",
        "fleet.yaml:3:28: notices.0.chat.service: one of these is due here: slack, teams",
    ),
    "a template that is not there": (
        ALL + "notices: [{chat: {template: mine.j2, urlVariable: Y}}]\n",
        "fleet.yaml:3:29: notices.0.chat.template: there is no such file",
    ),
    "no name of a variable": (
        ALL + "environment: {variables: {DIGO_AUTHORIZATION: 'DIGO-{STACK}'}}\n",
        "fleet.yaml:3:47: environment.variables.DIGO_AUTHORIZATION: the name of an environment variable is due",
    ),
    "a secret that config could show": (
        ALL + "environment: {variables: {DIGO_VAR_X: 'TOKEN_{STACK}'}}\n",
        "fleet.yaml:3:39: environment.variables.DIGO_VAR_X: plans show what config uses of DIGO_VAR_…, so",
    ),
    "another database": (ALL + "database: mysql://a/b\n", "fleet.yaml:3:11: database: `sqlite` is due here"),
    "no name": ("groups: {'': {stacks: ['*']}}\n", "fleet.yaml:1:10: groups.: a name has 1 to 100 characters"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_each_mistake_has_its_place_and_its_words(wrong: str, project: FleetProject) -> None:
    text, expected = WRONG[wrong]
    project.write(text)
    problems = project.problems()
    assert len(problems) == 1, problems
    assert problems[0].startswith(expected)


SECRETS = {
    "a password": "database: postgresql://digo:hunter2@db.example/fleet\n",
    "a password as a parameter": "database: postgresql://db.example/fleet?password=hunter2\n",
    "an address with a user": "notices: [{webhook: {url: 'https://u:hunter2@a.example', secretVariable: X}}]\n",
    "an address with a token": "notices: [{webhook: {url: 'https://a.example/?token=hunter2', secretVariable: X}}]\n",
    "a chat's address": "notices: [{webhook: {url: 'https://hooks.slack.com/hunter2', secretVariable: X}}]\n",
    "a secret as its variable": "notices: [{webhook: {url: 'https://a.example', secretVariable: whsec_hunter2}}]\n",
    "an address as its variable": "notices: [{chat: {service: slack, urlVariable: 'https://a.example/hunter2'}}]\n",
}


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_refused_and_not_repeated(secret: str, project: FleetProject) -> None:
    project.write(ALL + SECRETS[secret])
    (problem,) = project.problems()
    assert "variable" in problem or "DIGO_FLEET_DATABASE" in problem
    assert "hunter2" not in problem


def test_all_problems_of_all_files_are_told_at_once(project: FleetProject) -> None:
    project.stack("delhi-1", labels={"region": 7}, environment="../other")
    project.write("groups: {all: {stacks: ['*']}}\nrefused: ask\nconcurrency: x\n")
    assert [problem.partition(": ")[0] for problem in project.problems()] == [
        "Pulumi.delhi-1.yaml:3:21",
        "Pulumi.delhi-1.yaml:5:5",
        "fleet.yaml:2:10",
        "fleet.yaml:3:14",
    ]


def test_what_a_fleet_reads_of_a_stack_is_not_encrypted(project: FleetProject) -> None:
    secret = {"secure": "v1:abc"}
    project.stack("delhi-1", labels={"region": secret}, account=secret, cps=secret)
    path = project.stack("sandbox")
    path.write_text(path.read_text() + "  digo:environment: {secure: v1:abc}\n")
    project.write(ALL)
    plain = "a fleet reads it without a passphrase, so set it again without --secret"
    assert project.problems() == [
        f"Pulumi.delhi-1.yaml:2:17: digo:account is encrypted; {plain}",
        f"Pulumi.delhi-1.yaml:7:5: digo:labels is encrypted; {plain}",
        f"Pulumi.sandbox.yaml:3:21: digo:environment is encrypted; {plain}",
    ]


def test_what_is_odd_and_stops_nothing_is_a_warning(project: FleetProject) -> None:
    project.write(
        "groups:\n  a: {stacks: ['*-1', '!gone', '!delhi-1']}\n  b: {stacks: [delhi-1]}\n"
        "waves: [{name: one, groups: [a]}, {name: two, groups: [a]}]\n"
    )
    assert [str(one) for one in project.read().warnings] == [
        "fleet.yaml:1:1: groups: 1 stack (sandbox) is in no group, so no command of the fleet looks at it",
        "fleet.yaml:2:23: groups.a.stacks.1: no stack matches `!gone`, which leaves out nothing",
        "fleet.yaml:4:1: waves: 1 stack (delhi-1) is in no wave, so `digo fleet up` leaves it out",
        "fleet.yaml:4:47: waves.1.groups: no stack is in this wave: earlier ones have all of its groups'",
    ]


def test_two_names_that_a_variable_does_not_tell_apart(tmp_path: Path) -> None:
    project = FleetProject(tmp_path, {"a-b": {}, "a.b": {}})
    project.write(
        ALL + "environment: {variables: {DIGO_AUTHORIZATION: 'T_{STACK}'}, files: ['{stack}.env', '{STACK}.env']}\n"
    )
    assert project.problems() == [
        "fleet.yaml:3:47: environment.variables.DIGO_AUTHORIZATION: the stacks a-b and a.b would both read T_A_B; "
        "rename one of them",
        "fleet.yaml:3:84: environment.files.1: the stacks a-b and a.b would both read A_B.env; rename one of them",
    ]


def test_a_project_without_stacks_or_without_the_file(tmp_path: Path) -> None:
    project = FleetProject(tmp_path, {})
    assert project.problems() == [
        "fleet.yaml:2:18: groups.all.stacks.0: no stack matches `*`: there is none with a Pulumi.<stack>.yaml, "
        "and `digo init NAME` makes one"
    ]
    (tmp_path / "fleet.yaml").unlink()
    (problem,) = project.problems()
    assert problem.startswith("fleet.yaml:1:1: there is no such file; `groups: {all: {stacks: ")


def test_names_in_any_script(tmp_path: Path) -> None:
    project = FleetProject(tmp_path, {"a": {"Gebiet": "Süd"}, "b": {"Gebiet": "Nord"}})
    project.write("groups:\n  दक्षिण: {labels: {Gebiet: Süd}}\n  b: {stacks: [b]}\n")
    assert [one.groups for one in project.read().stacks] == [("दक्षिण",), ("b",)]
