"""Names as people see them. Pure.

Two names are the same if nobody can tell them apart by reading: Unicode has several spellings of one letter (`é` in one
character or two, NFC and NFD), and several spaces. Everything else is a difference, case too. An invisible difference
is described by its code points, so that the reader can fix it.
"""

from __future__ import annotations

import difflib
import re
import unicodedata

from digo.phone.spelling import code_point, is_invisible

# Cyrillic and Greek letters that look like Latin ones. Source: Unicode's confusables.txt (UTS 39), the most common.
_LETTERS = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d\u04bb\u04cf"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0408\u0405\u04ae"
    "\u03bf\u03bd\u03b1\u03b9\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7",
    "aeopcyxijsdqwhl" + "ABEKMHOPCTYXIJSY" + "ovaiABEZHIKMNOPTYX",
)
_SIGNS = str.maketrans("Il|O\u2018\u2019\u201c\u201d\u2026", "1110''\"\".")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")  # general category Zs
_MOST = 5  # differences that a message lists


def normal_name(text: str) -> str:
    """The canonical spelling of a name: NFC, with plain spaces. Names are compared by it."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _SPACES.sub(" ", text))


def same_name(one: str | None, other: str | None) -> bool:
    """Whether people see the same name. No name equals an empty one."""
    return one == other or normal_name(one or "") == normal_name(other or "")


def look_alike(text: str) -> str:
    """A key without invisible characters, and with Latin letters for similar letters of other scripts.

    Two keys with the same result look the same to people.
    """
    if text.isascii():
        return text
    seen = "".join(char for char in normal_name(text) if not is_invisible(char))
    return unicodedata.normalize("NFC", seen.translate(_LETTERS))


def invisible_difference(one: str, other: str) -> str:
    """Where two names differ, in code points, if the difference is invisible; "" otherwise."""
    first, second = normal_name(one), normal_name(other)
    if first == second or _glance(first) != _glance(second):
        return ""
    blocks = difflib.SequenceMatcher(None, first, second, autojunk=False).get_opcodes()
    differences = [
        f"{_spelt(first[a:b])} against {_spelt(second[c:d])} at character {a + 1}"
        for sign, a, b, c, d in blocks
        if sign != "equal"
    ]
    more = f" and {len(differences) - _MOST:,} more" if len(differences) > _MOST else ""
    return f"the names look alike and differ: {', '.join(differences[:_MOST])}{more}"


def _glance(text: str) -> str:
    """A name as someone sees it at a glance on a screen."""
    seen = "".join("-" if unicodedata.category(char) == "Pd" else char for char in text if not is_invisible(char))
    plain = unicodedata.normalize("NFKC", seen).translate(_LETTERS).translate(_SIGNS)
    return re.sub(r"\s+", " ", plain).strip()


def _spelt(text: str) -> str:
    return " ".join(map(_named, text)) if text else "nothing"


def _named(char: str) -> str:
    name = unicodedata.name(char, "").lower()
    return f"{code_point(char)} ({name})" if name else code_point(char)
