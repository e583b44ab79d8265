"""Manifests for the Pulumi Kubernetes Operator: valid by its schema, in the order of waves, the same each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from digo.fleet.failure import FleetError
from digo.fleet.file.waves import Wave
from digo.fleet.fleet import Fleet
from digo.fleet.manifests.git_source import GitSource, without_password
from digo.fleet.manifests.manifest_text import stream
from digo.fleet.manifests.manifests import Manifests, backend_of, fleet_manifests, write_manifests
from digo.fleet.manifests.object_names import named_for, object_name, wrong_name
from digo.fleet.manifests.prerequisites import prerequisites
from digo.fleet.manifests.stack_object import ManifestOptions, ObjectNames
from digo.fleet.plan.stack_plan import FleetPlan, PlanOutcome, StackPlan
from digo.fleet.stacks import FleetStack
from tests.fleet.fleet_project import FleetProject

FLEET = """
groups:
  canary: {stacks: [chennai-1]}
  rest: {stacks: ["*", "!lab"]}
  lab: {stacks: [lab]}
waves:
  - {name: canary, groups: [canary], wait: 10m}
  - {name: half, groups: [rest], percent: 50}
  - {name: the rest, groups: [rest]}
environment:
  variables: {AWS_PROFILE: "PROFILE_{STACK}"}
"""
SOURCE = GitSource("https://git.example.com/phones.git", "voice", commit="c0ffee" + "0" * 34)
ALL = ManifestOptions(
    SOURCE,
    ObjectNames("phones", "runner", "digo-{stack}", "state", "git", "kept-{stack}"),
    backend="https://app.pulumi.com",
    organization="acme",
    image="pulumi/pulumi:latest-nonroot",
    repeat=True,
)


def closed(schema: Any) -> Any:
    """The schema without fields that it does not name: the API server drops them in silence."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        found.setdefault("additionalProperties", False)
    return found


@pytest.fixture(scope="module")
def operator() -> Any:
    """What checks an object by the operator's schema of `Stack`, as strict as we want to be."""
    text = Path(__file__).with_name("operator").joinpath("stack-v1.json").read_text(encoding="utf-8")
    found = closed(json.loads(text))
    found["properties"]["metadata"] = {"type": "object"}
    # Not `jsonschema.validate`: that checks the large schema itself for each object.
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    project = FleetProject(tmp_path / "phones", {}, FLEET)
    for name in ("chennai-1", "Goa_2", "delhi-1", "delhi-2", "lab"):
        project.stack(name, account=name.partition("-")[0], **({"loginId": "example-login"} if name == "lab" else {}))
    path = project.stack("delhi-2", account="delhi", authorization={"secure": "v1:x:y"}, ledgerKeyFile="k")
    path.write_text(f"encryptionsalt: v1:x:y\n{path.read_text()}")
    return project.load()


def objects(made: Manifests) -> dict[str, Any]:
    """The objects by stack."""
    return {made.stacks[file]: yaml.safe_load(text) for file, text in made.texts.items()}


def names(prerequisites: list[dict[str, str]]) -> list[str]:
    return [one["name"] for one in prerequisites]


def test_objects_are_valid_and_in_the_order_of_waves(fleet: Fleet, operator: Any) -> None:
    for options in (
        ManifestOptions(SOURCE),
        ALL,
        ManifestOptions(GitSource("git@git.example.com:a/b", "", branch="main")),
    ):
        for found in objects(fleet_manifests(fleet, options, ())).values():
            operator.validate(found)
    made = fleet_manifests(fleet, ALL, ["HTTPS_PROXY"])
    assert list(made.texts) == [
        "1-chennai-1.yaml",
        f"2-{object_name('Goa_2')}.yaml",
        "2-delhi-1.yaml",
        "3-delhi-2.yaml",
    ]
    assert made.left_out == ("lab",)
    found = objects(made)
    assert "prerequisites" not in found["chennai-1"]["spec"]
    assert names(found["delhi-1"]["spec"]["prerequisites"]) == ["chennai-1"]
    assert names(found["delhi-2"]["spec"]["prerequisites"]) == [object_name("Goa_2"), "delhi-1"]
    assert stream(list(made.texts.values())).count("\n---\n") == 3
    assert len(list(yaml.safe_load_all(stream(list(made.texts.values()))))) == 4
    assert fleet_manifests(fleet, ALL, ["HTTPS_PROXY"]) == made, "the same each time"


