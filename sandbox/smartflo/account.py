"""What the calls of the sibling's account read and change."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.calls import Calls
from sandbox.operations import Account
from sandbox.reply import Reply
from sandbox.settings import Settings
from sandbox.smartflo.batches import Batches
from sandbox.smartflo.broadcast_leads import BroadcastLeads
from sandbox.smartflo.broadcast_lists import BroadcastLists
from sandbox.smartflo.sessions import Sessions
from sandbox.smartflo.user_shapes import own_numbers
from sandbox.smartflo.users import Users


@dataclass(frozen=True, slots=True)
class SmartfloAccount(Account):
    """One account of the sibling. The calls that both products have find their parts under the same names."""

    users: Users
    lists: BroadcastLists
    rows: BroadcastLeads
    batches: Batches
    sessions: Sessions

    @classmethod
    def open(cls, connection: sqlite3.Connection, calls: Calls, settings: Settings) -> "SmartfloAccount":
        """The account in a database, with the behaviour of `settings`."""
        # The calls that both products have look at the settings without prefix.
        shared = settings.model_copy(update={"duplicates": settings.smartflo_duplicates, "lists": None})
        users, rows = Users(connection, own_numbers(settings)), BroadcastLeads(connection)
        lists, batches = BroadcastLists(connection), Batches(connection, rows, settings)
        return cls(users, rows, calls, shared, users, lists, rows, batches, Sessions(connection, settings))

    def clear(self) -> None:
        """Empty the account and start all numbering anew."""
        self.users.clear()
        self.rows.clear()
        self.lists.clear()
        self.batches.clear()
        self.sessions.clear()
        self.calls.clear()


Handler = Callable[[SmartfloAccount, Mapping[str, str], Any], Reply]
