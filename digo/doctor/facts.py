"""The facts that the checks are about. Each is gathered once, when the first check asks for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from digo.api.access import Access
from digo.api.login import Login
from digo.desired import Desired, load_environment
from digo.doctor.account import Reads, read_account
from digo.doctor.check import Skipped
from digo.doctor.endpoint import Certificate, EndpointRoute, certificate_of, route_to
from digo.doctor.fleet import files_of_variables
from digo.doctor.machine import GitFacts, PrivateFiles, ask_git, env_files
from digo.lists.key import LedgerKey
from digo.project.backend import BACKEND_VARIABLE, folder_of, is_folder
from digo.project.failure import ProjectFailure
from digo.project.locks import LockHolder, lock_holders, locks_folder
from digo.project.passphrase import PASSPHRASE_FILE_VARIABLE, crypter_of, passphrase_from_environment
from digo.project.project_file import ProjectFile
from digo.project.stack_choice import StackChoice
from digo.project.stack_file import StackFile, load_stack_file
from digo.settings.login import PASSWORD_FILE_VARIABLE, find_credentials
from digo.settings.namespace import NAMESPACE
from digo.settings.profiles import Ability, Subject
from digo.settings.secrets import Secret, find_secret
from digo.settings.stack_settings import Settings
from digo.stack import Stack
from digo.state.last_up import LastUp
from digo.system.loopback import LOOPBACK

T = TypeVar("T")

_NO_TOKEN = "none: only the other settings are read"


class Engine(Protocol):
    """The engine that keeps the state."""

    @property
    def name(self) -> str:
        """The command that the user types."""

    @property
    def backend(self) -> str:
        """Where the state is, for messages."""

    @property
    def backend_url(self) -> str:
        """The backend's address; "" if it is the one that pulumi is logged in to."""

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment variables that its commands get."""

    def version(self) -> str:
        """Its version."""

    def stacks(self) -> list[str]:
        """The project's stacks in the backend."""

    def state(self) -> Mapping[str, Any] | None:
        """The stack's deployment; None if there is no such stack."""


class Fact(Generic[T]):
    """A fact that is gathered once. A failure to gather it is one, too."""

    def __init__(self, check: str, gather: Callable[[], T]) -> None:
        """`check` is the check that reports the failure."""
        self._check = check
        self._gather = gather
        self._found: list[T] = []
        self._problem: Exception | None = None

    def get(self) -> T:
        """The fact, for the check that reports a failure. It raises what gathering it raises."""
        if self._problem is not None:
            raise self._problem
        if not self._found:
            try:
                self._found.append(self._gather())
            except Exception as problem:
                self._problem = problem
                raise
        return self._found[0]

    def need(self) -> T:
        """The fact, for every other check.

        Raises:
            Skipped: it could not be gathered.
        """
        try:
            return self.get()
        except Skipped:
            raise
        except Exception:
            raise Skipped(f"`{self._check}` failed") from None

    def or_none(self) -> T | None:
        """The fact; None if it could not be gathered."""
        try:
            return self.get()
        except Exception:
            return None


@dataclass(frozen=True)
class Invocation:
    """What the command line knows. Each function may raise.

    Attributes:
        project: reads Pulumi.yaml.
        choice: which stack is meant.
        engine: its engine.
        stack: the stack with its config.
        start: the folder that relative addresses of the backend count from.
        environ: the environment variables.
        offline: whether nothing may be asked over the network.
    """

    project: Callable[[], ProjectFile]
    choice: Callable[[], StackChoice]
    engine: Callable[[], Engine]
    stack: Callable[[], Stack]
    start: Path
    environ: Mapping[str, str] = field(repr=False)
    offline: bool = False