def test_an_object_says_what_the_pod_needs_and_no_value(fleet: Fleet) -> None:
    found = objects(fleet_manifests(fleet, ALL, ["HTTPS_PROXY"]))
    spec = found["Goa_2"]["spec"]
    assert found["Goa_2"]["metadata"] == {
        "name": object_name("Goa_2"),
        "labels": {"digo-wave": "2"},
        "namespace": "phones",
    }
    assert (spec["stack"], spec["repoDir"], spec["commit"]) == ("acme/Goa_2", "voice", SOURCE.commit)
    assert spec["gitAuth"]["accessToken"]["secret"] == {"name": "git", "key": "accessToken"}
    pod = spec["workspaceTemplate"]["spec"]["podTemplate"]["spec"]
    assert pod["containers"][0]["volumeMounts"][0]["mountPath"] == "/share/source/voice/.digo"
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == f"kept-{object_name('Goa_2')}"
    assert not spec["destroyOnFinalize"]
    shared = ["AWS_PROFILE", "HTTPS_PROXY", "PULUMI_ACCESS_TOKEN"]
    assert list(spec["envRefs"]) == sorted([*shared, "DIGO_AUTHORIZATION"])
    assert spec["envRefs"]["DIGO_AUTHORIZATION"]["secret"]["name"] == f"digo-{object_name('Goa_2')}"
    assert {spec["envRefs"][name]["secret"]["name"] for name in shared} == {"state"}
    encrypted = found["delhi-2"]["spec"]["envRefs"]
    assert list(encrypted) == sorted([*shared, "DIGO_LEDGER_KEY", "PULUMI_CONFIG_PASSPHRASE"])


def test_a_login_needs_its_password_and_a_state_elsewhere_no_access_token(fleet: Fleet) -> None:
    lab = fleet.only(["lab"])
    everything = ManifestOptions(SOURCE, backend="s3://state")
    assert fleet_manifests(lab, everything, ()).left_out == ("lab",)
    unordered = Fleet(fleet.root, fleet.project, fleet.settings.model_copy(update={"waves": ()}), lab.stacks)
    (found,) = objects(fleet_manifests(unordered, everything, ())).values()
    assert list(found["spec"]["envRefs"]) == ["AWS_PROFILE", "DIGO_LOGIN_PASSWORD"]
    assert found["spec"]["backend"] == "s3://state"


def test_a_comment_says_what_the_operator_cannot(fleet: Fleet) -> None:
    made = fleet_manifests(fleet, ALL, ())
    text = made.texts["3-delhi-2.yaml"]
    for words in ("no windows", "Pods share no lock", "wave 3 (the rest), after 2 other stacks", "Secret state has"):
        assert words in text
    assert "order the first up alone" not in text
    followed = fleet_manifests(fleet, ManifestOptions(GitSource("https://a/b", "", branch="main")), ())
    assert all("order the first up alone" in text for text in followed.texts.values())


def test_stacks_of_one_account_are_upped_one_after_the_other() -> None:
    def stack(name: str, account: str, endpoint: str = "https://a.example") -> FleetStack:
        return FleetStack(name, name, account=account, endpoint=endpoint)

    stacks = [
        stack("a", "x"),
        stack("b", "x", "https://a.example/"),
        stack("c", ""),
        stack("d", "x", "https://b.example"),
    ]
    stacks += [stack("e", "x"), stack("f", "")]
    waves = [Wave("one", ("a", "b", "c", "d", "e")), Wave("two", ("f",))]
    assert prerequisites(waves, stacks) == {
        "a": (),
        "b": ("a",),
        "c": (),
        "d": (),
        "e": ("b",),
        "f": ("a", "b", "c", "d", "e"),
    }


def plan_of(stack: str, outcome: PlanOutcome = PlanOutcome.CHANGES) -> StackPlan:
    return StackPlan(stack=stack, outcome=outcome, plan_hash=f"hash of {stack}", parts={}, account=stack)


