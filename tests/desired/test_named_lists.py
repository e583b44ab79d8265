"""Lists that config names in place of their id."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.desired.broadcast_lists import with_list_ids
from tests.desired.environments import load, problems

LEADS = "    leads: [{phone: '+1 202 555 0150', otp: '1'}]\n"
NAMED = f"lists:\n  otp:\n    name: Codes\n    columns: {{otp: field_5, phone: field_0, name: field_12}}\n{LEADS}"


def test_a_named_list_is_an_object_with_its_columns_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    (found,) = load(tmp_path, {"lists.yaml": NAMED}).broadcast_lists
    assert (found.key, found.name, found.description) == ("otp", "Codes", "")
    assert found.fields == ("field_0", "field_5", "field_12")
    assert str(found.position) == "lists.yaml:3:11"


def test_its_leads_have_no_id_until_the_account_has_shown_it(tmp_path: Path) -> None:
    desired = load(tmp_path, {"lists.yaml": NAMED})
    (lead,) = desired.leads
    assert (lead.list_id, lead.list_name) == ("", "Codes")
    (lead,) = with_list_ids(desired, {"otp": "4711"}).leads
    assert lead.list_id == "4711"
    assert with_list_ids(desired, {}) is desired


def test_the_rows_of_a_file_have_no_id_either(tmp_path: Path) -> None:
    text = "lists:\n  otp: {name: Codes, source: otp.csv}\n"
    desired = load(tmp_path, {"lists.yaml": text, "otp.csv": "phone\n+12025550150\n"})
    (wanted,) = desired.lists
    assert (wanted.list_id, wanted.list_name, wanted.source.named) == ("", "Codes", True)
    (wanted,) = with_list_ids(desired, {"otp": "4711"}).lists
    assert wanted.list_id == "4711"


def test_a_list_with_an_id_stays_as_it_is(tmp_path: Path) -> None:
    desired = load(
        tmp_path,
        {"lists.yaml": f"lists:\n  otp:\n    id: 4711\n    columns: {{phone: field_0, otp: field_1}}\n{LEADS}"},
    )
    assert desired.broadcast_lists == ()
    (lead,) = with_list_ids(desired, {"otp": "1"}).leads
    assert (lead.list_id, lead.list_name) == ("4711", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "lists:\n  otp: {id: 4711, name: Codes}\n",
            [
                "lists.yaml:2:19: lists.otp.name: a list has an `id` or a `name`, not both (the `id` is at "
                "lists.yaml:2:13): a list with an `id` was made in the panel, a list with a `name` is adopted by its "
                "name or created"
            ],
        ),
        ("lists:\n  otp: {name: }\n", ["lists.yaml:2:15: lists.otp.name: it has no value"]),
        ("lists:\n  otp: {name: ' '}\n", ["lists.yaml:2:15: lists.otp.name: a name cannot be empty"]),
        (
            "lists:\n  otp: {id: 1, description: d}\n",
            ["lists.yaml:2:16: lists.otp.description: it means something only beside a `name`"],
        ),
        (
            "lists:\n  a: {name: Codes}\n  b: {name: Codes}\n",
            ["lists.yaml:3:13: lists.b.name: `a` has the same name; it is already at lists.yaml:2:13"],
        ),
    ],
)
def test_lists_yaml(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert problems(tmp_path, {"lists.yaml": text}) == expected
