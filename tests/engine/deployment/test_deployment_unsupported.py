"""What the embedded engine leaves to the pulumi CLI: each is refused plainly, before anything is done."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from engine.deployment.context import ImportRequest
from engine.deployment.errors import StepError
from engine.deployment.unsupported import CALLS, refuse_registration, refuse_state
from engine.model import Deployment, ResourceState
from protocol.messages import resource_pb2
from tests.engine.hosts.workshop import THING, Workshop

DEFAULT = "urn:pulumi:dev::tried::pulumi:providers:pulumi-python::default"

# Registrations of a resource `a`, each with one thing that the engine does not support, and what the refusal says.
REGISTRATIONS = {
    'Thing("a", {}, ResourceOptions(deleted_with=Thing("b", {})))': "deleted_with",
    'Thing("a", {}, ResourceOptions(replace_on_changes=["x"]))': "replace_on_changes",
    'Thing("a", {}, ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="5m")))': "custom_timeouts",
    'Thing("a", {}, ResourceOptions(hide_diffs=["x"]))': "hide_diffs",
    'Thing("a", {}, ResourceOptions(ignore_changes=["x"]))': "ignore_changes",
    'Thing("a", {}, ResourceOptions(delete_before_replace=True))': "delete_before_replace",
    'Thing("a", {}, ResourceOptions(version="1.2.3"))': "option version",
    'Thing("a", {}, ResourceOptions(plugin_download_url="https://example.com"))': "plugin_download_url",
    'Thing("a", {}, ResourceOptions(replace_with=[Thing("b", {})]))': "replace_with",
    'Thing("a", {}, ResourceOptions(transforms=[lambda args: None]))': "resource transforms",
    'CustomResource("aws:s3/bucket:Bucket", "a", {})': "resources of the package 'aws'",
    'pulumi.ProviderResource("pulumi-python", "a", {})': "providers that the program registers",
    'ComponentResource("other:index:Far", "a", {}, remote=True)': "remote components",
}
PROGRAMS = {
    'Thing("a", {}, ResourceOptions(ignore_changes=["x"]))': "ignore_changes",
    'Thing("a", {}, ResourceOptions(id="x"))': "only reads",
    'pulumi.runtime.invoke("test:index:ask", {"question": "why"})': "invokes",
    "pulumi.runtime.register_resource_transform(lambda args: None)": "stack transforms",
    "pulumi.runtime.register_invoke_transform(lambda args: None)": "invoke transforms",
    """
    hook = pulumi.ResourceHook("h", lambda args: None)
    Thing("a", {}, ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook])))
    """: "resource hooks",
}
REFUSAL = r"the embedded engine does not support .*; use the pulumi CLI"


def test_every_registration_that_the_engine_cannot_do_is_refused(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: dict[str, str] = {}

    def note(request: resource_pb2.RegisterResourceRequest, urn: str) -> None:
        try:
            refuse_registration(request, urn)
        except StepError as error:
            refused[request.name] = str(error)

    # A refusal ends a run, and this program has all of them.
    monkeypatch.setattr("engine.deployment.monitor.refuse_registration", note)
    numbered = {f"a{number}": (text, what) for number, (text, what) in enumerate(REGISTRATIONS.items())}
    workshop.program(
        "\n".join(text.replace('"a"', f'"{n}"').replace('"b"', f'"b-{n}"') for n, (text, _) in numbered.items())
    )
    workshop.up()
    assert set(refused) == set(numbered)
    for name, (text, what) in numbered.items():
        assert re.fullmatch(REFUSAL, refused[name]) and what in refused[name], text


@pytest.mark.parametrize("text", PROGRAMS)
def test_what_the_engine_cannot_do_is_said(workshop: Workshop, text: str) -> None:
    workshop.program(text)
    run = workshop.up()
    assert run.result.failed
    (error,) = run.errors
    assert re.fullmatch(REFUSAL, error)
    assert PROGRAMS[text] in error
    assert workshop.names("create") == []


def test_every_call_of_the_monitor_is_served_or_refused() -> None:
    served = {"GetDeploymentInfo", "RegisterResource", "RegisterResourceOutputs", "SignalAndWaitForShutdown"}
    methods = resource_pb2.DESCRIPTOR.services_by_name["ResourceMonitor"].methods_by_name
    assert set(CALLS) <= set(methods)
    assert set(methods) - set(CALLS) - served == {"SupportsFeature"}  # what older SDKs ask instead of the first


def thing(**fields: object) -> ResourceState:
    state = ResourceState(urn=f"urn:pulumi:dev::tried::{THING}::a", type=THING, custom=True, provider=f"{DEFAULT}::1")
    return replace(state, **fields)  # type: ignore[arg-type]


FOREIGN = [
    (thing(extra={"external": True}), "only reads"),
    (thing(deleted_with=f"urn:pulumi:dev::tried::{THING}::a"), "deleted_with"),
    (thing(extra={"replaceOnChanges": ["x"]}), "replace_on_changes"),
    (thing(provider="urn:pulumi:dev::tried::pulumi:providers:pulumi-python::mine::1"), "providers other than"),
    (thing(provider="urn:pulumi:dev::tried::pulumi:providers:aws::default::1"), "providers other than"),
    (thing(urn="urn:pulumi:dev::tried::aws:s3:Bucket::a", type="aws:s3:Bucket"), "the package 'aws'"),
    (thing(extra={"customTimeouts": {"create": 5}}), "custom_timeouts"),
    (thing(extra={"replaceWith": ["urn"]}), "replace_with"),
    (thing(extra={"viewOf": "urn"}), "views"),
    (thing(extra={"ignoreChanges": ["x"]}), "ignore_changes"),
    (thing(extra={"pendingReplacement": True}), "delete_before_replace"),
]


@pytest.mark.parametrize(("state", "what"), FOREIGN)
def test_a_state_that_it_cannot_manage_is_refused(state: ResourceState, what: str) -> None:
    with pytest.raises(StepError) as refused:
        refuse_state(Deployment(resources=[state]))
    message = str(refused.value)
    assert what in message and state.urn in message and message.endswith("; use the pulumi CLI")


def test_a_state_that_it_cannot_manage_is_left_alone(workshop: Workshop) -> None:
    state, what = FOREIGN[0]
    workshop.program("")
    workshop.deployment = Deployment(resources=[state])
    for run in (workshop.up(), workshop.refresh(), workshop.destroy()):
        assert (run.result.failed, len(run.errors)) == (True, 1)
        assert what in run.errors[0] and state.urn in run.errors[0] and run.errors[0].endswith("; use the pulumi CLI")
    assert workshop.deployment.resources == [state]
    assert workshop.starts() == []


def test_the_state_of_its_own_runs_is_accepted(workshop: Workshop) -> None:
    workshop.program('Thing("a", {}, ResourceOptions(parent=Group("g")))')
    workshop.up()
    refuse_state(workshop.deployment)


def test_no_provider_is_replaced(workshop: Workshop) -> None:
    workshop.program('Thing("a", {})')
    workshop.up()
    workshop.with_options(replace=(DEFAULT,))
    assert workshop.preview().errors == [
        "the embedded engine does not support the replacement of providers; use the pulumi CLI"
    ]
    workshop.with_options(replace=("**",))
    assert workshop.preview().changes() == {"replace": 2}


def test_an_import_takes_dynamic_resources_alone(workshop: Workshop) -> None:
    for type_, what in (("aws:s3:Bucket", "the package 'aws'"), ("pulumi:providers:aws", "providers that")):
        run = workshop.import_([ImportRequest(type_, "a", "1")])
        assert run.result.failed and what in run.errors[0] and run.errors[0].endswith("; use the pulumi CLI")
