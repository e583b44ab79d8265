"""Many accounts in one sandbox: the token chooses, and nothing of one account is another's."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.account_side import AccountSide
from sandbox.accounts import Accounts, owners_of
from sandbox.accounts_file import named_accounts
from sandbox.errors import SandboxError
from sandbox.settings import Settings
from sandbox.smartflo.sessions import subject_of
from sandbox.testing import Sandbox
from tests.warm.warm_sandbox import start_sandbox

ACCOUNTS = {
    "chennai-1": "token-1",
    "delhi-1": {"token": ["token-2", "token-3"], "cps": 1, "fault": ["status:503,nth=1"]},
    "goa.2": {"smartflo_token": "token-4", "smartflo_login_id": "goa-login", "smartflo_password": "goa-password"},
}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox with three named accounts, one of them from the command line."""
    folder = tmp_path_factory.mktemp("many")
    others = {name: entry for name, entry in ACCOUNTS.items() if name != "chennai-1"}
    with start_sandbox(folder, account=["chennai-1=token-1"], accounts=others, number_form="digits") as sandbox:
        yield sandbox


def _names(account: AccountSide) -> list[str]:
    with account.client() as client:
        return [agent["name"] for agent in client.get("/v1/agents").json()]


def test_each_account_has_its_own_agents_requests_faults_and_budget(many: Sandbox) -> None:
    chennai, delhi = many.account("chennai-1"), many.account("delhi-1")
    for account, name in ((many, "Nobody"), (chennai, "Ada"), (delhi, "Bob")):
        shown = account.add_agent("+12025550101", name=name)
        assert shown["follow_me_number"] == "12025550101"  # the command line's number form is everybody's
    assert (_names(many), _names(chennai)) == (["Nobody"], ["Ada"])
    with delhi.client() as client:
        assert client.get("/v1/agents").status_code == 503  # its own fault
        assert client.get("/v1/agents").status_code == 429  # its own budget of one a second
    assert (chennai.counts(), delhi.counts()) == ({"GET /v1/agents": 1}, {"GET /v1/agents": 2})
    assert [request["fault"] for request in delhi.requests()] == ["status", None]

    chennai.fault("status", status=500, path="/v1/agents")
    assert (many.faults(), len(chennai.faults())) == ([], 1)
    chennai.settings(cps=7)
    assert many.settings()["cps"] == 0
    chennai.reset()
    assert (chennai.agents(), chennai.faults(), chennai.requests()) == ([], [], [])
    assert (_names(many), chennai.settings()["cps"], len(delhi.agents())) == (["Nobody"], 0, 1)


def test_an_account_is_saved_and_loaded_by_itself_and_outlives_a_restart(many: Sandbox, tmp_path: Path) -> None:
    chennai, delhi = many.account("chennai-1"), many.account("delhi-1")
    chennai.reset()
    chennai.add_agent("+12025550103", name="Cy")
    chennai.save(tmp_path / "saved.db")
    delhi.load(tmp_path / "saved.db")
    chennai.reset()
    many.restart()
    files = sorted(path.name for path in (many.db.parent / "sandbox.db.accounts").glob("*.db"))
    assert {"chennai-1.db", "delhi-1.db"} <= set(files)
    assert ([agent["name"] for agent in delhi.agents()], chennai.agents()) == (["Cy"], [])


def test_a_token_of_a_login_opens_the_account_that_it_logged_in_to(many: Sandbox) -> None:
    goa, body = many.account("goa.2"), {"email": "goa-login", "password": "goa-password"}
    goa.smartflo.add_user("+12025550104", name="Di")
    with goa.smartflo.client("") as client:
        token = client.post("/v1/auth/login", json=body).json()["access_token"]
        users = client.get("/v1/users", headers={"Authorization": f"Bearer {token}"}).json()["data"]
        refused = client.post("/v1/auth/login", json={**body, "email": ["goa-login"]}).json()
    assert [user["name"] for user in users] == ["Di"]
    assert refused["success"] is False
    assert goa.counts() == {"POST /v1/auth/login": 1, "GET /v1/users": 1}


