"""What `masking.yaml` may say: whom each rule rings, at which times, and every error with its place."""

from __future__ import annotations

import gzip
import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.masking.compile import make_table
from digo.masking.loader import load_routes
from digo.masking.lookup import Lookup
from digo.masking.table import RULE, RouteConflict, Table, TableMaker, TableProblem
from digo.masking.windows import MINUTES_A_WEEK, covers, minute_of_week, spans
from digo.source.problems import ConfigError
from digo.text.week import DAY_NAMES, parse_days, parse_minute
from tests.masking.masking_project import Project

MASKING, OTHER_MASKING = "+12025550100", "+12025550110"
A, B, C, D, DEFAULT, FAILOVER = (f"+120255501{n}" for n in ("01", "02", "03", "04", "98", "99"))
MONDAY = datetime(2026, 3, 9, tzinfo=ZoneInfo("Asia/Kolkata"))

Compile = Callable[..., Callable[..., tuple[str | None, str]]]


@pytest.fixture
def compiled(project: Project) -> Compile:
    """Makes the table of a config and gives what answers from it: `ask(dialled, caller, at=…, call=…)`."""

    def make(content: Any) -> Callable[..., tuple[str | None, str]]:
        project.write("masking.yaml", content)
        routes = load_routes(project.config, project.folder)
        path = project.folder / "table.bin"
        routes.maker.write(path, routes.rules)
        table = Table(path)

        def ask(dialled: str, caller: str, at: datetime = MONDAY, call: str = "1.2") -> tuple[str | None, str]:
            answer = Lookup(table, lambda zone: at.astimezone(zone)).answer(dialled, caller, call)
            return answer.digits and f"+{answer.digits}", answer.by

        return ask

    return make


def problems(project: Project, content: Any) -> list[str]:
    project.write("masking.yaml", content)
    with pytest.raises(ConfigError) as raised:
        load_routes(project.config, project.folder)
    return [str(problem) for problem in raised.value.problems]


def entry(**fields: Any) -> dict[str, Any]:
    return {"masking": {"rides": {"numbers": [MASKING], **fields}}}


def test_a_route_is_for_its_caller_on_each_masking_number(compiled: Compile) -> None:
    ask = compiled(
        {"masking": {"rides": {"numbers": [MASKING, OTHER_MASKING], "routes": [{"caller": A, "callee": B}]}}}
    )
    assert ask(MASKING, A) == ask(OTHER_MASKING, A) == (B, "route")
    assert ask(MASKING, B) == ask("+12025550111", A) == (None, "none")


def test_a_pair_works_both_ways(compiled: Compile) -> None:
    ask = compiled(entry(pairs=[[A, B]]))
    assert (ask(MASKING, A), ask(MASKING, B)) == ((B, "route"), (A, "route"))


def test_one_caller_has_another_callee_on_another_masking_number(compiled: Compile) -> None:
    ask = compiled(
        {
            "masking": {
                "one": {"numbers": [MASKING], "pairs": [[A, B]]},
                "two": {"numbers": [OTHER_MASKING], "pairs": [[A, C]]},
            }
        }
    )
    assert (ask(MASKING, A)[0], ask(OTHER_MASKING, A)[0]) == (B, C)


def test_default_and_failover_take_who_has_no_route(compiled: Compile) -> None:
    ask = compiled(
        entry(routes=[{"caller": A, "callee": B}], default={"callee": DEFAULT}) | {"failover": {"callee": FAILOVER}}
    )
    assert ask(MASKING, C) == (DEFAULT, "default")
    assert ask("+12025550111", C) == (FAILOVER, "failover")
    assert ask("", "") == (FAILOVER, "failover")


def test_an_anonymous_caller_is_one_without_a_route_where_no_rule_says_otherwise(compiled: Compile) -> None:
    ask = compiled(entry(pairs=[[A, B]], default={"callee": DEFAULT}) | {"failover": {"callee": FAILOVER}})
    assert ask(MASKING, "anonymous") == ask(MASKING, "") == ask(MASKING, "0") == (DEFAULT, "default")
    assert ask("+12025550111", "anonymous") == (FAILOVER, "failover")
    window = {"from": "00:00", "to": "24:00", "callee": D}
    ask = compiled({"zone": "UTC"} | entry(windows=[window], default={"callee": DEFAULT}))
    assert ask(MASKING, "sip:anonymous@anonymous.invalid") == (D, "window")


