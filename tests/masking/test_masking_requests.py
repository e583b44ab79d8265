"""What a request may be: bodies of each kind and charset, paths, methods; each has its reply, in JSON."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digo.masking.routing_request import InvalidRequest, parse_request
from tests.masking.masking_project import SECRET, Project, Service

MASKING, CALLER, CALLEE = "+12025550100", "+12025550101", "+12025550142"
HIDDEN, DEFAULT, OTHER = "+12025550197", "+12025550198", "+12025550196"
ANSWER = b'[{"transfer":{"type":"number","data":["+12025550142"]}}]'
AUTHORISED = {"X-Digo-Secret": SECRET}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    project = Project(tmp_path_factory.mktemp("requests") / "project")
    rides = {
        "numbers": [MASKING],
        "routes": [{"caller": CALLER, "callee": CALLEE}],
        "default": {"pool": [{"callee": DEFAULT}, {"callee": OTHER}]},
        "anonymous": {"callee": HIDDEN},
    }
    project.write("masking.yaml", {"masking": {"rides": rides}})
    service = Service(project, warm=True, DIGO_MASKING_SECRET=SECRET)
    yield service
    assert service.stop() == 0
    # Whatever is asked of it: no line breaks out, nothing fails, and nothing tells the secret or a number.
    assert all("masking: status=" in line and line.isprintable() for line in service.access.splitlines())
    assert "Traceback" not in service.log
    assert "a request failed" not in service.log
    assert SECRET not in service.log + service.access
    assert "2025550" not in service.log + service.access


def rung(service: Service, body: bytes, kind: str = "application/json") -> str | None:
    """Whom it says to ring; None where it refuses, with the documented body."""
    # httpx writes a text in ASCII, and a kind may have other characters.
    headers = httpx.Headers({"content-type": kind} | AUTHORISED, encoding="latin-1")
    response = service.http.post("/masking", content=body, headers=headers)
    if response.status_code == 200:
        return str(response.json()[0]["transfer"]["data"][0])
    assert response.status_code == 400
    assert set(response.json()) == {"error", "reason"}
    assert response.json()["error"] == "bad request"
    assert response.text.isprintable()
    assert "2025550" not in response.text
    return None


@given(
    st.one_of(
        st.binary(),
        st.text().map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.tuples(st.sampled_from(["utf-8-sig", "utf-16", "utf-32-be"]), st.text(st.characters(codec="utf-8"))).map(
            lambda one: one[1].encode(one[0])
        ),
        st.dictionaries(
            st.sampled_from(["call_to_number", "caller_id_number", "call_id", "uuid", "x"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                lambda one: st.lists(one, max_size=3),
            ),
        ).map(lambda content: json.dumps(content).encode()),
    ),
    st.sampled_from([b"", b"application/json; charset=utf-16", b"x; charset=latin-1", b"\xff; charset=\xff;;="]),
)
def test_any_body_is_a_question_or_a_problem_with_a_reason(body: bytes, kind: bytes) -> None:
    try:
        question = parse_request(body, [(b"content-type", kind)])
    except InvalidRequest as problem:
        assert str(problem).isprintable()
        return
    for party in (question.dialled, question.caller):
        assert party.digits == "" or (party.digits.isascii() and party.digits.isdecimal() and len(party.digits) <= 15)


def asked(caller: Any = CALLER, dialled: Any = MASKING, **more: Any) -> bytes:
    return json.dumps({"call_to_number": dialled, "caller_id_number": caller, **more}).encode()


@pytest.mark.parametrize(
    "caller",
    [12025550101, "sip:+12025550101@10.0.0.1:5060", '"Asha" <tel:+1-202-555-0101>', "12025550101.0"],
)
def test_a_caller_is_known_in_each_form(service: Service, caller: Any) -> None:
    assert rung(service, asked(caller)) == CALLEE
    assert rung(service, asked(CALLER, dialled=12025550100)) == CALLEE


@pytest.mark.parametrize("number", ["12025550101.0", "12025550101.000", "1.2025550101e10", "1.2025550101E+10"])
def test_a_fraction_without_one_is_the_number(service: Service, number: str) -> None:
    assert rung(service, asked(0).replace(b": 0", f": {number}".encode())) == CALLEE


@pytest.mark.parametrize(
    "caller",
    [
        *(
            "true",
            "false",
            "[]",
            "{}",
            '["+12025550101"]',
            "-12025550101",
            "-0.5",
            "12025550101.5",
            "1e300",
            "1" + "0" * 15,
        ),
        *("NaN", "Infinity", "-Infinity", "1e99999999999999999999", "9" * 5000, '"1.20256E+10"'),
    ],
)
def test_what_is_no_number_is_refused(service: Service, caller: str) -> None:
    assert rung(service, asked(0).replace(b'er": 0', f'er": {caller}'.encode())) is None


@pytest.mark.parametrize("caller", [None, "", "anonymous", "sip:anonymous@anonymous.invalid", 0, "+266696687"])
def test_an_anonymous_caller_has_a_rule_of_their_own(service: Service, caller: Any) -> None:
    assert rung(service, asked(caller)) == HIDDEN


def test_a_caller_that_is_left_out_is_anonymous_and_a_dialled_number_is_needed(service: Service) -> None:
    assert rung(service, b'{"call_to_number": "+12025550100"}') == HIDDEN
    assert rung(service, b'{"caller_id_number": "+12025550101"}') is None
    assert rung(service, asked(dialled=None)) is None
    service.wait(lambda: "outcome=anonymous call=- to=***0100 from=anonymous rings=***0197" in service.access)


@pytest.mark.parametrize("text", ["\ud800", "1\udfff2", "\x00", "\x1b[31m", "a\r\nb", "\u2028", "x" * 3000])
@pytest.mark.parametrize("field", ["call_id", "uuid", "start_stamp", "other"])
def test_text_that_cannot_be_written_harms_no_request(service: Service, field: str, text: str) -> None:
    assert rung(service, asked(**{field: text})) == CALLEE
    # A pool is chosen from by the call's id.
    assert rung(service, asked("+12025550155", **{field: text})) in (DEFAULT, OTHER)
    assert rung(service, asked(f"+12025550155{text[:5]}", **{field: text})) in (DEFAULT, OTHER)


@pytest.mark.parametrize("value", [1642000000.000012, 7, True, None, [1], {"a": 1}, [["\ud800"]]])
def test_a_call_id_may_be_anything(service: Service, value: Any) -> None:
    assert rung(service, asked("+12025550155", call_id=value)) in (DEFAULT, OTHER)


def test_a_call_has_the_same_answer_whether_its_id_is_a_text_or_a_number(service: Service) -> None:
    for n in range(100, 140):
        text = asked("+12025550155", call_id=f"1642000000.000{n}")
        assert rung(service, text) == rung(
            service, text.replace(f'"1642000000.000{n}"'.encode(), b"1642000000.000%d" % n)
        )


@pytest.mark.parametrize(
    "body",
    [
        b"call_to_number=%2B12025550100&caller_id_number=%2B12025550101&call_id=1",
        b"call_to_number=+12025550100&caller_id_number=+12025550101",
        b"caller_id_number=sip%3A%2B12025550101%4010.0.0.1%3A5060&call_to_number=12025550100&name=%ff%fe",
    ],
)
def test_a_form_is_read_as_well(service: Service, body: bytes) -> None:
    assert rung(service, body, "application/x-www-form-urlencoded") == CALLEE


def test_a_body_is_what_it_shows_whatever_its_type_says(service: Service) -> None:
    for kind in (
        "application/x-www-form-urlencoded",
        "text/plain",
        "",
        "multipart/form-data",
        "\xff",
        "x; charset=zlib",
    ):
        assert rung(service, asked(), kind) == CALLEE
    assert rung(service, b"call_to_number=%2B12025550100&caller_id_number=&x=1") == HIDDEN


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_json_in_each_of_its_encodings(service: Service, encoding: str) -> None:
    text = json.dumps(
        {"name": "Asha \u2603", "call_to_number": MASKING, "caller_id_number": CALLER}, ensure_ascii=False
    )
    assert rung(service, text.encode(encoding)) == CALLEE


def test_another_charset_is_read_where_it_is_named(service: Service) -> None:
    body = b'{"name": "Andr\xe9", "call_to_number": "+12025550100", "caller_id_number": "+12025550101"}'
    assert rung(service, body, 'application/json; charset="ISO-8859-1"') == CALLEE
    assert rung(service, body, "application/json;charset=windows-1252; x=y") == CALLEE
    for charset in ("utf-8", "punycode", "zlib", "rot13", "none", "\x7f", "", "a" * 900):
        assert rung(service, body, f"application/json; charset={charset}") is None


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b" ",
            b"\xef\xbb\xbf",
            b"\xff\xfe",
            b"\x00",
            b"{",
            b'{"a"',
            b"[1]",
            b'"x"',
            b"1",
            b"null",
            b"a=b",
            b"&&&",
        ),
        *(
            b"\xed\xa0\x80",
            b"--x\r\n\r\n",
            b"<xml/>",
            b"[" * 8000,
            b'{"a":' * 1600,
            b'{"call_to_number": ' + b"[" * 4000,
        ),
        b'{"call_to_number": "+12025550100", "caller_id_number": "+12025550101", "caller_id_number": "+12025550102"}',
        b"call_to_number=1&call_to_number=2&" + b"a=1&" * 50,
        b"call_to_number=%2B12025550100&" + b"a=1&" * 1000,
    ],
)
def test_what_asks_nothing_is_refused_with_a_reason(service: Service, body: bytes) -> None:
    assert rung(service, body) is None


def test_a_field_that_says_the_same_twice_is_no_contradiction(service: Service) -> None:
    twice = b'{"uuid": 1, "uuid": 2, "call_to_number": "+12025550100", "caller_id_number": "+12025550101", '
    assert rung(service, twice + b'"call_to_number": "+12025550100"}') == CALLEE


def test_a_body_of_ten_megabytes_is_refused_and_the_connection_goes_on(service: Service) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(160):
            yield b"x" * 65536

    for body in (b"x" * 10_000_000, parts()):
        response = service.http.post("/masking", content=body, headers=AUTHORISED)
        assert (response.status_code, response.json()) == (413, {"error": "too large"})
        assert rung(service, asked()) == CALLEE


def exchange(service: Service, head: str, body: bytes = asked()) -> tuple[int, dict[str, str], bytes]:
    """Sends a request as it is written; status, headers and body of the reply."""
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode("latin-1") + body)
        file = connection.makefile("rb")
        status = int(file.readline().split()[1])
        headers = {}
        while (line := file.readline().strip().decode("latin-1")) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        content = b"" if head.startswith("HEAD") else file.read(int(headers["content-length"]))
    return status, headers, content


LENGTH = (
    f"host: evil.example\nx-forwarded-proto: http\nx-forwarded-host: evil.example\ncontent-length: {len(asked())}\n\n"
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("POST /masking/example-secret HTTP/1.1", 200),
        ("POST /masking/example-secret/ HTTP/1.1", 200),
        ("POST /masking/example-secret?a=/../b&secret=x HTTP/1.1", 200),
        ("POST /masking/example%2Dsecret HTTP/1.1", 200),
        ("POST /%6Dasking/example-secret HTTP/1.1", 200),
        ("POST http://evil.example/masking/example-secret HTTP/1.1", 200),
        ("POST /masking/example-secret// HTTP/1.1", 401),
        ("POST /masking//example-secret HTTP/1.1", 401),
        ("POST /masking/example-secret%2F%2Fx HTTP/1.1", 401),
        ("POST /masking/x/example-secret HTTP/1.1", 401),
        ("POST /masking/EXAMPLE-SECRET HTTP/1.1", 401),
        ("POST /masking/ HTTP/1.1", 401),
        ("POST /masking/%ff%fe%00 HTTP/1.1", 401),
        ("POST //masking/example-secret HTTP/1.1", 404),
        ("POST /MASKING/example-secret HTTP/1.1", 404),
        ("POST /masking%2Fexample-secret%2F HTTP/1.1", 200),
        ("POST /maskings/example-secret HTTP/1.1", 404),
        ("POST / HTTP/1.1", 404),
        ("GET /masking/example-secret HTTP/1.1", 405),
        ("HEAD /masking/example-secret HTTP/1.1", 405),
        ("OPTIONS /masking/example-secret/ HTTP/1.1", 405),
        ("TRACE /masking/example-secret HTTP/1.1", 405),
        ("GET /healthz/ HTTP/1.1", 200),
        ("HEAD /healthz HTTP/1.1", 200),
        ("POST /healthz HTTP/1.1", 405),
        ("DELETE /metrics/ HTTP/1.1", 405),
        ("GET /healthz// HTTP/1.1", 404),
        ("POST http://evil.example HTTP/1.1", 400),
        ("CONNECT evil.example:80 HTTP/1.1", 400),
        ("POST /masking/\xff HTTP/1.1", 400),
        ("OPTIONS * HTTP/1.1", 404),
        ("hello", 400),
    ],
)
def test_no_path_and_no_method_is_ever_redirected(service: Service, line: str, expected: int) -> None:
    status, headers, content = exchange(service, f"{line}\n{LENGTH}")
    assert status == expected
    assert not {"location", "server"} & set(headers)
    assert headers["content-type"] == "application/json"
    assert SECRET.encode() not in content
    assert b"evil" not in content
    if line.startswith("POST") and status == 200:
        assert content == ANSWER
    elif content:
        assert set(json.loads(content)) <= {"error", "reason", "status", "routes", "loaded_at", "problem"}
    assert status != 405 or headers["allow"] in ("POST", "GET, HEAD")


def test_the_secret_may_come_in_the_header_to_a_path_that_ends_in_a_slash(service: Service) -> None:
    response = service.http.post("/masking/", content=asked(), headers=AUTHORISED)
    assert response.content == ANSWER


def test_an_offer_of_another_protocol_costs_no_request_its_body(service: Service) -> None:
    for offer in (
        "connection: Upgrade, HTTP2-Settings\nupgrade: h2c\nhttp2-settings: AAEAAEAAAAIAAAABAAMAAABk\n",
        "connection: upgrade\nupgrade: websocket\nsec-websocket-key: x\n",
    ):
        assert exchange(service, f"POST /masking/example-secret HTTP/1.1\n{offer}{LENGTH}")[2] == ANSWER
        chunked = f"POST /masking/example-secret HTTP/1.1\nhost: x\n{offer}transfer-encoding: chunked\n\n"
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(asked()), asked())
        assert exchange(service, chunked, body)[2] == ANSWER


def test_a_body_that_is_cut_or_badly_framed_has_a_reply(service: Service) -> None:
    head = "POST /masking/example-secret HTTP/1.1\nhost: x\n"
    for more, body in (
        ("transfer-encoding: chunked\n\n", b"zz\r\n"),
        ("transfer-encoding: chunked\ncontent-length: 3\n\n", b"0\r\n\r\n"),
        ("content-length: 3\ncontent-length: 4\n\n", b"{}"),
        ("content-length: -1\n\n", b""),
    ):
        status, headers, _ = exchange(service, head + more, body)
        assert (status, headers["content-type"]) == (400, "application/json")
    assert exchange(service, f"{head}content-length: 5000\n\n", b"{")[0] == 408


def test_refusals_are_counted_by_what_they_are(service: Service) -> None:
    def counted(outcome: str) -> float:
        lines = service.http.get("/metrics").text.splitlines()
        wanted = f'digo_masking_requests_total{{outcome="{outcome}"}} '
        return next((float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted)), 0)

    before = counted("bad request"), counted("not found"), counted("unauthorized")
    rung(service, asked(True))
    service.http.post(f"/elsewhere/{SECRET}")
    service.http.post("/masking/wrong")
    service.wait(lambda: counted("unauthorized") > before[2])
    assert (counted("bad request"), counted("not found")) == (before[0] + 1, before[1] + 1)
    assert SECRET not in service.http.get("/metrics").text


def test_a_masking_number_may_reject_anonymous_callers(project: Project, start: Callable[..., Service]) -> None:
    rides = {"numbers": [MASKING], "default": {"callee": DEFAULT}, "anonymous": "reject"}
    project.write("masking.yaml", {"masking": {"rides": rides}, "failover": {"callee": OTHER}})
    service = start()
    assert service.ask(MASKING, "anonymous").json() == []
    assert service.rings(MASKING, CALLER) == DEFAULT
    service.wait(lambda: "status=200 outcome=rejected" in service.access)