def test_a_reviewed_plan_is_pinned(fleet: Fleet, operator: Any) -> None:
    stacks = [plan_of(one.name) for one in fleet.stacks]
    found = objects(fleet_manifests(fleet, ALL, (), FleetPlan(tuple(stacks), "c0ffee")))
    for name, one in found.items():
        operator.validate(one)
        assert one["spec"]["envRefs"]["DIGO_PLAN"] == {"type": "Literal", "literal": {"value": f"hash of {name}"}}
    with pytest.raises(FleetError, match="the plan has no stack chennai-1: plan the same stacks again"):
        fleet_manifests(fleet, ALL, (), FleetPlan((stacks[0],), "c0ffee"))
    refused = (*stacks, plan_of("x", PlanOutcome.REFUSED))
    with pytest.raises(FleetError, match="1 stack, the first is x; no manifest was written"):
        fleet_manifests(fleet, ALL, (), FleetPlan(refused, "c0ffee"))


def test_files_that_are_no_longer_due_go_and_others_stay(fleet: Fleet, tmp_path: Path) -> None:
    folder, made = tmp_path / "out" / "manifests", fleet_manifests(fleet, ALL, ())
    assert write_manifests(folder, made, whole=True) == []
    (folder / "kustomization.yaml").write_text("resources: []\n")
    (folder / "3-delhi-1.yaml").write_text((folder / "2-delhi-1.yaml").read_text())
    before = {path.name: path.read_text() for path in folder.iterdir()}
    assert write_manifests(folder, made.only(["chennai-1"]), whole=False) == []
    assert {path.name: path.read_text() for path in folder.iterdir()} == before
    assert write_manifests(folder, made.only(["delhi-1"]), whole=False) == ["3-delhi-1.yaml"]
    assert write_manifests(folder, made.only(["delhi-2"]), whole=True) == [
        "1-chennai-1.yaml",
        "2-delhi-1.yaml",
        f"2-{object_name('Goa_2')}.yaml",
    ]
    assert sorted(path.name for path in folder.iterdir()) == ["3-delhi-2.yaml", "kustomization.yaml"]
    (folder / "1-chennai-1.yaml").write_text("apiVersion: v1\n")
    with pytest.raises(FleetError, match=r"1-chennai-1\.yaml was not made by"):
        write_manifests(folder, made, whole=True)


@pytest.mark.parametrize("stack", ["Goa_2", "a.b", "x" * 60, "-a", "é", "__", "a--" + "b" * 40])
def test_a_stack_whose_name_kubernetes_does_not_take_has_another_one(stack: str) -> None:
    name = object_name(stack)
    assert name != stack and wrong_name(name) is None and len(name) <= 42
    assert object_name(stack.swapcase() if stack.swapcase() != stack else f"{stack}_") != name


def test_names_are_checked_and_filled_in() -> None:
    assert (object_name("chennai-1"), named_for("digo-{stack}", "chennai-1")) == ("chennai-1", "digo-chennai-1")
    assert [wrong_name(name) is None for name in ("a", "a.b-c", "{stack}-x", "A", "a_b", "", "-a", "{name}")] == [
        True, True, True, False, False, False, False, False,
    ]  # fmt: skip


def test_the_state_must_be_where_pods_can_reach_it(fleet: Fleet) -> None:
    assert backend_of(fleet, "s3://state") == "s3://state"
    with pytest.raises(FleetError, match="no backend: the state is in a folder of this machine"):
        backend_of(fleet, None)
    with pytest.raises(FleetError, match="the backend is a folder, and each pod has its own; give --backend"):
        backend_of(fleet, "file:///srv/state")
    with pytest.raises(FleetError, match="the backend's address has a password in it") as refused:
        backend_of(fleet, "postgres://ann:canary@db.example/state")
    assert "canary" not in str(refused.value)


def test_a_repository_is_written_without_its_password() -> None:
    assert without_password("https://ann:canary@git.example.com:8443/a.git") == "https://git.example.com:8443/a.git"
    assert without_password("git@git.example.com:a/b.git") == "git@git.example.com:a/b.git"
    assert without_password("ssh://git@git.example.com/a") == "ssh://git@git.example.com/a"
