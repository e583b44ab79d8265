"""Runs the checks in order. Whatever one of them raises is its own result, and prevents no other."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from digo.api.errors import ApiError
from digo.api.jwt import begins_with_bearer
from digo.doctor import installation
from digo.doctor.account import Read, check_answer, check_clock, check_list
from digo.doctor.check import Result, Skipped, error, warning
from digo.doctor.check import Status as Status
from digo.doctor.endpoint import check_endpoint, check_tls
from digo.doctor.facts import Facts
from digo.doctor.fleet import check_fleet
from digo.doctor.machine import check_files, check_git
from digo.doctor.project import check_config, check_project, check_settings, check_stack
from digo.doctor.state import check_backend, check_lock, check_passphrase, check_state
from digo.doctor.stores import answering_store, check_ledger_key, check_pace
from digo.doctor.token import check_login, check_scheme, check_token
from digo.project.backend import BACKEND_VARIABLE
from digo.project.earlier_runs import earlier_run_signs
from digo.settings.failure import SettingsError
from digo.settings.login import HOW_TO_LOG_IN
from digo.settings.profiles import Ability, Subject
from digo.settings.sandbox_port import sandbox_elsewhere
from digo.source.problems import ConfigError
from digo.text.counts import counted
from digo.text.redact import Redactor

_NEXT = "\n  Next: "


@dataclass(frozen=True)
class Check:
    """One check with its result. `name` is stable; `asks` is what the check is about."""

    name: str
    asks: str
    result: Result


def _python(_facts: Facts) -> Result:
    return installation.check_python(tuple(sys.version_info[:3]), sys.executable)


def _packages(_facts: Facts) -> Result:
    return installation.check_packages(installation.installed_packages())


def _engine(facts: Facts) -> Result:
    engine = facts.engine.get()
    return installation.check_engine(engine.name, engine.version())


def _project(facts: Facts) -> Result:
    return check_project(facts.project.get(), has_pulumi=shutil.which("pulumi") is not None)


def _stack(facts: Facts) -> Result:
    choice, file, stack = facts.choice.get(), facts.stack_file.get(), facts.stack.get()
    return check_stack(choice, file.path, stack.root)


def _config(facts: Facts) -> Result:
    desired, stack = facts.desired.get(), facts.stack.need()
    return check_config(desired, stack.folder, stack.root)


def _settings(facts: Facts) -> Result:
    return check_settings(facts.settings.get())


def _backend(facts: Facts) -> Result:
    engine, project, name = facts.engine.need(), facts.project.need(), facts.choice.need().name
    stacks, file = facts.stacks.get(), facts.stack_file.need()
    signs = earlier_run_signs(project.root, name, file.path, salted=bool(file.encryption_salt))
    source = BACKEND_VARIABLE if facts.given.environ.get(BACKEND_VARIABLE) else "the default"
    if project.backend_url and source != BACKEND_VARIABLE:
        source = project.path.name
    return check_backend(engine.backend, source, name, stacks, signs)


def _passphrase(facts: Facts) -> Result:
    file = facts.stack_file.need()
    if file.secrets_provider not in ("", "passphrase"):
        raise Skipped(f"the stack's secrets are kept with {file.secrets_provider.partition(':')[0]}")
    return check_passphrase(facts.passphrase(), file.encryption_salt)


def _state(facts: Facts) -> Result:
    deployment, applied = facts.state.get(), facts.last_up.get()
    settings = facts.settings.or_none()
    return check_state(deployment, applied, None if settings is None else settings.access.endpoint)


def _lock(facts: Facts) -> Result:
    return check_lock(facts.holders.get())


def _token(facts: Facts) -> Result:
    settings, token, login = facts.settings.need(), facts.token.get(), facts.login.get()
    now = datetime.now(timezone.utc)
    if token is not None:
        return check_token(token.source, token.text, now)
    if login is not None:
        return check_login(login.credentials, login.known(), login.refusal(), now)
    more = f", or {HOW_TO_LOG_IN}" if settings.profile.can(Ability.CREATE, Subject.TOKEN) else ""
    return error(
        "none",
        "nothing can be read from the account, so nothing can be planned",
        f"set DIGO_AUTHORIZATION, or DIGO_AUTHORIZATION_FILE to a file that has it{more}",
    )


def _endpoint(facts: Facts) -> Result:
    route, project, settings = facts.route.get(), facts.project.need(), facts.settings.need()
    return check_endpoint(route, sandbox_elsewhere(project.root, settings.access), settings.access.account)


def _tls(facts: Facts) -> Result:
    return check_tls(facts.certificate.get(), datetime.now(timezone.utc))


def _answer(facts: Facts) -> Result:
    return check_answer(facts.reads.get().first, local=facts.loopback)


def _scheme(facts: Facts) -> Result:
    reads, access, settings = facts.reads.need(), facts.access.need(), facts.settings.need()
    if reads.first.status is None or not (reads.first.refused or reads.first.agents is not None):
        raise Skipped("`answer` failed")
    other = reads.other
    accepted = None if other is None or not _says(other) else not other.refused
    bare = not begins_with_bearer(access.current_authorization)
    return check_scheme(accepted=not reads.first.refused, other_accepted=accepted, scheme=settings.scheme, bare=bare)


def _says(read: Read) -> bool:
    """Whether a read says if the token is accepted."""
    return read.refused or read.agents is not None


def _clock(facts: Facts) -> Result:
    first = facts.reads.need().first
    result = check_clock(first)
    if result is None:
        raise Skipped("`answer` failed" if first.status is None else "the reply does not say the time")
    return result


def _list(facts: Facts) -> Result:
    reads = facts.reads.need()
    agents = reads.agents
    if agents is None:
        raise Skipped("`scheme` failed" if reads.first.refused else "`answer` failed")
    applied = facts.last_up.or_none()
    return check_list(agents, 0 if applied is None else len(applied.agents))


def _pace(facts: Facts) -> Result:
    settings = facts.settings.need()
    return check_pace(answering_store(settings.pace_store, offline=facts.given.offline), settings.cps)


def _ledger_key(facts: Facts) -> Result:
    desired, applied = facts.desired.or_none(), facts.last_up.or_none()
    lists = [] if desired is None else [one.key for one in desired.lists]
    try:
        key = facts.key.get()
    except SettingsError as problem:
        if lists or desired is None:
            raise
        return warning("; ".join(problem.problems), "no list from files needs it yet", "set it right before one does")
    last = applied.summary.ledger_key if applied is not None and applied.summary is not None else ""
    return check_ledger_key(key, lists, last)


def _files(facts: Facts) -> Result:
    return check_files(facts.private_files.get())


def _git(facts: Facts) -> Result:
    return check_git(facts.git.get())


def _fleet(facts: Facts) -> Result:
    choice = facts.choice.or_none()
    return check_fleet(facts.project.need(), None if choice is None else choice.name, facts.given.environ)


CHECKS: Mapping[str, tuple[str, Callable[[Facts], Result]]] = {
    "python": ("this Python is in the support matrix", _python),
    "packages": ("its packages are, too", _packages),
    "project": ("Pulumi.yaml names a Python program whose parts are there", _project),
    "stack": ("the stack is known, and who named it", _stack),
    "engine": ("which engine runs, and why", _engine),
    "config": ("config can be read", _config),
    "settings": ("the stack's settings are usable", _settings),
    "fleet": ("fleet.yaml is right, and this machine has what it needs", _fleet),
    "backend": ("the backend answers and has the stack", _backend),
    "passphrase": ("the passphrase is there and opens the stack's salt", _passphrase),
    "state": ("the state can be read, is whole, and is this account's", _state),
    "lock": ("no other run holds the stack's lock", _lock),
    "token": ("there is a token, and a JWT has not ended", _token),
    "endpoint": ("the endpoint's name is known; its proxy", _endpoint),
    "tls": ("its certificate is trusted, and has not ended", _tls),
    "answer": ("it answers as the API does, without a redirect", _answer),
    "scheme": ("the account accepts the token, with `Bearer` or without", _scheme),
    "clock": ("this machine's time is the server's", _clock),
    "list": ("the account's agents: without number, twice, odd spellings", _list),
    "pace": ("the store of the shared pace answers", _pace),
    "ledger-key": ("lists from files have the key of the last up", _ledger_key),
    "files": ("nobody else can read secrets or change the state", _files),
    "git": ("Git ignores secrets, state and journals, and has none", _git),
}
"""All checks by name, in order, each with what it asks. The names are stable: `--json` has them."""


def examine(facts: Facts) -> Iterator[Check]:
    """Runs the checks one after the other."""
    for name, (asks, run) in CHECKS.items():
        result = _result(run, facts)
        yield Check(name, asks, _clean(result, facts))


def _result(run: Callable[[Facts], Result], facts: Facts) -> Result:
    try:
        return run(facts)
    except Skipped as reason:
        return Result(Status.SKIPPED, str(reason))
    except ApiError as problem:
        return error(problem.what, "nothing can be read from the account this way", problem.next_step)
    except ConfigError as problem:
        found = f"{counted(len(problem.problems), 'problem')}: {problem.problems[0]}"
        return error(found, "validate, plan, preview and up refuse to go on", "`digo validate` lists all of them")
    except SettingsError as problem:
        return error(
            "; ".join(problem.problems), "every command that needs it refuses to go on", "set what is named here"
        )
    except Exception as problem:
        return _unforeseen(problem)


def _unforeseen(problem: Exception) -> Result:
    """The result of an error without a class of its own here. Its text may have a next step."""
    text = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
    if isinstance(problem, OSError) and problem.filename:
        text = f"{problem.filename}: {text}"
    if type(problem).__module__ == "builtins" and not isinstance(problem, OSError):
        text = f"{type(problem).__name__}: {text}"
    found, _, step = text.partition(_NEXT)
    lines = " ".join(found.split())
    return error(lines, "this check could not be made", step or "correct what is named here, and run it again")


def _clean(result: Result, facts: Facts) -> Result:
    """The result without the token and without full phone numbers."""
    token = facts.token.or_none()
    redact = facts.access.need().redactor if facts.access.or_none() is not None else Redactor()
    if token is not None:
        redact = redact.also([token.text])
    return Result(result.status, redact(result.found), redact(result.meaning), redact(result.next_step))