def test_an_anonymous_caller_may_have_a_rule_of_their_own(project: Project, compiled: Compile) -> None:
    project.write("agents.yaml", {"agents": {"sales": {"name": "Sales", "follow_me_number": B}}})
    window = {"from": "00:00", "to": "24:00", "callee": D}
    both = [MASKING, OTHER_MASKING]
    ask = compiled({"zone": "UTC"} | entry(numbers=both, windows=[window], anonymous={"agent": "sales"}))
    for masking in both:
        assert ask(masking, "Restricted") == (B, "anonymous")
        assert ask(masking, A) == ask(masking, "Asha") == (D, "window")
    ask = compiled(entry(anonymous={"pool": [{"callee": B}, {"callee": C}]}, default={"callee": DEFAULT}))
    assert {ask(MASKING, "", call=f"1.{n}")[0] for n in range(50)} == {B, C}
    # No spelling of a number is taken for one that is withheld.
    assert ask(MASKING, str((1 << 64) - 1)) == (DEFAULT, "default")


def test_an_anonymous_caller_may_be_rejected_and_no_failover_takes_them(compiled: Compile) -> None:
    ask = compiled(entry(anonymous="reject", default={"callee": DEFAULT}) | {"failover": {"callee": FAILOVER}})
    assert ask(MASKING, "withheld") == (None, "rejected")
    assert ask(MASKING, A) == (DEFAULT, "default")
    assert ask("+12025550111", "withheld") == (FAILOVER, "failover")


def test_a_caller_is_known_by_an_address_too(compiled: Compile) -> None:
    ask = compiled({"country_code": "1"} | entry(pairs=[[A, B]]))
    for caller in ("sip:+12025550101@10.0.0.1:5060", "tel:+1-202-555-0101", "sip:2025550101@10.0.0.1", "02025550101"):
        assert ask(f"sip:{MASKING}@example.com;user=phone", caller) == (B, "route")


def test_an_agent_may_be_named_by_its_key(project: Project, compiled: Compile) -> None:
    project.write("agents.yaml", {"agents": {"sales": {"name": "Sales", "follow_me_number": B}}})
    ask = compiled(entry(routes=[{"caller": A, "agent": "sales"}], default={"pool": [{"agent": "sales"}]}))
    assert (ask(MASKING, A), ask(MASKING, C)) == ((B, "route"), (B, "default"))
    assert problems(project, entry(default={"agent": "sale"})) == [
        "config/test/masking.yaml:6:14: masking.rides.default.agent: config has no agent `sale`; did you mean `sales`?"
    ]
    (told,) = problems(project, entry(anonymous={"agent": "sale"}))
    assert "masking.rides.anonymous.agent: config has no agent `sale`; did you mean `sales`?" in told


def test_a_pool_spreads_calls_evenly_and_answers_one_call_alike(compiled: Compile) -> None:
    ask = compiled(entry(default={"pool": [{"callee": B}, {"callee": C}, {"callee": D}]}))
    rung = Counter(ask(MASKING, A, call=f"1642000000.{n:06d}")[0] for n in range(3000))
    assert set(rung) == {B, C, D}
    assert min(rung.values()) > 900
    assert len({ask(MASKING, A, call="7") for _ in range(10)}) == 1


def test_times_are_in_the_files_zone_and_go_over_midnight(compiled: Compile) -> None:
    ask = compiled(
        {"zone": "Asia/Kolkata"}
        | entry(
            windows=[
                {"days": "mon-fri", "from": "09:00", "to": "18:00", "callee": B},
                {"days": "sat, sun", "from": "22:00", "to": "06:00", "callee": C},
            ],
            default={"callee": DEFAULT},
        )
    )

    def at(day: int, hour: int, minute: int = 0) -> str | None:
        return ask(MASKING, A, at=MONDAY.replace(day=9 + day, hour=hour, minute=minute))[0]

    assert [at(0, 8, 59), at(0, 9), at(4, 17, 59), at(4, 18)] == [DEFAULT, B, B, DEFAULT]
    assert [at(5, 10), at(5, 22), at(6, 5, 59), at(6, 6), at(6, 23)] == [DEFAULT, C, C, DEFAULT, C]
    assert [at(7, 5, 59), at(7, 6)] == [C, DEFAULT]
    utc = datetime(2026, 3, 9, 3, 30, tzinfo=ZoneInfo("UTC"))
    assert ask(MASKING, A, at=utc)[0] == B


