"""`/_sandbox` and `/_sandbox/accounts/NAME`: one set of calls, for whichever account the path names."""

import re

from starlette.types import Receive, Scope, Send

from sandbox.accounts import NAMELESS, Accounts
from sandbox.admin import Admin
from sandbox.admin_body import REACHED, JSONResponse, Reached
from sandbox.errors import SandboxError

_OF_ACCOUNT = re.compile(r"/_sandbox/accounts/(?P<name>[^/]+)(?P<rest>/.*)")


class AdminApi:
    """All calls below `/_sandbox`: finds the account that the path names, and its endpoint."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._application = Admin.application()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; its path has no doubled slashes."""
        named = _OF_ACCOUNT.match(scope["path"])
        name = named["name"] if named else NAMELESS
        path = f"/_sandbox{named['rest']}" if named else scope["path"]
        try:
            reached = Reached(self._accounts.account(name), self._accounts.file_of(name), self._accounts.names)
        except KeyError:
            await JSONResponse({"error": f"no account has the name {name!r}"}, 404)(scope, receive, send)
        except SandboxError as error:
            await JSONResponse({"error": str(error)}, 422)(scope, receive, send)
        else:
            await self._application({**scope, "path": path, REACHED: reached}, receive, send)
