"""For a terminal or a log: removes what moves the cursor, hides, reorders, or is invisible."""

from __future__ import annotations

import re

from digo.text.unicode import visible

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# Source: the Unicode Character Database (general categories Cc, Cf, Co, Zl, Zp and noncharacters, and the
# property Default_Ignorable_Code_Point). Line feed and tab are not listed: texts contain them.
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control codes: escape sequences begin with one
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # shown as nothing
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, marks and overrides of direction, line ends
    "\ufeff\ufff0-\ufffb\ufdd0-\ufdef\ufffe\uffff\ue000-\uf8ff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff"
)
# Scripts and symbols in which a joiner has a meaning: Arabic to Sinhala, Thai to Myanmar, Khmer, Mongolian, emoji.
_JOINED = "\u0590-\u109f\u1780-\u18af\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_VIRAMA = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
_IDEOGRAPH = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Invisible characters that are part of a visible one: a flag, a variant of an ideograph, a joined character.
_PART_OF_A_SIGN = (
    "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f"
    f"|(?<=[{_IDEOGRAPH}])[\U000e0100-\U000e01ef]"
    f"|(?<=[{_JOINED}])[\u200c\u200d](?=[{_JOINED}])|(?<=[{_VIRAMA}])[\u200c\u200d]"
)
# One selector chooses a variant; a run of them can hide text.
_LONE_SELECTOR = "(?<=[\ufe00-\ufe0f])[\ufe00-\ufe0f]"

ODD = f"(?P<kept>{_PART_OF_A_SIGN})|[{_UNSEEN}]|{_LONE_SELECTOR}"
"""Matches what a terminal would obey or not show. If the group `kept` matches, the match may stay."""

SUSPECT = re.compile(f"[{_UNSEEN}\ufe00-\ufe0f\ud800-\udfff]")
"""A quick search: a text without a match has nothing that ODD matches."""

_OF_TEXT = re.compile(ODD)
_OF_LINE = re.compile(f"{ODD}|[\t\n]")


def for_terminal(text: str) -> str:
    """The text with a replacement character for everything that a terminal would obey or not show.

    Line feeds and tabs stay. So do names in every script, emoji and combining characters.
    """
    return _cleaned(text.replace("\r\n", "\n"), _OF_TEXT) if SUSPECT.search(text) else text


def one_line(text: str) -> str:
    """A value for a place within a line: `for_terminal` without line feeds and tabs."""
    return _cleaned(text, _OF_LINE) if SUSPECT.search(text) or "\n" in text or "\t" in text else text


def unseen_characters(text: str) -> str:
    """The code points of a line that a terminal would obey or not show, such as `U+202E`; "" if there are none."""
    if not SUSPECT.search(text) and "\n" not in text and "\t" not in text:
        return ""
    found = (match.group() for match in _OF_LINE.finditer(text) if not match["kept"])
    return ", ".join(dict.fromkeys(f"U+{ord(character):04X}" for one in found for character in one))


def _cleaned(text: str, unseen: re.Pattern[str]) -> str:
    # Lone surrogates are escaped first: no stream can write them.
    return unseen.sub(lambda found: found.group() if found["kept"] else REPLACEMENT, visible(text))