def test_a_token_is_of_one_account_also_when_settings_change(many: Sandbox) -> None:
    chennai, delhi = many.account("chennai-1"), many.account("delhi-1")
    with pytest.raises(RuntimeError, match=r"422 .*The account 'delhi-1' has a token of the account 'chennai-1'"):
        chennai.settings(token=["token-3"])
    chennai.settings(token=["token-9"])
    before = chennai.counts().get("GET /v1/agents", 0)
    with many.client() as client:
        statuses = [client.get("/v1/agents", headers={"Authorization": f"token-{n}"}).status_code for n in (9, 1)]
    assert statuses == [200, 401]
    assert chennai.counts()["GET /v1/agents"] == before + 1
    assert not many.requests()[-1]["authorized"]  # a token of nobody is for the account without a name
    chennai.reset()
    assert len(delhi.faults()) == 1


def test_the_calls_of_the_sandbox_itself_name_accounts(many: Sandbox, stranger: httpx.Client) -> None:
    base = f"{many.url}/_sandbox"
    assert stranger.get(f"{base}/accounts").json() == list(ACCOUNTS)
    assert stranger.get(f"{base}/accounts/goa.2/health").json()["db"].endswith("sandbox.db.accounts/goa.2.db")
    assert stranger.get(f"{base}/health").json()["db"] == str(many.db)
    nobody = stranger.get(f"{base}/accounts/nobody/state")
    assert (nobody.status_code, nobody.json()) == (404, {"error": "no account has the name 'nobody'"})
    assert stranger.get(f"{base}/accounts/goa.2/nothing").status_code == 404


def test_an_account_is_opened_by_its_first_request(tmp_path: Path) -> None:
    named = named_accounts([f"branch-{n}=token-{n}" for n in range(500)], None, Settings(), ())
    accounts = Accounts(tmp_path / "sandbox.db", Settings(), (), named)
    try:
        assert not (tmp_path / "sandbox.db.accounts").exists()
        asked = accounts.asked("/v1/agents", "Bearer token-7", None)
        assert asked is accounts.account("branch-7")
        assert [path.name for path in (tmp_path / "sandbox.db.accounts").glob("*.db")] == ["branch-7.db"]
    finally:
        accounts.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "give each account's name"),
        ("- a\n- b\n", "give each account's name"),
        ("a: token-1\nb: [\n", ":3:1: this is not YAML"),
        ("a: token-1\na: token-2\n", ":2:1: this is not YAML"),
        ("a: 12\n", ":1:1: give the account 'a' a token in quotes"),
        ("a: token-1\nb c: token-2\n", ":2:1: 'b c' is not a name of an account"),
        ("a: token-1\nA: token-2\n", ":2:1: the account 'A' is 'a' but for upper and lower case"),
        ("first: x\na: {token: t, colour: red}\n", ":2:1: the account 'a': colour: Extra inputs"),
        ("a: {cps: 5}\n", ":1:1: the account 'a': it has no token"),
        ("a: {token: t, cps: -1}\n", "the account 'a': cps: Input should be greater"),
        ("a: {token: t, fault: 5}\n", "the account 'a': fault: give a list of texts"),
        ("a: {token: t, fault: [nonsense]}\n", "the account 'a': Fault 'nonsense'"),
        ("a: example-token\n", "The account 'a' has a token of the account without a name"),
        ("a: t\nb: {smartflo_token: t}\n", "The account 'b' has a token of the account 'a'"),
    ],
)
def test_a_wrong_file_is_refused_at_its_place(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "accounts.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SandboxError) as refused:
        owners_of({"": Settings(), **{n: a.settings for n, a in named_accounts((), file, Settings(), ()).items()}})
    assert said in str(refused.value).replace(str(file), "")


def test_a_wrong_text_is_refused_without_its_token(tmp_path: Path) -> None:
    for given in (["a=t", "a=secret"], ["=secret"], ["a b=secret"], ["a="], ["secret"]):
        with pytest.raises(SandboxError) as refused:
            named_accounts(given, None, Settings(), ())
        assert "=secret" not in str(refused.value)
    with pytest.raises(SandboxError, match=r"accounts in .*none\.yaml cannot be read"):
        named_accounts((), tmp_path / "none.yaml", Settings(), ())


def test_the_command_line_says_what_is_wrong_before_it_starts(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "start", "--port", "0", "--db", str(tmp_path / "sandbox.db")]
    accounts = ["--account", "a=canary-token", "--account", "b=canary-token"]
    result = subprocess.run([*command, *accounts], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: The account 'b' has a token of the account 'a'")
    assert "canary" not in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("token", ["", "a.b", "a.!.c", "a.bm8.c", "a.W10.c", "a.eyJzdWIiOjF9.c", "é.é.é"])
def test_what_is_no_token_of_a_login_has_no_login_id(token: str) -> None:
    assert subject_of(token) is None
