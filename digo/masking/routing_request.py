"""Parses the body of DIGO's request: JSON as on the page, or a form with the same fields."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from digo.masking.call_party import MOST_DIGITS, CallParty, PartyProblem, parse_party, whole_number

DIALLED, CALLER = "call_to_number", "caller_id_number"
_CALL_IDS = ("call_id", "uuid")
_FIELDS = (DIALLED, CALLER)
_MOST_FIELDS = 100
_ENCODINGS = ("utf-8", "utf-16", "utf-32", "ascii", "iso8859", "cp125")
_NO_NUMBER = "a phone number is due here, as a text or a whole number of up to 15 digits"


class InvalidRequest(ValueError):
    """The request cannot be answered. The message says why, without any value of it."""


class RoutingRequest(NamedTuple):
    """Who has dialled which number; `call` identifies the call."""

    dialled: CallParty
    caller: CallParty
    call: str


class _Fraction(str):
    """A JSON number with a fraction or an exponent, as written: a float would round it."""


def parse_request(body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> RoutingRequest:
    """The question in a body.

    The format is detected from the body. Only the encoding is taken from the headers, because many senders declare the
    wrong content type.

    Raises:
        InvalidRequest: the body has no valid question.
    """
    try:
        content: Any = _JSON.decode(body.decode())
    except InvalidRequest:
        raise
    except (ValueError, RecursionError):
        content = _other(body, headers)
    if not isinstance(content, dict):
        raise InvalidRequest("an object with the fields of a call is due here")
    if content.get(DIALLED) is None:
        raise InvalidRequest(f"{DIALLED} is missing")
    return RoutingRequest(_party(content, DIALLED), _party(content, CALLER), _call(content))


def _refuse(constant: str) -> None:
    raise InvalidRequest(f"{constant} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        for name in _FIELDS:
            given = [value for key, value in pairs if key == name]
            if any(type(value) is not type(given[0]) or value != given[0] for value in given[1:]):
                raise InvalidRequest(f"{name} is there twice, with two values")
    return found


# Made once: `json.loads` with these arguments would make a decoder per request.
_JSON = json.JSONDecoder(parse_float=_Fraction, parse_constant=_refuse, object_pairs_hook=_object)


def _other(body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Any:
    """Parses a body that is not plain JSON in UTF-8."""
    text = _decoded(body, headers).strip("\ufeff \t\r\n")
    if not text:
        raise InvalidRequest("the body is empty")
    if text[0] not in '{["':
        return _form(text)
    try:
        return _JSON.decode(text)
    except InvalidRequest:
        raise
    except RecursionError:
        raise InvalidRequest("the JSON is too deep") from None
    except ValueError:
        raise InvalidRequest("the body is not JSON") from None


def _decoded(body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> str:
    kind = next((value for name, value in headers if name == b"content-type"), b"").decode("latin-1").lower()
    named = kind.partition("charset=")[2].partition(";")[0].strip(" \"'")
    # The first bytes of JSON show its Unicode encoding (RFC 4627, section 3).
    for encoding in (json.detect_encoding(body), named):
        try:
            # Lone surrogates are handled later, where they matter.
            if codecs.lookup(encoding).name.startswith(_ENCODINGS):
                return body.decode(encoding, "surrogatepass" if encoding.startswith("utf") else "strict")
        except (LookupError, ValueError):
            continue
    raise InvalidRequest("the body is in no encoding that can be read: send it as UTF-8")


def _form(text: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        pairs = []
    # An unescaped plus was decoded as a space.
    fields = [(name, f"+{value[1:]}" if name in _FIELDS and value[:1] == " " else value) for name, value in pairs]
    found = _object(fields)
    if not any(name in found for name in _FIELDS):
        raise InvalidRequest("the body is neither JSON nor a form with the fields of a call")
    return found


def _party(content: dict[str, Any], field: str) -> CallParty:
    value = content.get(field)
    try:
        if type(value) is str:
            return parse_party(value)
        if value is None:
            return parse_party("")
        if isinstance(value, _Fraction):
            digits = whole_number(value)
        else:
            digits = str(value) if type(value) is int and 0 <= value < 10**MOST_DIGITS else None
        if digits is not None:
            return parse_party(digits)
    except PartyProblem as problem:
        raise InvalidRequest(f"{field}: {problem}") from None
    raise InvalidRequest(f"{field}: {_NO_NUMBER}")


def _call(content: dict[str, Any]) -> str:
    """The call's id. The page types it Integer and shows a fraction, so any of these types is accepted."""
    for name in _CALL_IDS:
        value = content.get(name)
        if value and isinstance(value, (str, int)) and not isinstance(value, bool):
            return str(value)
    return ""
