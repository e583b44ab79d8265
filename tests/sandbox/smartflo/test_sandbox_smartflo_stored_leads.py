"""Leads in storage, against a plain model: any writes, by any option, leave the list that the model has."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.database import open_database
from sandbox.settings import Settings
from sandbox.smartflo.broadcast_leads import BroadcastLeads, NewLead, StoredLead
from sandbox.smartflo.broadcast_lists import BroadcastList
from sandbox.smartflo.lead_text import LeadText

LIST = 50_001
FOUND = BroadcastList(LIST, "Spring", None, ("Phone", "Name"))

numbers = st.sampled_from([f"1202555010{last}" for last in range(4)])
columns = st.dictionaries(
    st.sampled_from(["field_1", "field_2", "field_34"]), st.sampled_from(["", "a", 'b"\\', "é\ud800"]), max_size=3
)
writes = st.lists(
    st.tuples(
        st.lists(st.tuples(numbers, columns), min_size=1, max_size=6),
        st.sampled_from(["overwrite", "skip", "clone"]),
        st.sampled_from(["replace", "merge"]),
    ),
    max_size=6,
)
Row = tuple[str, dict[str, str]]


@pytest.fixture(scope="module")
def leads(tmp_path_factory: pytest.TempPathFactory) -> BroadcastLeads:
    return BroadcastLeads(open_database(tmp_path_factory.mktemp("leads") / "sandbox.db"))


def _model(rows: list[Row], new: list[Row], option: str, how: str) -> None:
    """What one write does to a list, lead by lead. A batch's own leads do not see what it changes in older ones."""
    for digits, fields in new:
        same = [row for row in rows if row[0] == digits]
        if option == "clone" or not same:
            rows.append((digits, dict(fields)))
        elif option == "overwrite":
            for _, stored in same:
                if how == "replace":
                    stored.clear()
                stored.update(fields)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes)
def test_writes_leave_what_the_model_has(leads: BroadcastLeads, given_writes: Any) -> None:
    leads.clear()
    model: list[Row] = []
    for new, option, how in given_writes:
        leads.write(LIST, [NewLead(digits, fields) for digits, fields in new], option, how)
        _model(model, new, option, how)
    expected = [(digits, {name: value for name, value in fields.items() if value}) for digits, fields in model]
    stored = [StoredLead(*row) for part in leads.parts(LIST) for row in part]
    assert [(lead.digits, lead.columns()) for lead in stored] == expected

    text = b"".join(LeadText(FOUND, Settings(), 1).body(leads.parts(LIST)))
    shown = [(lead["field_0"][1:], {n: lead[n] for n in lead if n.startswith("field_")}) for lead in json.loads(text)]
    assert [(digits, {n: v for n, v in fields.items() if v and n != "field_0"}) for digits, fields in shown] == expected
    assert all(len(fields) == 35 for _, fields in shown)


def test_a_row_that_was_written_while_a_list_is_read_does_no_harm(tmp_path: Path) -> None:
    connection = open_database(tmp_path / "sandbox.db")
    leads = BroadcastLeads(connection)
    leads.write(LIST, [NewLead(f"1202{5550000 + n}", {}) for n in range(2500)], "clone", "replace")
    parts = leads.parts(LIST)
    first = next(parts)
    leads.write(LIST, [NewLead("12025550199", {})], "clone", "replace")
    leads.remove([2400])
    rest = [row for part in parts for row in part]
    assert len(first) + len(rest) == 2500
    assert len({row[0] for row in (*first, *rest)}) == 2500
    connection.close()
