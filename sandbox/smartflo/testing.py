"""The sibling's account for tests: what `Sandbox.smartflo` offers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import httpx

from sandbox.smartflo.settings import PREFIX

Call = Callable[..., Any]


class SmartfloSide:
    """The sibling's account of a running sandbox. Faults and requests are those of the sandbox itself.

    Attributes:
        token: an accepted token.
    """

    def __init__(self, call: Call, client: Callable[[str], httpx.Client], token: str) -> None:
        self._admin = call
        self._client = client
        self.token = token

    def client(self, header: str | None = None) -> httpx.Client:
        """A plain HTTP client with an accepted token, or with another `Authorization`. Close it after use."""
        return self._client(self.token if header is None else header)

    def settings(self, **changes: object) -> dict[str, Any]:
        """Change settings (`sandbox.smartflo.settings`, without the prefix) and return all of the sandbox's."""
        return dict(self._admin("POST", "/settings", {f"{PREFIX}{name}": value for name, value in changes.items()}))

    def users(self) -> list[dict[str, Any]]:
        """All users with all that is stored of them, by the names of `POST /v1/user`.

        Besides these: `id`, `eid`, `legacy_id`, `agent_name`, `intercom`, `blocked`, `disabled`.
        """
        return list(self._call("GET", "/users"))

    def add_user(self, number: str | None = None, **fields: object) -> dict[str, Any]:
        """Add a user as if in the panel, and return all that is stored of it."""
        return dict(self._call("POST", "/users", {"number": number, **fields}))

    def edit_user(self, user_id: int, **fields: object) -> dict[str, Any]:
        """Change a user as if in the panel, and return all that is stored of it."""
        return dict(self._call("PATCH", f"/users/{user_id}", fields))

    def delete_user(self, user_id: int) -> None:
        """Delete a user with its agent as if in the panel."""
        self._call("DELETE", f"/users/{user_id}")

    def agents(self) -> list[dict[str, Any]]:
        """The agents, as the legacy list shows them."""
        return list(self._call("GET", "/agents"))

    def numbers(self, *numbers: str) -> list[dict[str, Any]]:
        """The account's own numbers, as `GET /v1/my_number` shows them; with arguments, it has these from now on."""
        if numbers:
            self.settings(numbers=list(numbers))
        return list(self._call("GET", "/numbers"))

    def lists(self) -> list[dict[str, Any]]:
        """All lists: `id`, `name`, `description` and `field`, the names of the columns."""
        return list(self._call("GET", "/lists"))

    def add_list(
        self,
        name: str,
        fields: Iterable[str] | None = None,
        description: str | None = None,
        list_id: int | None = None,
    ) -> int:
        """Add a list as if in the panel, and return its id: a new one, or the given one, which no list must have."""
        columns = None if fields is None else list(fields)
        content = {"name": name, "description": description, "field": columns, "id": list_id}
        return int(self._call("POST", "/lists", content)["id"])

    def delete_list(self, list_id: int) -> None:
        """Delete a list with its leads as if in the panel."""
        self._call("DELETE", f"/lists/{list_id}")

    def leads(self, list_id: int | str) -> list[dict[str, Any]]:
        """The leads of a list: `lead_id`, `phone` (digits) and `fields`, the columns that are set."""
        return list(self._call("GET", f"/leads/{list_id}"))

    def add_lead(self, list_id: int | str, number: str, **columns: str) -> None:
        """Add a lead as if in the panel, whether or not the list has its number.

        For example `add_lead(50001, "+12025550101", field_1="Ada")`.
        """
        self.add_leads(list_id, [{"field_0": number, **columns}])

    def add_leads(self, list_id: int | str, rows: Iterable[Mapping[str, str]]) -> None:
        """Add many leads as if in the panel, each with its number in `field_0`."""
        self._call("POST", f"/leads/{list_id}", {"data": [dict(row) for row in rows]})

    def edit_lead(self, lead_id: str, **columns: str) -> dict[str, Any]:
        """Change columns of a lead as if in the panel, and return it."""
        return dict(self._call("PATCH", f"/lead/{lead_id}", columns))

    def delete_lead(self, lead_id: str) -> None:
        """Delete a lead as if in the panel."""
        self._call("DELETE", f"/lead/{lead_id}")

    def batches(self) -> list[dict[str, Any]]:
        """All bulk writes, in order: `batch_id`, `list_id`, `act`, `state`, `rows`, `done` and `refused`."""
        return list(self._call("GET", "/batches"))

    def end_batches(self) -> None:
        """End all batches now. Those that wait or hang are carried out as a whole."""
        self._call("DELETE", "/batches")

    def end_logins(self) -> None:
        """End the tokens of all logins, and lift the lock that refused ones brought."""
        self._call("DELETE", "/logins")

    def _call(self, method: str, path: str, content: object = None) -> Any:
        return self._admin(method, f"/smartflo{path}", content)
