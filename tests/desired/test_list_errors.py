"""What is wrong with lists.yaml: lists, columns and leads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desired.environments import problems

TABLE = {
    "list id missing": (
        "lists:\n  otp: {}\n",
        ["lists.yaml:2:3: lists.otp.id: is missing"],
    ),
    "list id bad": (
        "lists:\n  otp: {id: a/b}\n",
        ["lists.yaml:2:13: lists.otp.id: a list id has letters, digits, `_` and `-` only"],
    ),
    "list id null": (
        "lists:\n  otp: {id: }\n",
        ["lists.yaml:2:13: lists.otp.id: it has no value"],
    ),
    "columns null": (
        "lists:\n  otp:\n    id: 4711\n    columns:\n",
        ["lists.yaml:4:13: lists.otp.columns: has no value"],
    ),
    "columns list": (
        "lists:\n  otp:\n    id: 4711\n    columns: [a]\n",
        [
            "lists.yaml:4:14: lists.otp.columns: a mapping is due here, not a list; its entries have keys in "
            "place of `- `"
        ],
    ),
    "column name": (
        "lists:\n  otp:\n    id: 4711\n    columns: {phone: field_0, otp: column5}\n",
        ["lists.yaml:4:36: lists.otp.columns.otp: the API's columns are called field_0, field_1, field_2 …"],
    ),
    "column number": (
        "lists:\n  otp:\n    id: 4711\n    columns: {phone: field_0, otp: 5}\n",
        ["lists.yaml:4:36: lists.otp.columns.otp: the API's columns are called field_0, field_1, field_2 …"],
    ),
    "column leading zero": (
        "lists:\n  otp:\n    id: 4711\n    columns: {phone: field_0, otp: field_05}\n",
        ["lists.yaml:4:36: lists.otp.columns.otp: the API's columns are called field_0, field_1, field_2 …"],
    ),
    "column bad key": (
        'lists:\n  otp:\n    id: 4711\n    columns: {phone: field_0, "a::b": field_1}\n',
        [
            "lists.yaml:4:31: lists.otp.columns.a::b: a key names a Pulumi resource: it can have "
            "neither `::` nor control characters"
        ],
    ),
    "no phone col": (
        "lists:\n  otp:\n    id: 4711\n    columns: {otp: field_5}\n",
        ["lists.yaml:4:5: lists.otp.columns: no column is field_0, the phone; write for example `phone: field_0`"],
    ),
    "two cols same": (
        "lists:\n  otp:\n    id: 4711\n    columns: {phone: field_0, a: field_1, b: field_1}\n",
        ["lists.yaml:4:46: lists.otp.columns.b: `a` is field_1 already"],
    ),
    "two phones": (
        "lists:\n  otp:\n    id: 4711\n    columns: {phone: field_0, mobile: field_0}\n",
        ["lists.yaml:4:39: lists.otp.columns.mobile: `phone` is field_0 already"],
    ),
    "swapped": (
        "lists:\n  otp:\n    id: 4711\n    columns: {phone: field_0, field_1: field_2}\n",
        [
            "lists.yaml:4:31: lists.otp.columns.field_1: a column called like an API field can only be "
            "that field, not field_2"
        ],
    ),
    "leads null": (
        "lists:\n  otp:\n    id: 4711\n    leads:\n",
        ["lists.yaml:4:11: lists.otp.leads: has no value"],
    ),
    "leads map": (
        "lists:\n  otp:\n    id: 4711\n    leads: {a: 1}\n",
        [
            "lists.yaml:4:12: lists.otp.leads: a list is due here, not a mapping; each of its items begins with "
            "`- `, or all of them are in `[…]`"
        ],
    ),
    "lead text": (
        "lists:\n  otp:\n    id: 4711\n    leads: [x]\n",
        ["lists.yaml:4:13: lists.otp.leads.0: a mapping is due here, not a text"],
    ),
    "lead null": (
        "lists:\n  otp:\n    id: 4711\n    leads:\n      -\n",
        ["lists.yaml:5:8: lists.otp.leads.0: has no value"],
    ),
    "lead no phone": (
        'lists:\n  otp:\n    id: 4711\n    columns: {phone: field_0, otp: field_5}\n    leads:\n      - {otp: "1"}\n',
        ["lists.yaml:6:9: lists.otp.leads.0.phone: is missing"],
    ),
    "lead unknown near": (
        "lists:\n  otp:\n    id: 4711\n    columns: {phone: field_0, otp: field_5}\n    leads:\n      - "
        '{phone: "+12025550142", opt: "1"}\n',
        ["lists.yaml:6:33: lists.otp.leads.0.opt: unknown column; did you mean `otp`?"],
    ),
    "lead unknown far": (
        'lists:\n  otp:\n    id: 4711\n    leads:\n      - {phone: "+12025550142", zebra: "1"}\n',
        ["lists.yaml:5:33: lists.otp.leads.0.zebra: unknown column; known here: phone and field_N"],
    ),
    "lead column twice": (
        "lists:\n  otp:\n    id: 4711\n    columns: {phone: field_0, otp: field_5}\n    leads:\n      - "
        '{phone: "+12025550142", otp: "1", field_5: "2"}\n',
        ["lists.yaml:6:43: lists.otp.leads.0.field_5: field_5 is in this lead already"],
    ),
    "lead bool": (
        "lists:\n  otp:\n    id: 4711\n    columns: {phone: field_0, otp: field_5}\n    leads:\n      - "
        '{phone: "+12025550142", otp: on}\n',
        ["lists.yaml:6:38: lists.otp.leads.0.otp: YAML reads this as true or false; write it in quotes"],
    ),
    "lead null value": (
        "lists:\n  otp:\n    id: 4711\n    columns: {phone: field_0, otp: field_5}\n    leads:\n      - "
        '{phone: "+12025550142", otp: }\n',
        ["lists.yaml:6:38: lists.otp.leads.0.otp: it has no value"],
    ),
    "lead map value": (
        "lists:\n  otp:\n    id: 4711\n    columns: {phone: field_0, otp: field_5}\n    leads:\n      - "
        '{phone: "+12025550142", otp: {a: 1}}\n',
        ["lists.yaml:6:38: lists.otp.leads.0.otp: a plain text is due here, not a mapping"],
    ),
    "lead phone national": (
        'lists:\n  otp:\n    id: 4711\n    leads:\n      - {phone: "2025550142"}\n',
        [
            "lists.yaml:5:17: lists.otp.leads.0.phone: write it with + and the country code, such as +1 "
            "for the United States or +91 for India"
        ],
    ),
    "lead phone bool": (
        "lists:\n  otp:\n    id: 4711\n    leads:\n      - {phone: yes}\n",
        ["lists.yaml:5:17: lists.otp.leads.0.phone: YAML reads this as true or false; write it in quotes"],
    ),
    "lead phone null": (
        "lists:\n  otp:\n    id: 4711\n    leads:\n      - {phone: }\n",
        ["lists.yaml:5:17: lists.otp.leads.0.phone: it has no value"],
    ),
    "lead phone list": (
        "lists:\n  otp:\n    id: 4711\n    leads:\n      - {phone: [1]}\n",
        ["lists.yaml:5:17: lists.otp.leads.0.phone: a plain text is due here, not a list"],
    ),
    "lead both": (
        "lists:\n  otp:\n    id: 4711\n    columns: {phone: field_0}\n    leads:\n      - {phone: "
        '"+12025550142", field_0: "+12025550143"}\n',
        ["lists.yaml:6:33: lists.otp.leads.0.field_0: field_0 is in this lead already"],
    ),
    "lead dup": (
        'lists:\n  otp:\n    id: 4711\n    leads:\n      - {phone: "+12025550142"}\n      - {phone: "+1 '
        '(202) 555-0142"}\n',
        ["lists.yaml:6:17: lists.otp.leads.1.phone: this number is already at lists.yaml:5:17; a list has a lead once"],
    ),
    "lead huge field": (
        'lists:\n  otp:\n    id: 4711\n    leads:\n      - {phone: "+12025550142", field_01: x, field_1000: y}\n',
        [
            "lists.yaml:5:33: lists.otp.leads.0.field_01: unknown column; known here: phone and field_N",
            "lists.yaml:5:46: lists.otp.leads.0.field_1000: unknown column; known here: phone and field_N",
        ],
    ),
    "list id twice": (
        "lists:\n  a: {id: 1}\n  b: {id: 1}\n",
        ["lists.yaml:3:11: lists.b.id: `a` has the same id; it is already at lists.yaml:2:11"],
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_lists_yaml(tmp_path: Path, name: str) -> None:
    text, expected = TABLE[name]
    assert problems(tmp_path, {"lists.yaml": text}) == expected
