"""Half of a surrogate pair in the engine's files: visible in a state, refused in config."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from digo.project.values import Value
from digo.text.json_text import loads
from engine.failure import ConfigurationFailure
from engine.stack_file import complete_config
from protocol.stored import decode_plaintext


@pytest.mark.parametrize("encode", [str, str.encode])
def test_what_json_escapes_is_visible(encode: type) -> None:
    text = r'{"name \ud83d": ["\uDCE9", "\ud83d\ude00", "\\ud83d", 1, null]}'
    assert loads(encode(text)) == {r"name \ud83d": [r"\udce9", "😀", r"\ud83d", 1, None]}


def test_damaged_bytes_are_no_json() -> None:
    for text in (b'{"a": "\xff"}', gzip.compress(b"{}"), b""):
        with pytest.raises(ValueError):
            loads(text)


def test_a_secret_of_the_state_too() -> None:
    assert decode_plaintext(json.dumps("Sales \ud83d")) == r"Sales \ud83d"


@pytest.mark.parametrize("key", ["digo:zone", "digo:\ud83d"])
def test_a_config_value_with_half_a_character_is_refused_by_its_key(key: str, tmp_path: Path) -> None:
    text = "secret \ud83d" if key == "digo:zone" else "secret"
    with pytest.raises(ConfigurationFailure, match="half of a character") as caught:
        complete_config("test", {key: Value(text)}, {})
    assert "secret" not in str(caught.value)
    str(caught.value).encode()
