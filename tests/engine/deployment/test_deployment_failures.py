"""What goes wrong, what the user reads of it, and what the state then says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.events import Diagnostic, Severity, StandardOutput, StepFailed, Summary
from engine.model import Op
from tests.engine.hosts.workshop import Workshop, sound


def test_a_failed_create_ends_the_run_and_is_mended_by_the_next(workshop: Workshop) -> None:
    workshop.program('a = Thing("a", {"value": "x", "fail": "create"}); Thing("b", {"value": a.size})')
    run = workshop.up()
    assert run.result.failed
    assert run.errors == ["create was told to fail", "update failed"]
    (failed,) = [event.step for event in run.events if isinstance(event, StepFailed)]
    assert (failed.op, failed.urn) == (Op.CREATE, workshop.urn("a"))
    (summary,) = [event for event in run.events if isinstance(event, Summary)]
    assert summary.failed
    assert not workshop.has("a")
    assert not workshop.has("b")
    assert workshop.deployment.pending_operations == []
    workshop.program('a = Thing("a", {"value": "x"}); Thing("b", {"value": a.size})')
    assert workshop.up().changes() == {"same": 1, "create": 2}


def test_the_program_leaves_without_a_word_when_the_run_has_failed(workshop: Workshop) -> None:
    workshop.program(
        """
        a = Thing("a", {"fail": "create"})
        Thing("b", {"value": a.size})
        Output.all(a.id).apply(lambda _: print("never"))
        """
    )
    run = workshop.up()
    assert not [e for e in run.events if isinstance(e, Diagnostic) and e.severity is Severity.INFO_ERROR and e.urn]
    assert StandardOutput("never") not in run.events


def test_steps_in_flight_end_and_are_kept(workshop: Workshop) -> None:
    workshop.program('Thing("slow", {"wait": 0.5}); Thing("bad", {"after": "slow", "fail": "create"})')
    run = workshop.up()
    assert run.result.failed
    assert workshop.state("slow").id in workshop.world()
    assert workshop.deployment.pending_operations == []


def test_nothing_is_deleted_after_a_failure(workshop: Workshop) -> None:
    workshop.program('Thing("old", {})')
    workshop.up()
    workshop.program('Thing("bad", {"fail": "create"})')
    workshop.up()
    assert workshop.has("old")
    workshop.program("raise pulumi.RunError('no thanks')")
    workshop.up()
    assert workshop.has("old")
    assert workshop.calls("delete") == []


def test_continuing_on_error_does_what_does_not_depend_on_it(workshop: Workshop) -> None:
    workshop.with_options(continue_on_error=True)
    workshop.program(
        """
        a = Thing("a", {"value": "x"}); Thing("b", {"value": a.size}); Thing("c", {"value": "c"})
        needed = Thing("needed", {"value": "n"}); Thing("d", {"value": needed.size})
        """
    )
    workshop.up()
    workshop.program(
        """
        a = Thing("a", {"value": "long", "fail": "update"}); Thing("b", {"value": a.size}); Thing("c", {"value": "cc"})
        Thing("d", {"value": "y", "fail": "update"})
        """
    )
    run = workshop.up()
    assert run.result.failed
    assert run.steps() == [("update", "c")]
    assert workshop.state("b").inputs == {"value": 1}
    assert workshop.has("needed"), "the state's d still depends on it"
    assert sound(workshop.deployment)


def test_a_half_done_create_is_kept_and_finished_by_the_next(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"value": "x", "partial": "create"})')
    run = workshop.up()
    assert run.result.failed
    assert "it did not become ready" in run.errors[0]
    state = workshop.state("a")
    assert (state.id in workshop.world(), state.outputs["size"]) == (True, 1)
    assert state.init_errors == ["it did not become ready"]
    assert workshop.preview().steps() == [("update", "a")]
    assert workshop.up().steps() == [("update", "a")]
    assert workshop.state("a").init_errors == []
    assert workshop.up().changes() == {"same": 2}


def test_a_half_done_resource_is_kept_whatever_its_size(workshop: Workshop) -> None:
    """It comes beside the error, where gRPC takes 8 KiB unless it is told otherwise."""
    workshop.program('Thing("a", {"value": "x" * 1_000_000, "partial": "create"})')
    run = workshop.up()
    assert "it did not become ready" in run.errors[0]
    assert workshop.state("a").outputs["size"] == 1_000_000


def test_a_half_done_update_still_shows_its_difference(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"value": "x"})')
    workshop.up()
    workshop.program('Thing("a", {"value": "long", "partial": "update"})')
    assert workshop.up().result.failed
    state = workshop.state("a")
    assert (state.inputs, state.outputs["value"]) == ({"value": "x"}, "long")
    assert workshop.preview().steps() == [("update", "a")]


def test_check_refuses_with_the_property(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"invalid": "too long"})')
    run = workshop.preview()
    assert run.result.failed
    (error,) = run.errors
    assert "'a'" in error and "property invalid value {too long} has a problem: too long" in error
    run = workshop.up()
    assert run.result.failed
    assert workshop.calls("create") == []


def test_a_secret_that_check_refuses_is_not_shown(workshop: Workshop) -> None:
    workshop.program('Thing("b", {"invalid": {"deep": [Output.secret("hush")]}})')
    (error,) = workshop.preview().errors
    assert "value [secret] has a problem" in error


PROGRAM_ERRORS = {
    'raise pulumi.RunError("no thanks")': "no thanks",
    "1 / 0": "ZeroDivisionError: division by zero",
    "import sys; sys.exit(3)": "Program exited with non-zero exit code: 3",
    "def broken(:": "SyntaxError",
    "import no_such_module": "No module named 'no_such_module'",
}


@pytest.mark.parametrize("text", list(PROGRAM_ERRORS))
def test_a_program_that_fails(workshop: Workshop, text: str) -> None:
    workshop.program(text)
    run = workshop.preview()
    assert run.result.failed
    (error,) = run.errors
    assert PROGRAM_ERRORS[text] in error
    assert "runpy" not in error or "SyntaxError" in error


def test_a_run_error_is_shown_alone(workshop: Workshop) -> None:
    workshop.program('raise pulumi.RunError("no thanks")')
    assert workshop.up().errors == ["no thanks"]


def test_a_traceback_begins_with_the_users_code(workshop: Workshop) -> None:
    workshop.program("def f():\n    return {}['k']\nf()")
    (error,) = workshop.up().errors
    lines = error.splitlines()
    assert lines[0] == "Program failed with an unhandled exception:"
    assert lines[2].strip().startswith(f'File "{workshop.folder / "__main__.py"}"')
    assert lines[-1] == "KeyError: 'k'"


def test_there_is_no_program(workshop: Workshop) -> None:
    run = workshop.preview()
    assert run.result.failed
    assert "unable to find main python program" in run.errors[0]


def test_an_error_that_the_program_logs_fails_the_run(workshop: Workshop) -> None:
    workshop.program('pulumi.log.error("this is bad"); pulumi.log.warn("careful"); pulumi.log.debug("quiet")')
    run = workshop.up()
    assert run.result.failed
    assert (run.errors, run.warnings) == (["this is bad"], ["careful"])
    assert not [e for e in run.events if isinstance(e, Diagnostic) and e.severity is Severity.DEBUG]
    workshop.with_options(debug=True)
    assert [e for e in workshop.up().events if isinstance(e, Diagnostic) and e.message == "quiet"]


def test_the_host_speaks_of_its_resources(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"status": "half way"})')
    run = workshop.up()
    told = [event for event in run.events if isinstance(event, Diagnostic) and event.urn == workshop.urn("a")]
    assert [(event.message, event.ephemeral) for event in told] == [("half way", True), ("half way", False)]


def test_a_project_without_a_host(workshop: Workshop) -> None:
    workshop.project = replace(workshop.project, hosts={})
    workshop.program('Thing("a", {})')
    run = workshop.preview()
    assert run.result.failed
    (error,) = run.errors
    assert "no provider host for package 'pulumi-python'" in error
    assert "plugins.providers" in error


def test_a_host_that_is_missing(workshop: Workshop) -> None:
    (workshop.host / "pulumi-resource-pulumi-python").unlink()
    workshop.program('Thing("a", {})')
    run = workshop.preview()
    assert run.result.failed
    assert "pulumi-resource-pulumi-python does not exist" in run.errors[0]


def test_a_host_that_nobody_needs_may_be_missing(workshop: Workshop) -> None:
    (workshop.host / "pulumi-resource-pulumi-python").unlink()
    workshop.program('pulumi.export("k", 1)')
    assert not workshop.up().result.failed


@pytest.mark.usefixtures("host_process")
def test_a_host_that_does_not_start(workshop: Workshop) -> None:
    workshop.behave(start="fail")
    workshop.program('Thing("a", {}); Thing("b", {})')
    run = workshop.preview()
    assert run.result.failed
    (error,) = run.errors
    assert "ended before it said its port" in error
    assert "the host was told not to start" in error


def test_a_host_that_cannot_be_configured(workshop: Workshop) -> None:
    workshop.behave(configure="fail")
    workshop.program('Thing("a", {}); Thing("b", {})')
    run = workshop.up()
    assert run.result.failed
    assert [error for error in run.errors if "the token is missing" in error]
    assert workshop.calls("create") == []


def test_a_full_disk_writes_nothing_that_the_journal_does_not_know(workshop: Workshop) -> None:
    workshop.program('Thing("a", {"value": "x"})')
    workshop.recorder.fail_after = 2
    run = workshop.up()
    assert run.result.failed
    assert "cannot write the state's journal" in run.errors[0]
    assert workshop.calls("create") == []


@pytest.mark.parametrize("operation", ["up", "refresh", "destroy"])
def test_an_empty_stack_takes_every_operation(workshop: Workshop, operation: str) -> None:
    workshop.program("")
    assert not getattr(workshop, operation)().result.failed