def test_a_caller_may_have_another_callee_by_day_and_falls_back_by_night(compiled: Compile) -> None:
    day, evening = {"from": "09:00", "to": "18:00"}, {"from": "18:00", "to": "22:00"}
    ask = compiled(
        {"zone": "UTC"}
        | entry(
            routes=[
                {"caller": A, "callee": B, "windows": [day]},
                {"caller": A, "callee": C, "windows": [evening]},
            ],
            default={"callee": DEFAULT},
        )
    )
    moments = [datetime(2026, 3, 9, hour, tzinfo=ZoneInfo("UTC")) for hour in (9, 18, 22)]
    assert [ask(MASKING, A, at=moment) for moment in moments] == [(B, "route"), (C, "route"), (DEFAULT, "default")]


@pytest.mark.parametrize("caller", ["+1-202-555-0101", "12025550101", "0012025550101", "+1 (202) 555 0101"])
def test_numbers_are_known_in_each_spelling(compiled: Compile, caller: str) -> None:
    assert compiled(entry(pairs=[[A, B]]))(MASKING, caller)[0] == B


def test_numbers_without_country_code_are_known_where_it_is_given(project: Project, compiled: Compile) -> None:
    ask = compiled({"country_code": "1"} | entry(pairs=[[A, B]]))
    assert ask("2025550100", "2025550101")[0] == ask("02025550100", "02025550101")[0] == B
    assert compiled(entry(pairs=[[A, B]]))("2025550100", "2025550101")[0] is None


def test_routes_come_from_files_too(project: Project, compiled: Compile) -> None:
    project.write("masking/rides.csv", f"caller,callee,both_ways\n{A},{B},yes\n\n{C},{D},\n")
    ask = compiled(entry(files=["masking/rides.csv"]))
    assert [ask(MASKING, who)[0] for who in (A, B, C, D)] == [B, A, D, None]


