"""Which stacks are on one account."""

from __future__ import annotations

from collections.abc import Sequence

from digo.api.access import Access
from digo.fleet.plan.account_groups import account_groups


class Resolver:
    def __init__(self, **addresses: Sequence[str]) -> None:
        self.addresses = addresses
        self.asked: list[str] = []

    def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.addresses:
            raise OSError(host)
        return self.addresses[host]


def access(host: str, token: str) -> Access:
    return Access(f"https://{host}/", token)


def test_what_has_a_key_in_common_is_one_account() -> None:
    resolve = Resolver(**{"a.example.com": ["192.0.2.1"], "b.example.com": ["192.0.2.1"], "d.example.com": []})
    groups = account_groups(
        {
            "z": access("a.example.com", "1"),
            "a": access("a.example.com.", "2"),  # the same host
            "b": access("b.example.com", "3"),  # another name of its address
            "c": access("c.example.com", "4"),
            "d": access("d.example.com", "4"),  # the same token behind another name
            "e": access("e.example.com", "5"),
        },
        resolve,
    )
    assert groups == {"z": "a", "a": "a", "b": "a", "c": "c", "d": "c", "e": "e"}


def test_a_stack_links_two_accounts() -> None:
    resolve = Resolver()
    linked = {"a": access("a.example.com", "1"), "b": access("b.example.com", "2"), "c": access("a.example.com", "2")}
    assert account_groups(linked, resolve) == {"a": "a", "b": "a", "c": "a"}
    assert account_groups({name: linked[name] for name in "ab"}, resolve) == {"a": "a", "b": "b"}
    assert account_groups({}, resolve) == {}


def test_each_name_is_asked_for_once_answered_or_not() -> None:
    resolve = Resolver(**{"a.example.com": ["192.0.2.1"]})
    names = ["a.example.com", "unknown.example.com"]
    account_groups({f"{host} {number}": access(host, str(number)) for host in names for number in range(5)}, resolve)
    assert sorted(resolve.asked) == names
