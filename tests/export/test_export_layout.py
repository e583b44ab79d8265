"""Every byte stays that an export does not mean: comments wherever they can stand, line ends, quotes, blank lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from digo.api.models import AgentRecord
from tests.export.export_project import export_into, put, record, wanted

NEW = '{name: "New", follow_me_number: "+12025550109"}'
BLOCK = """\
  new:
    name: "New"
    follow_me_number: "+12025550109"
"""

# What the file says, the account, and what of the text an export replaces by what.
LAYOUTS: dict[str, tuple[str, list[AgentRecord], list[tuple[str, str]]]] = {
    "directive, head and what follows the end": (
        "%YAML 1.2\n# head\n--- # begin\n# more\nagents: # all\n\n  a: # one\n    # name?\n    name: A # why\n"
        "    follow_me_number: +12025550101\n... # end\n# after\n\n",
        [record(1, "B")],
        [("name: A #", 'name: "B" #')],
    ),
    "a flow mapping with comments": (
        "agents: { # all\n  a: {name: A, # why\n      follow_me_number: '+12025550101' # number\n"
        "      , intercom: 1001 # four\n     }, # a\n  # last\n} # end\n",
        [record(1, "B", "1002"), record(9, "New")],
        [("name: A,", 'name: "B",'), ("1001", '"1002"'), ("     }, # a\n", "     },\n  new: " + NEW + ", # a\n")],
    ),
    "a flow mapping without spaces": (
        '{"agents":{"a":{"name":"A","follow_me_number":"+12025550101"}}}',
        [record(1, "B"), record(9, "New")],
        [('"A"', '"B"'), ("}}}", "},\n   new: " + NEW + "}}")],
    ),
    "an intercom that goes, and its comment": (
        "agents:\n  a:\n    name: A\n    intercom: # why\n      1001 # who\n    follow_me_number: '+12025550101'\n",
        [record(1, "A")],
        [("    intercom: # why\n      1001 # who\n", "    # why\n    # who\n")],
    ),
    "an intercom that stands first and goes": (
        "agents:\n  a:\n    intercom: 1001 # i\n    name: A\n    follow_me_number: '+12025550101'\n"
        "  b: {intercom: 1002, name: B, follow_me_number: '+12025550102'}\n",
        [record(1, "A"), record(2, "B")],
        [("    intercom: 1001 # i\n", "    # i\n"), ("1002", "null")],
    ),
    "an intercom that goes from a flow mapping": (
        "agents:\n  a: {name: A, intercom: 1001, follow_me_number: '+12025550101'} # a\n",
        [record(1, "A")],
        [(", intercom: 1001", "")],
    ),
    "an intercom between comments": (
        "agents:\n  a: {name: A, # a\n      intercom: 1001, # i\n      follow_me_number: '+12025550101'}\n",
        [record(1, "A")],
        [("1001", "null")],
    ),
    "the last line has no end": (
        "agents:\n  a:\n    name: A\n    follow_me_number: '+12025550101'\n    intercom: 1001 # i",
        [record(1, "A"), record(9, "New")],
        [("    intercom: 1001 # i", "    # i\n" + BLOCK.rstrip("\n"))],
    ),
    "the last line, which goes, has no end": (
        "agents:\n  a:\n    name: A\n    follow_me_number: '+12025550101'\n    intercom: 1001",
        [record(1, "A")],
        [("\n    intercom: 1001", "")],
    ),
    "nothing yet": (
        "agents: {} # none yet\n# foot\n",
        [record(9, "New")],
        [(" {} # none yet\n", " # none yet\n" + BLOCK)],
    ),
    "nothing yet, in words": (
        "agents: { # none yet\n}\n# foot\n",
        [record(9, "New")],
        [("none yet\n", "none yet\n  new: " + NEW + "\n")],
    ),
    "nothing yet, two lines": ("agents:\n  {}\n", [record(9, "New")], [("{}", "{\n  new: " + NEW + "}")]),
    "nothing yet, with an anchor": ("agents: &all {}", [record(9, "New")], [(" {}", "\n" + BLOCK.rstrip("\n"))]),
    "comments below the last entry": (
        "agents:\n  a:\n    name: A\n    follow_me_number: '+12025550101'\n\n    # more\n  # b:\n\n# foot\n",
        [record(1, "A"), record(9, "New")],
        [("  # b:\n", "  # b:\n" + BLOCK)],
    ),
    "block scalars": (
        "agents:\n  a:\n    name: >- # folded\n      A\n      B\n\n    # number\n"
        "    follow_me_number: |-\n      +1 202 555 0101\n\n# foot\n",
        [record(1, "C"), record(9, "New")],
        [(">- # folded\n      A\n      B", '"C" # folded'), ("0101\n", "0101\n" + BLOCK)],
    ),
    "texts of two lines": (
        "agents:\n  a:\n    name: 'A\n      B'   # quoted\n    follow_me_number: +1 202\n      555 0101 # plain\n",
        [record(1, "C")],
        [("'A\n      B'", '"C"')],
    ),
    "deep indentation, tabs, lists without any": (
        "agents:\n      a:\t# tab\n          name:\tA\t# tab\n          follow_me_number: '+12025550101'\t\n"
        "          formerly:\n          - b # b\n          - c\n\n# foot\n",
        [record(1, "B"), record(9, "New")],
        [
            ("\tA\t", '\t"B"\t'),
            (
                "- c\n",
                '- c\n      new:\n          name: "New"\n          follow_me_number: "+12025550109"\n',
            ),
        ],
    ),
    "keys with question marks": (
        "agents:\n  ? a\n  : name: A\n    follow_me_number: '+12025550101'\n"
        "  ? b # b\n  :\n    ? name\n    : B\n"
        "    ? follow_me_number\n    : '+12025550102'\n    ? intercom\n    : 1001\n",
        [record(1, "C"), record(2, "B"), record(9, "New")],
        [("name: A", 'name: "C"'), ("    : 1001\n", "    : null\n" + BLOCK)],
    ),
    "tags": (
        "agents: !!map\n  a: !!map # a\n    name: !!str # n\n      A\n    follow_me_number: !!str +12025550101\n"
        "    intercom: !!int 1001\n",
        [record(1, "B", "1002")],
        [("!!str # n\n      A", '# n\n      "B"'), ("!!int 1001", '"1002"')],
    ),
    "numbers as they were written": (
        "agents:\n  a: {name: 0x1F, follow_me_number: +1 (202) 555-0101, intercom: 0123}\n"
        "  b: {name: 1_000, follow_me_number: +12025550102, intercom: ~}\n"
        "  c: {name: 2026-01-01, follow_me_number: +12025550103, intercom: 0017}\n",
        [record(1, "0x1F", "123"), record(2, "1_000"), record(3, "C", "0017")],
        [("2026-01-01", '"C"')],
    ),
    "words of truth as keys": (
        "agents:\n  yes: {name: A, follow_me_number: '+12025550101'}\n"
        "  ~: {name: B, follow_me_number: '+12025550102'}\n",
        [record(1, "No"), record(2, "B")],
        [("name: A", 'name: "No"')],
    ),
    "long lines and characters of all kinds": (
        f"agents:\n  a:\n    name: {'lang ' * 60}\u00fc # {'wort ' * 60}\U0001f600\n"
        "    follow_me_number: '+12025550101'\n",
        [record(1, "\U0001f3a7 " + "x" * 500)],
        [("lang " * 60 + "\u00fc", f'"\U0001f3a7 {"x" * 500}"')],
    ),
    "what YAML takes for the end of a line": (
        "agents: # a\u2028  a: # b\u0085    name: A\n    follow_me_number: '+12025550101'\n",
        [record(1, "B")],
        [("name: A", 'name: "B"')],
    ),
}


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_every_other_byte_stays(tmp_path: Path, name: str, mark: str, ends: str) -> None:
    before, account, changes = LAYOUTS[name]
    after = before
    for old, new in changes:
        assert after.count(old) == 1
        after = after.replace(old, new)
    path = put(tmp_path, mark + before.replace("\n", ends))
    export_into(tmp_path, account)
    said = path.read_bytes().decode()
    if "\n" not in before:  # nothing says how its lines end
        ends = "\n"
    assert said == mark + after.replace("\n", ends)
    found = {(one.name, one.number.e164, one.intercom and one.intercom.lstrip("0")) for one in wanted(tmp_path).agents}
    assert found == {(one.name, one.follow_me_number, one.intercom and one.intercom.lstrip("0")) for one in account}
    assert not export_into(tmp_path, account).texts


@pytest.mark.parametrize(
    "text",
    [
        "a: b", "# x", "x # y", "'", '"', "@x", "*x", "&x", "!x", "%x", "`x", "- x", "? x", "{x", "[x", ", x", "|", ">",
        "\\", "\\ud83d", "\U0001f3a7", " both ", "caf\u00e9", "cafe\u0301", "a\u0085b", "a\u2028b", "a\u2029b",
        "a\u009f", "a\u202eb", "\ufeffx", "x\ufffe", "\u00a0x\u00a0", "yes", "null", "~", "123", "1e3", "0o17", "=",
        "<<", "${X}", "$${X}", "$", "x" * 3000, "---", "...", "%YAML 1.2",
    ],
)  # fmt: skip
def test_a_name_comes_back_as_it_was(tmp_path: Path, text: str) -> None:
    put(tmp_path, "agents:\n  a: {name: A, follow_me_number: '+12025550101'}\n")
    account = [record(1, text), record(2, text)]
    export_into(tmp_path, account)
    assert [one.name for one in wanted(tmp_path).agents] == [text, text]
    assert not export_into(tmp_path, account).texts


def test_keys_are_quoted_that_a_reader_of_yaml_takes_for_something_else(tmp_path: Path) -> None:
    path = put(tmp_path, "agents: {}\n")
    export_into(
        tmp_path, [record(index, name) for index, name in enumerate(["yes", "Null", "123", "1e3", "N", "Sales"])]
    )
    written = [line.strip() for line in path.read_text().splitlines() if line.startswith("  ") and line[2] != " "]
    assert written == ['"123":', '"1e3":', '"n":', '"null":', "sales:", '"yes":']