LOOP, SELF = (
    "this is a loop: it rings a masking number, which asks this service again",
    "the caller would ring themself",
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("masking: []", ":1:1: masking: a mapping of keys is due here, not a list"),
        ("", ":1:1: the file is empty; it begins with `masking:`"),
        ("zon: UTC\nmasking: {}", ":1:1: zon: unknown key; did you mean `zone`?"),
        ("zone: Mars\nmasking: {}", ":1:7: zone: it is no time zone; one is called Asia/Kolkata, Europe/Berlin or UTC"),
        ("country_code: one\nmasking: {}", ":1:15: country_code: a country code has one to three digits, such as 91"),
        ("masking: {a: {}}", ":1:11: masking.a.numbers: is missing"),
        ("masking: {a: []}", ":1:14: masking.a: a mapping is due here"),
        ("masking: {a: }", "masking.a: has no value"),
        ("masking: {a: {numbers: []}}", ":1:24: masking.a.numbers: "),
        (
            'masking: {a: {numbers: ["+12025550100"], rutes: []}}',
            ": masking.a.rutes: unknown key; did you mean `routes`?",
        ),
        (entry(routes=[{"caller": A}]), "exactly one of callee, agent and pool is due here"),
        (entry(routes=[{"caller": A, "callee": B, "agent": "x"}]), "exactly one of callee, agent and pool is due here"),
        (entry(default={"pool": [{"pool": [{"callee": B}]}]}), "a pool has no pools in it"),
        (entry(routes=[{"caller": A, "callee": A}]), SELF),
        (entry(pairs=[[A, A]]), SELF),
        (entry(pairs=[[A]]), "a pair is a list of two numbers"),
        (entry(routes=[{"caller": A, "callee": MASKING}]), LOOP),
        (entry(pairs=[[A, MASKING]]), LOOP),
        (entry(default={"callee": MASKING}), LOOP),
        (entry() | {"failover": {"callee": MASKING}}, LOOP),
        (entry(default={"pool": [{"callee": B}, {"callee": MASKING}]}), "masking.rides.default.pool.1.callee: " + LOOP),
        (entry(routes=[{"caller": A, "callee": B}, {"caller": A, "callee": C}]), "this is ambiguous: at some time"),
        (entry(pairs=[[A, B], [C, A]]), "this is ambiguous: this caller has a route at config/test/masking.yaml:6:7"),
        (
            entry(numbers=[MASKING, "+1 202 555-0100"]),
            "this masking number is already at config/test/masking.yaml:4:7",
        ),
        (entry(default={"callee": "2025550101"}), "write it with + and the country code"),
        (entry(anonymous={"callee": MASKING}), "masking.rides.anonymous.callee: " + LOOP),
        (entry(anonymous={"pool": [{"callee": B}, {"callee": MASKING}]}), "rides.anonymous.pool.1.callee: " + LOOP),
        (entry(anonymous={"calee": B}), "masking.rides.anonymous.calee: unknown key; did you mean `callee`?"),
        (entry() | {"failover": {"calee": B}}, "failover.calee: unknown key; did you mean `callee`?"),
        (
            entry(routes=[{"caller": A, "callee": B, "on": 1}]),
            "routes.0.on: unknown key; known here: callee, agent, pool",
        ),
        (
            entry(windows=[{"form": "09:00", "to": "18:00"}]),
            "masking.rides.windows.0.form: unknown key; did you mean `from`?",
        ),
        (entry(anonymous={"callee": "x"}), "masking.rides.anonymous.callee: write it with +"),
        (entry(anonymous={}), "masking.rides.anonymous: exactly one of callee, agent and pool is due here"),
        (entry(anonymous="refuse"), "masking.rides.anonymous: one of callee, agent and pool is due here, or the word"),
        (entry(anonymous=[]), "masking.rides.anonymous: one of callee, agent and pool is due here, or the word"),
        (entry(anonymous=False), "masking.rides.anonymous: one of callee, agent and pool is due here, or the word"),
        (entry(anonymous=None), "masking.rides.anonymous: one of callee, agent and pool is due here, or the word"),
        (entry(default={"pool": []}), "masking.rides.default.pool: the list is empty, and one is due here"),
        (entry(windows=[{"from": "9", "to": "18:00", "callee": B}]), "a time is written as `09:00`"),
        (entry(windows=[{"from": "09:00", "to": "25:00", "callee": B}]), "a time is written as `09:00`"),
        (entry(windows=[{"days": "weekday", "from": "09:00", "to": "18:00", "callee": B}]), "days are written as"),
        (entry(windows=[{"from": "09:00", "to": "18:00", "callee": B}]), "times need a zone"),
        (
            entry(routes=[{"caller": "anonymous", "callee": B}]),
            "routes.0.caller: a caller who withholds the number has no route",
        ),
        (entry(files=["a\0b"]), "masking.rides.files.0: a file's name is not empty and has no control characters"),
        (entry(files=[""]), "masking.rides.files.0: a file's name is not empty and has no control characters"),
        (entry(files=["../other/routes.csv"]), "a file of routes is in the environment's own folder"),
        (entry(files=["none.csv"]), ":6:7: masking.rides.files.0: cannot be read: No such file or directory"),
    ],
)
def test_every_error_has_its_place(project: Project, content: Any, expected: str) -> None:
    (found, *_) = problems(project, content)
    assert expected in found
    assert found.startswith("config/test/masking.yaml:")
    assert "2025550" not in found