class Facts:
    """All facts of one invocation."""

    def __init__(self, given: Invocation) -> None:
        self.given = given
        self.project: Fact[ProjectFile] = Fact("project", given.project)
        self.choice: Fact[StackChoice] = Fact("stack", self._choice)
        self.engine: Fact[Engine] = Fact("engine", self._engine)
        self.stack: Fact[Stack] = Fact("stack", self._stack)
        self.stack_file: Fact[StackFile] = Fact("stack", self._stack_file)
        self.desired: Fact[Desired] = Fact("config", self._desired)
        self.settings: Fact[Settings] = Fact("settings", self._settings)
        self.token: Fact[Secret | None] = Fact("token", self._token)
        self.login: Fact[Login | None] = Fact("token", self._login)
        self.access: Fact[Access] = Fact("token", self._access)
        self.stacks: Fact[list[str]] = Fact("backend", self._stacks)
        self.state: Fact[Mapping[str, Any]] = Fact("state", self._state)
        self.last_up: Fact[LastUp] = Fact("state", lambda: LastUp.from_deployment(self.state.need()))
        self.holders: Fact[list[LockHolder]] = Fact("lock", self._holders)
        self.route: Fact[EndpointRoute] = Fact("endpoint", self._route)
        self.certificate: Fact[Certificate] = Fact("tls", lambda: certificate_of(self.route.need()))
        self.reads: Fact[Reads] = Fact("answer", self._reads)
        self.key: Fact[LedgerKey | None] = Fact("ledger-key", lambda: self.stack.need().ledger_key())
        self.private_files: Fact[PrivateFiles] = Fact("project", self._private_files)
        self.git: Fact[GitFacts] = Fact("git", lambda: ask_git(self.private_files.need()))

    def _choice(self) -> StackChoice:
        self.project.need()
        return self.given.choice()

    def _engine(self) -> Engine:
        self.choice.need()
        return self.given.engine()

    def _stack(self) -> Stack:
        self.choice.need()
        return self.given.stack()

    def _stack_file(self) -> StackFile:
        project = self.project.need()
        return load_stack_file(project.stack_file(self.choice.need().name), project.name)

    def _desired(self) -> Desired:
        stack = self.stack.need()
        return load_environment(stack.folder, stack.root)

    def _settings(self) -> Settings:
        """The settings; the token is another fact, so that one lacking thing hides no other."""
        stack = self.stack.need()
        return replace(stack, environ={**stack.environ, "DIGO_AUTHORIZATION": _NO_TOKEN}).settings

    def _token(self) -> Secret | None:
        stack, name = self.stack.need(), "authorization"
        plain = stack.source.is_plain(f"{NAMESPACE}:{name}")
        return find_secret(name, stack.config, stack.environ, stack.root, plain=plain)

    def _login(self) -> Login | None:
        """The login, where there is no token; None where there is one, or neither."""
        stack, profile = self.stack.need(), self.settings.need().profile
        if self.token.get() is not None or not profile.can(Ability.CREATE, Subject.TOKEN):
            return None
        plain = stack.source.is_plain(f"{NAMESPACE}:loginPassword")
        if find_credentials(stack.config, stack.environ, stack.root, plain=plain) is None:
            return None
        return stack.settings.access.login

    def _access(self) -> Access:
        settings, token, login = self.settings.need(), self.token.need(), self.login.need()
        if login is not None:
            return replace(settings.access, authorization="", login=login)
        if token is None:
            raise Skipped("there is no token")
        return replace(settings.access, authorization=settings.scheme.header(token.text))

    def _stacks(self) -> list[str]:
        engine = self.engine.need()
        if self.given.offline and not is_folder(engine.backend_url):
            raise Skipped("--offline")
        return engine.stacks()

    def _state(self) -> Mapping[str, Any]:
        name = self.choice.need().name
        if name not in self.stacks.need():
            raise Skipped(f"the backend has no stack {name}")
        self._require_passphrase()
        deployment = self.engine.need().state()
        return {} if deployment is None else deployment

    def _require_passphrase(self) -> None:
        """Raises `Skipped` if the passphrase does not open the stack: its own check says so."""
        file = self.stack_file.need()
        if file.secrets_provider not in ("", "passphrase"):
            return
        try:
            passphrase = self.passphrase()
            if passphrase is not None and file.encryption_salt:
                crypter_of(passphrase, file.encryption_salt)
        except ProjectFailure:
            raise Skipped("`passphrase` failed") from None
        if passphrase is None:
            raise Skipped("`passphrase` failed")

    def _holders(self) -> list[LockHolder]:
        url, name = self.engine.need().backend_url, self.choice.need().name
        if not is_folder(url):
            raise Skipped("only the pulumi CLI sees the locks of this backend")
        return lock_holders(locks_folder(folder_of(url, self.given.start), self.project.need().name, name))

    def _route(self) -> EndpointRoute:
        settings = self.settings.need()
        if self.given.offline:
            raise Skipped("--offline")
        return route_to(settings.access)

    def _reads(self) -> Reads:
        route, access = self.route.need(), self.access.need()
        if route.problem:
            raise Skipped("`endpoint` failed")
        certificate = self.certificate.or_none()
        if route.encrypted and route.proxy is None and (certificate is None or certificate.problem):
            raise Skipped("`tls` failed")
        return read_account(self.settings.need(), access)

    def passphrase(self) -> str | None:
        """The passphrase as the engine gets it.

        Raises:
            PassphraseMissing: its file cannot be read.
        """
        return passphrase_from_environment(self.engine.need().variables)

    @property
    def loopback(self) -> bool:
        """Whether the endpoint is on this machine: then its token opens nothing of worth."""
        settings = self.settings.or_none()
        return settings is not None and any(f"//{host}" in settings.access.endpoint for host in LOOPBACK)

    def _private_files(self) -> PrivateFiles:
        root, environ = self.project.need().root, self.given.environ
        stack, engine = self.stack.or_none(), self.engine.or_none()
        secrets = dict.fromkeys(env_files(root), "secrets of the environment")

        def config(key: str) -> str | None:
            try:
                return None if stack is None else stack.config(key)
            except Exception:  # what is wrong with the config, the check `stack` or `settings` says
                return None

        token = environ.get("DIGO_AUTHORIZATION_FILE") or config("authorizationFile")
        if token and not self.loopback:
            secrets[root / token] = "the token"
        password = environ.get(PASSWORD_FILE_VARIABLE) or config("loginPasswordFile")
        if password and not self.loopback:
            secrets[root / password] = "the login's password"
        if key := environ.get("DIGO_LEDGER_KEY_FILE") or config("ledgerKeyFile"):
            secrets[root / key] = "the ledger key"
        if (choice := self.choice.or_none()) is not None and not self.loopback:
            own = files_of_variables(self.project.need(), choice.name)
            secrets.update(dict.fromkeys(own, "the variables of the stack"))
        if passphrase := environ.get(PASSPHRASE_FILE_VARIABLE):
            secrets[Path(passphrase).absolute()] = "the passphrase"
        folders = [root / ".digo"]
        url = engine.backend_url if engine is not None else environ.get(BACKEND_VARIABLE, "")
        if is_folder(url):
            folders.append(folder_of(url, self.given.start))
        return PrivateFiles(root, {Path(os.path.normpath(path)): what for path, what in secrets.items()}, folders)
