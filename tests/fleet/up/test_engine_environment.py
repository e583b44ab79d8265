"""An engine has the variables of its own stack, and none of another one or of the fleet."""

from __future__ import annotations

from digo.desired.approvals import EXAMPLE_HASH
from digo.fleet.file.models import StackVariables
from digo.fleet.up.engine_environment import engine_environment
from digo.plan.pinned_plan import whole_plan_hash

WANTED = StackVariables(
    variables={
        "DIGO_AUTHORIZATION": "DIGO_AUTHORIZATION_{STACK}",
        "DIGO_LEDGER_KEY": "KEY_OF_{STACK}_HERE",
        "DIGO_LOGIN_ID": "SHARED_LOGIN",
    }
)


def test_an_engine_has_its_own_token_alone() -> None:
    variables = {
        "PATH": "/bin",
        "DIGO_AUTHORIZATION": "token-a",
        "DIGO_AUTHORIZATION_A_1": "token-a",
        "DIGO_AUTHORIZATION_B_1": "token-b",
        "DIGO_AUTHORIZATION_FILE": "a setting of its own",
        "KEY_OF_B_1_HERE": "key-b",
        "KEY_OF_NOBODY": "kept",
        "SHARED_LOGIN": "login",
        "DIGO_FLEET_DATABASE": "postgresql://user:password@host/runs",
        "DIGO_FLEET_WEBHOOK_SECRET": "secret",
        "DIGO_VAR_SITE": "site",
        "PULUMI_PARALLEL": "8",
        "DIGO_PLAN": "another run's",
        "DIGO_PLAN_REST_OF": "another run's",
    }
    assert engine_environment(variables, WANTED, "a-1", "hash-1") == {
        "PATH": "/bin",
        "DIGO_AUTHORIZATION": "token-a",
        "DIGO_AUTHORIZATION_A_1": "token-a",
        "DIGO_AUTHORIZATION_FILE": "a setting of its own",
        "KEY_OF_NOBODY": "kept",
        "SHARED_LOGIN": "login",
        "DIGO_VAR_SITE": "site",
        "PULUMI_PARALLEL": "8",
        "PULUMI_SKIP_CHECKPOINTS": "true",
        "DIGO_PLAN": "hash-1",
    }


def test_an_engine_is_told_what_its_plan_is_the_rest_of() -> None:
    told = engine_environment({}, StackVariables(), "a", "hash-2", "hash-1")
    assert (told["DIGO_PLAN"], told["DIGO_PLAN_REST_OF"]) == ("hash-2", "hash-1")
    assert whole_plan_hash({**told, "DIGO_PLAN_REST_OF": "no hash"}) is None
    real = {"DIGO_PLAN": EXAMPLE_HASH, "DIGO_PLAN_REST_OF": EXAMPLE_HASH}
    assert whole_plan_hash(real) == EXAMPLE_HASH
    del real["DIGO_PLAN"]
    assert whole_plan_hash(real) is None


def test_without_variables_of_stacks_all_are_kept() -> None:
    kept = engine_environment({"DIGO_AUTHORIZATION_B_1": "b"}, StackVariables(), "a", "hash-1")
    assert kept["DIGO_AUTHORIZATION_B_1"] == "b"
    assert kept["PULUMI_PARALLEL"] == "64"