def test_windows_that_hold_at_one_time_are_ambiguous(project: Project) -> None:
    times = [{"days": "mon", "from": "22:00", "to": "06:00"}, {"days": "tue", "from": "05:59", "to": "07:00"}]
    windows = [{**one, "callee": callee} for one, callee in zip(times, (B, C), strict=True)]
    (found,) = problems(project, {"zone": "UTC"} | entry(windows=windows))
    assert "masking.rides.windows.1: this is ambiguous: at some time config/test/masking.yaml:" in found


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("callee,callr\n", ":1:1: the first line names the columns: the columns are caller, callee"),
        ("", ":1:1: the first line names the columns"),
        (f"caller,callee\n{A}\n", ":2:1: it has 1 cell where 2 are due"),
        (
            f"caller,callee\n{A},{B}\n{A},{C}\n",
            ":3:1: this is ambiguous: this caller has a route at config/test/r.csv:2:1",
        ),
        (f"caller,callee\n2025550101,{B}\n", ":2:1: caller: write it with + and the country code"),
        (f"caller,callee\n{A},2.02E+10\n", ":2:1: callee: a spreadsheet turned it into a scientific number"),
        (f"caller,callee,both_ways\n{A},{B},maybe\n", ":2:1: both_ways is yes or no"),
        (f"caller,callee\n{A},{MASKING}\n", f":2:1: {LOOP}"),
        (f"caller,callee\n{A},{A}\n", f":2:1: {SELF}"),
        (f'caller,callee\n{A},"{B}\n', "not CSV"),
    ],
)
def test_every_error_in_a_file_of_routes_has_its_line(project: Project, rows: str, expected: str) -> None:
    project.write("r.csv", rows)
    (found, *_) = problems(project, entry(files=["r.csv"]))
    assert f"config/test/r.csv{expected}" in found or (expected == "not CSV" and expected in found)
    assert "2025550" not in found


def test_a_number_is_doubted_wherever_it_stands(project: Project) -> None:
    project.write("rows.csv", "caller,callee\n+12025550102,+10555550103\n")
    project.write(
        "masking.yaml",
        {
            "failover": {"callee": FAILOVER},
            "masking": {
                "rides": {
                    "numbers": ["(+1) 202 555 0100"],
                    "routes": [{"caller": "\u202a+12025550106", "callee": "+1 055 555 0101"}],
                    "pairs": [["'+12025550107", "+10555550108"]],
                    "files": ["rows.csv"],
                    "default": {"pool": [{"callee": "+10555550109"}]},
                }
            },
        },
    )
    doubt = "the number is in no range that the phone library knows to be in use; is it right?"
    told = [one.text for one in load_routes(project.config, project.folder).warnings]
    assert told == [
        "masking.rides.routes.0.callee: " + doubt,
        "masking.rides.routes.0.caller: characters that nobody sees were left out of the number: U+202A",
        "masking.rides.pairs.0.1: " + doubt,
        "masking.rides.default.pool.0.callee: " + doubt,
        "callee: " + doubt,
    ]


def test_many_doubtful_rows_are_few_warnings(project: Project) -> None:
    rows = "".join(f"+12025550{n:03},+1055555{n:04}\n" for n in range(101, 200))
    project.write("rows.csv", f"caller,callee\n{rows}")
    project.write("masking.yaml", {"failover": {"callee": FAILOVER}, **entry(files=["rows.csv"])})
    told = [str(one) for one in load_routes(project.config, project.folder).warnings]
    assert len(told) == 6
    assert told[0].startswith("config/test/rows.csv:2:1: callee: the number is in no range")
    assert told[-1] == "config/test/masking.yaml:8:7: masking.rides.files.0: 94 more doubtful numbers in this file"


def test_a_file_with_a_wrong_column_tells_not_a_million_things(project: Project) -> None:
    project.write("r.csv", "caller,callee\n" + "x,y\n" * 5000)
    found = problems(project, entry(files=["r.csv"]))
    assert any("more than 100 problems in this file" in one for one in found)
    assert len(found) <= 101


def test_all_problems_are_told_at_once(project: Project) -> None:
    content = entry(routes=[{"caller": "x", "callee": B}, {"caller": A}], pairs=[[A]]) | {"zone": "Mars"}
    assert len(problems(project, content)) == 4


