"""What headers say: how long to wait, where to go, and that a list is not all there is."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from digo.api import OutcomeUnknown, ReadUnknown
from digo.api.responses import Reply, read_agents, read_receipt, read_records
from digo.api.retry_after import LONGEST_SECONDS, seconds_to_wait
from digo.text.redact import Redactor

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
REDACT = Redactor({"example-token"})
ASKED = "https://old.example.com/v1/agents"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("1.5", 1.5),
        ("0", 0),
        ("-5", 0),
        ("9" * 400, LONGEST_SECONDS),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60),
        ("thu, 1 jan 2026 00:01:00 gmt", 60),
        ("Thursday, 01-Jan-26 00:01:00 GMT", 60),
        ("Thu Jan  1 00:01:00 2026", 60),
        ("Thu, 01 Jan 2026 01:01:00 +0100", 60),
        ("Wed, 31 Dec 1969 00:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_SECONDS),
        ("Thu, 99 Jan 2026 00:01:00 GMT", None),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("\u0661\u0662", None),
        ("caf\udce9", None),
        ("2026-01-01T00:01:00Z", None),
    ],
)
def test_how_long_to_wait(header: str, seconds: float | None) -> None:
    assert seconds_to_wait([header], None, NOW) == seconds


def test_a_date_is_measured_by_the_replys_own_clock() -> None:
    until = "Thu, 01 Jan 2026 10:00:30 GMT"
    assert seconds_to_wait([until], "Thu, 01 Jan 2026 10:00:00 GMT", NOW) == 30
    assert seconds_to_wait([until], "no date", NOW) == LONGEST_SECONDS / 24 * 10 + 30
    assert seconds_to_wait(["5", "junk", "9"], None, NOW) == 9
    assert seconds_to_wait([], None, NOW) is None


def _reply(content: object, status: int = 200, method: str = "GET", address: str = ASKED, **headers: Any) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    path = "/v1/" + address.rpartition("/")[2]
    return Reply(method, path, status, "", json.dumps(content).encode(), headers=named, address=address)


AGENTS = [{"eid": str(number)} for number in range(3)]
MORE = [
    {"x_total_count": "4"},
    {"x_total": " 250 "},
    {"x_pagination_total_count": "9" * 30},
    {"content_range": "items 0-2/250"},
    {"content_range": "items=0-2/4"},
    {"content_range": "0-2/*"},
    {"content_range": "agents 3-5/6"},
    {"content_range": "*/4"},
    {"content_range": "bytes 0-99/200"},
    {"content_range": "a few of many"},
    {"link": '<https://old.example.com/v1/agents?page=2>; rel="next"'},
    {"link": "</v1/agents?page=9>; rel=last, </v1/agents?page=2>; REL=next"},
    {"link": '<?page=2>; title="a; b"; rel="prev next"'},
    {"link": "<?page=2>;rel='next'"},
    {"x_next_page": "2"},
    {"x_next_cursor": "abc"},
    {"x_total_pages": "2"},
    {"x_has_more": "True"},
]
WHOLE = [
    {"x_total_count": "3"},
    {"x_total_count": "2"},
    {"x_total_count": "many"},
    {"content_range": "items 0-2/3"},
    {"content_range": "items 1-3/3"},
    {"content_range": "bytes 0-99/100"},
    {"link": '<https://old.example.com/v1/agents>; rel="self", <x>; rel="nextish"'},
    {"link": "<https://old.example.com/docs?rel=next>; rel=help"},
    {"x_next_page": ""},
    {"x_next_cursor": "null"},
    {"x_total_pages": "1"},
    {"x_has_more": "false"},
    {"retry_after": "5", "location": "/elsewhere"},
]


@pytest.mark.parametrize("headers", MORE, ids=str)
def test_a_list_that_announces_more_is_unknown(headers: dict[str, Any]) -> None:
    with pytest.raises(ReadUnknown, match="the list is not whole: "):
        read_agents(_reply(AGENTS, **headers), REDACT)


@pytest.mark.parametrize("headers", WHOLE, ids=str)
def test_a_list_that_announces_no_more_is_the_whole(headers: dict[str, Any]) -> None:
    assert len(read_agents(_reply(AGENTS, **headers), REDACT)) == 3


def test_a_part_is_no_list_and_an_envelope_says_what_it_shows() -> None:
    with pytest.raises(ReadUnknown, match="206 says that it is a part"):
        read_agents(_reply(AGENTS, 206), REDACT)
    with pytest.raises(ReadUnknown, match="`data` in it shows 3 and announces more"):
        read_agents(_reply({"data": AGENTS, "has_more": True}), REDACT)
    with pytest.raises(ReadUnknown, match="`agents` in it shows 3 and announces more"):
        read_agents(_reply({"agents": AGENTS, "total": 250}), REDACT)
    with pytest.raises(ReadUnknown, match=r"`results` in it shows 3\)"):
        read_agents(_reply({"results": AGENTS, "count": 3}), REDACT)


RECORDS = [{"id": "1"}, {"id": "2"}]


@pytest.mark.parametrize(
    ("envelope", "why"),
    [
        ({"count": 250, "limit": 100, "size": 100, "page": 1}, "100 are due on page 1"),
        ({"count": "4", "limit": "2", "size": 2, "page": 2}, None),
        ({"count": 5, "limit": 3, "size": 2, "page": 2}, None),
        ({"count": 6, "limit": 3, "size": 2, "page": 2}, "3 are due on page 2"),
        ({"count": 1}, "it counts 1, and shows 2"),
        ({"count": 0, "limit": 10}, "it counts 0, and shows 2"),
        ({"size": 5}, "its size is 5"),
        ({"size": 20, "limit": 20}, None),  # a page's size, not this page's
        ({"limit": 1}, "its limit is 1"),
        ({"limit": 0, "page": 0}, None),
        ({"count": 2, "limit": 100, "size": 2, "page": 1}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_page_of_records_that_contradicts_itself_is_unknown(envelope: dict[str, object], why: str | None) -> None:
    reply = _reply({**envelope, "results": RECORDS})
    if why is None:
        assert len(read_records(reply, REDACT).results) == 2
    else:
        with pytest.raises(ReadUnknown, match=f"contradicts itself: .*{why}"):
            read_records(reply, REDACT)


def test_a_page_of_records_that_announces_another_is_followed() -> None:
    assert read_records(_reply(RECORDS, link="<?page=2>; rel=next"), REDACT).more
    assert read_records(_reply({"results": RECORDS, "has_more": "true"}), REDACT).more
    assert not read_records(_reply({"results": RECORDS, "has_more": False}), REDACT).more
    assert read_records(_reply(RECORDS, x_total_count="7"), REDACT).count == 7
    with pytest.raises(ReadUnknown, match="announces more"):
        read_records(_reply({"results": [], "has_more": True}), REDACT)


@pytest.mark.parametrize(
    ("location", "words", "step"),
    [
        ("https://new.example.com/v1/agents", "to https://new.example.com/v1/agents", "to https://new.example.com,"),
        ("https://u:p@new.example.com/x/v1/agents?k=v#f", "new.example.com/x/v1/agents\n", "new.example.com/x,"),
        ("//new.example.com:8443/v1/agents/", "https://new.example.com:8443", "to https://new.example.com:8443,"),
        ("http://old.example.com/v1/agents", "http://old.example.com/v1/agents", "to http://old.example.com,"),
        ("/v1/agents/", "https://old.example.com/v1/agents/", "login page"),
        ("/login?next=%2Fv1", "https://old.example.com/login\n", "login page"),
        ("../example-token/+12025550101", r"/\[secret\]/\*\*\*0101", "login page"),
        ("http://[::1", "names no address that can be read", "check digo:endpoint"),
        ("https://new.example.com:99999999/v1/agents", "names no address that can be read", "check digo:endpoint"),
        ("caf\udce9", r"/v1/caf\\udce9", "login page"),
        ("a" * 5000, "aaa…", "login page"),
    ],
    ids=lambda text: text[:40],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_where_a_redirect_leads(location: str, words: str, step: str, status: int) -> None:
    with pytest.raises(ReadUnknown, match=words) as caught:
        read_agents(_reply([], status, location=location), REDACT)
    text = str(caught.value)
    assert step in caught.value.next_step
    assert not any(hidden in text for hidden in ("u:p", "k=v", "next=", "example-token", "5550101"))


def test_a_write_that_is_sent_elsewhere_is_unknown_and_names_the_address() -> None:
    asked = "http://old.example.com/v1/agent"
    with pytest.raises(OutcomeUnknown, match=r"sends us to https://old\.example\.com/v1/agent") as caught:
        reply = _reply({"success": True}, 308, "POST", asked, location="https://old.example.com/v1/agent")
        read_receipt(reply, REDACT)
    step = caught.value.next_step
    assert step.startswith("if that is the API's own address, set digo:endpoint to https://old.example.com; then run")
