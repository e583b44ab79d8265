"""What a runner of GitHub does with the log of each step: nothing but our annotations."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.ci.pipeline import Pipeline, agent
from tests.ci.runner_log import executed
from tests.scenarios.workspace import STACK, Outcome

ATTACK = "x ##[add-mask]pwned ::error::pwned"
RAW = """printf '%s\\n' '::set-output name=a::pwned' '  ::add-mask::pwned' 'x ##[error]pwned' '::stop-commands::pwned'
printf '%s\\n' ::pwned::"""


def hostile(pipeline: Pipeline) -> None:
    pipeline.workspace.agents(**{"k ##[group]pwned": agent(0, name=ATTACK), "sales": agent(1)})


def run(pipeline: Pipeline, step: str, *arguments: str, **variables: str) -> Outcome:
    outcome = pipeline.step(step, *arguments, **variables)
    assert "::stop-commands::" in outcome.stdout
    assert executed(outcome.stderr) == []  # a runner reads two streams in no order
    return outcome


def with_pulumi(pipeline: Pipeline, tmp_path: Path, script: str) -> dict[str, str]:
    """The variables that put a `pulumi` of this script on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "pulumi").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "pulumi").chmod(0o755)
    return {"PATH": f"{folder}:{pipeline.workspace.environ['PATH']}"}


def test_no_step_lets_a_name_command_the_runner(pipeline: Pipeline) -> None:
    hostile(pipeline)
    for step, code in (("plan", 0), ("drift", 2), ("validate", 0)):
        outcome = run(pipeline, step, *([] if step == "validate" else [STACK]))
        assert outcome.code == code, outcome.text
        assert executed(outcome.stdout) == []
    tokens = set(re.findall("::stop-commands::(.*)", "".join(run(pipeline, "validate").stdout for _ in range(2))))
    assert len(tokens) == 4  # each stop has its own


def test_what_pulumi_prints_raw_is_no_command_and_a_failure_resumes(pipeline: Pipeline, tmp_path: Path) -> None:
    hostile(pipeline)
    assert pipeline.step("plan", STACK).code == 0
    seen = tmp_path / "seen"
    # Only the up is the real command here: digo reads the state through it.
    others = f'*) exec "{pipeline.workspace.python}" -m engine "$@" ;;'
    fake = f'case "$1" in up) env >{seen}; {RAW}; ({RAW}) >&2; exit 7 ;; {others} esac'
    variables = with_pulumi(pipeline, tmp_path, fake)
    outcome = run(pipeline, "up", STACK, DIGO_REVIEWED=pipeline.plan, **variables)
    assert outcome.code == 1 and outcome.stdout.count("pwned") >= 10, outcome.text
    assert executed(outcome.stdout) == []
    (token,) = re.findall("::stop-commands::([0-9a-f]{64})", outcome.stdout)
    assert token not in seen.read_text()


def test_annotations_are_the_only_commands(pipeline: Pipeline) -> None:
    pipeline.workspace.write("agents.yaml", "agents: {'##[group]pwned': {nam: '::error::pwned'}, 'a::b': {}}")
    outcome = run(pipeline, "validate")
    assert outcome.code == 1
    done = executed(outcome.stdout)
    assert len(done) >= 3 and all(line.startswith(f"::error file=config/{STACK}/agents.yaml,line=1,") for line in done)


def test_a_step_in_a_step_does_not_resume(pipeline: Pipeline) -> None:
    hostile(pipeline)
    outcome = pipeline.step("plan", STACK, DIGO_CI_STOPPED="yes")
    assert outcome.code == 0, outcome.text
    assert "::stop-commands::" not in outcome.stdout and not re.search("::[0-9a-f]{64}::", outcome.stdout)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_resumes_too(pipeline: Pipeline, tmp_path: Path, sign: signal.Signals) -> None:
    python = tmp_path / "python"
    began = tmp_path / "began"
    python.write_text(f"#!/bin/sh\n>{began}\nsleep 2\n")
    python.chmod(0o755)
    process = subprocess.Popen(
        ["docs/ci/steps/plan.sh", STACK],
        cwd=pipeline.folder,
        env={**pipeline.workspace.environ, "DIGO_PYTHON": str(python)},
        stdout=subprocess.PIPE,
        text=True,
    )
    while not began.exists():
        time.sleep(0.01)
    process.send_signal(sign)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 128 + sign
    assert executed(out) == [] and re.search("::[0-9a-f]{64}::\n$", out)


def test_other_services_get_no_such_lines(pipeline: Pipeline) -> None:
    pipeline.on({})
    pipeline.workspace.agents(sales=agent(0))
    assert "::" not in pipeline.step("validate").stdout