@given(st.dictionaries(st.tuples(st.integers(1, 10**15), st.integers(0, 10**15)), st.integers(0, RULE - 1)))
def test_the_table_has_what_was_put_and_nothing_else(routes: dict[tuple[int, int], int]) -> None:
    maker = TableMaker()
    for place, ((masking, caller), target) in enumerate(routes.items()):
        maker.put(masking, caller, target, place)
    for place, (masking, caller) in enumerate(routes):
        with pytest.raises(RouteConflict) as taken:
            maker.put(masking, caller, 1, 0)
        assert taken.value.where == place
    path = Path(f"/dev/shm/{id(maker)}.bin") if Path("/dev/shm").is_dir() else Path(f"{id(maker)}.bin")
    try:
        maker.write(path, {"rules": []})
        table = Table(path)
        for (masking, caller), target in routes.items():
            assert table.get(masking, caller) == target
            for near in ((masking + 1, caller), (masking, caller + 1)):
                assert table.get(*near) == routes.get(near)
        table.close()
    finally:
        path.unlink()


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"digo-masking-1\n\0" + b"\xff" * 16])
def test_a_file_that_is_no_table_is_not_looked_up_in(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "table.bin").write_bytes(content)
    with pytest.raises((TableProblem, ValueError)):
        Table(tmp_path / "table.bin")


@given(
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 1440),
    st.integers(0, 1440),
    st.integers(0, MINUTES_A_WEEK - 1),
)
def test_spans_cover_the_minutes_that_were_meant(days: frozenset[int], begin: int, end: int, minute: int) -> None:
    length = (end - begin) % 1440 or 1440
    begin_minute = begin % 1440
    meant = any((minute - (day * 1440 + begin_minute)) % MINUTES_A_WEEK < length for day in days)
    assert covers(spans(days, begin, end), minute) == meant


def test_days_and_times_as_people_write_them() -> None:
    assert parse_days("Mon-Fri") == frozenset(range(5))
    assert parse_days("sat, sunday") == {5, 6}
    assert parse_days("fri-mon") == {4, 5, 6, 0}
    assert parse_days("wed") == {DAY_NAMES.index("wed")}
    assert [parse_minute(text) for text in ("00:00", "9:30", "24:00")] == [0, 570, 1440]
    assert minute_of_week(datetime(2026, 3, 15, 23, 59)) == MINUTES_A_WEEK - 1


def test_check_and_lookup_say_it_on_the_command_line(project: Project) -> None:
    project.write(
        "masking.yaml", {"zone": "UTC"} | entry(pairs=[[A, B]], windows=[{"from": "09:00", "to": "10:00", "callee": C}])
    )
    done = project.run("masking", "check")
    assert (done.returncode, done.stdout) == (0, "3 routes\n")
    assert "it has no `default`" in done.stderr
    done = project.run("masking", "lookup", "--dialled", MASKING, "--caller", A)
    assert (done.returncode, done.stdout) == (0, "***0102 by route\n")
    done = project.run("masking", "lookup", "--dialled", MASKING, "--caller", D, "--at", "2026-03-10 09:30")
    assert (done.returncode, done.stdout) == (0, "***0103 by window\n")
    done = project.run("masking", "lookup", "--dialled", MASKING, "--caller", D, "--at", "2026-03-10 10:00")
    assert done.returncode == 2
    done = project.run("masking", "lookup", "--dialled", MASKING, "--caller", "1.2E+10")
    assert (done.returncode, "digits are lost" in done.stderr) == (1, True)
    project.write("masking.yaml", entry(anonymous="reject", default={"callee": C}))
    done = project.run("masking", "lookup", "--dialled", MASKING, "--caller", "anonymous")
    assert done.returncode == 2
    assert done.stdout == "nobody: the masking number rejects anonymous callers; DIGO's own failover decides\n"
    project.write("masking.yaml", entry(pairs=[[A, A]]))
    done = project.run("masking", "check")
    assert (done.returncode, SELF in done.stderr, done.stdout) == (1, True, "")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.csv", f"\ufeffsep=;\r\ncaller;callee;both_ways;;\r\n{A};{B};Yes;;\r\n".encode()),
        ("r.txt", f"\ncaller|callee|both_ways\n{A}|{B}|1\n,,\n".replace(",,", "||").encode()),
        ("r.csv", f'caller,callee,both_ways\r"+1 (202) 555-0101",{B},TRUE,\r'.encode()),
        ("R.CSV.GZ", gzip.compress(f"caller,callee,both_ways\n{A},{B},yes\n".encode(), mtime=0)),
    ],
)
def test_files_of_routes_are_read_as_lists_are(project: Project, compiled: Compile, name: str, content: bytes) -> None:
    (project.config / name).write_bytes(content)
    ask = compiled(entry(files=[name]))
    assert [ask(MASKING, who)[0] for who in (A, B, C)] == [B, A, None]


@pytest.mark.parametrize("both_ways", [pa.nulls(2), pa.array([False, True]), pa.array([0, 1]), pa.array(["no", "Yes"])])
def test_routes_come_from_parquet_too(project: Project, compiled: Compile, both_ways: pa.Array) -> None:
    callee = pa.array([B, D]).dictionary_encode()
    table = pa.table({"caller": [A, C], "callee": callee, "both_ways": both_ways})
    pyarrow.parquet.write_table(table, project.config / "r.parquet")
    ask = compiled(entry(files=["r.parquet"]))
    back = None if both_ways.null_count else C
    assert [ask(MASKING, who)[0] for who in (A, B, C, D)] == [B, None, D, back]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "r.csv.gz",
            gzip.compress(f"caller,callee\n{A},{B}\n".encode(), mtime=0)[:-6],
            "r.csv.gz:3:1: it cannot be read: ",
        ),
        ("r.csv.gz", b"no gzip", "r.csv.gz:1:1: it cannot be read: it is not a gzip file"),
        ("r.csv", f"caller,callee\n{A},\xff\n".encode("latin-1"), "r.csv:2:1: the file is not UTF-8 text"),
        (
            "r.csv",
            f"Caller,callee\n{A},{B}\n".encode(),
            "r.csv:1:1: the first line names the columns: the columns are ",
        ),
        ("r.csv", f"caller,callee,bothways\n{A},{B},yes\n".encode(), "; the header has the column `bothways`"),
        ("r.csv", f'caller,callee\n"{A}",5" x\n{A},"{B}\n'.encode(), "r.csv:3:1: a quote that opens here is never"),
        ("r.csv", f'caller,callee\n"{A}\n",{B}\n{A},{C}\n'.encode(), "r.csv:4:1: this is ambiguous"),
        ("r.parquet", b"PAR1", "r.parquet:1:1: it is not a Parquet file that can be read: "),
    ],
)
def test_a_damaged_file_of_routes_has_its_place(project: Project, name: str, content: bytes, expected: str) -> None:
    (project.config / name).write_bytes(content)
    found = problems(project, entry(files=[name]))
    assert any(expected in one for one in found), found
    assert not any("2025550" in one for one in found)


def test_a_name_of_a_file_of_routes_that_no_file_can_have(project: Project) -> None:
    (project.config / "loop.csv").symlink_to("loop.csv")
    (project.config / "folder.csv").mkdir()
    os.mkfifo(project.config / "pipe.csv")
    names = ["loop.csv", "folder.csv", "pipe.csv", "x" * 300]
    found = problems(project, entry(files=names))
    assert len(found) == len(names)
    assert sum("it is a pipe, and a file is due here" in one for one in found) == 1
    assert sum("it is a folder, and a file is due here" in one for one in found) == 1
    assert sum(": cannot be read: " in one for one in found) == 2
    (one,) = problems(project, entry(files=["a\0b.csv"]))
    assert "has no control characters" in one


def test_a_table_that_cannot_be_written_is_no_problem_of_the_routes(project: Project) -> None:
    project.write("masking.yaml", entry(pairs=[[A, B]]))
    with Path("/dev/null").open("rb") as out:
        assert make_table(project.config, project.folder, out.fileno()).problem == (
            "the table of routes cannot be written: Bad file descriptor"
        )


def test_a_file_s_name_is_the_one_that_people_see(project: Project, compiled: Compile) -> None:
    project.write("le\u0301s.csv", "caller,callee\n+12025550101,+12025550142\n")
    ask = compiled({"zone": "UTC", "masking": {"a": {"numbers": ["+12025550100"], "files": ["l\u00e9s.csv"]}}})
    assert ask("12025550100", "12025550101")[0] == "+12025550142"


def test_a_list_whose_items_are_wrong_is_not_called_empty(project: Project) -> None:
    (found,) = problems(project, entry(default={"pool": [{"callee": "+1 202 555"}]}))
    assert "masking.rides.default.pool.0.callee: " in found
