"""Limits of work that config or a file from somebody else can cause. Each can be raised by an environment variable.

They are variables and no settings: a pull request can change a setting's file, and must not lift the limit that it
meets.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Limit:
    """One limit.

    Attributes:
        variable: the environment variable that changes it.
        default: its value without the variable.
        meaning: what is limited, with the unit.
    """

    variable: str
    default: int
    meaning: str

    def value(self, environ: Mapping[str, str] | None = None) -> int:
        """The limit in force. A variable that is not a whole number is refused at the start of each process."""
        text = (os.environ if environ is None else environ).get(self.variable, "")
        return int(text) if _NUMBER.fullmatch(text) else self.default

    @property
    def way_out(self) -> str:
        """The end of a message: how somebody raises the limit who means it."""
        return f"set {self.variable} higher if this is meant"


CONFIG_MIB = Limit("DIGO_MAX_CONFIG_MIB", 64, "the MiB that a file of config, a plan or a snapshot may have")
CONFIG_VALUES = Limit("DIGO_MAX_CONFIG_VALUES", 2_000_000, "how many keys, values and brackets a YAML file may have")
LIST_MIB = Limit("DIGO_MAX_LIST_MIB", 1024, "the MiB that a file of leads or routes may have, unpacked")
FOLDERS = Limit("DIGO_MAX_FOLDERS", 20_000, "how many folders a glob in `source` may look into")
PATTERN_SECONDS = Limit("DIGO_MAX_PATTERN_SECONDS", 5, "the seconds that the names may take to be matched by a pattern")
LIMITS = (CONFIG_MIB, CONFIG_VALUES, LIST_MIB, FOLDERS, PATTERN_SECONDS)


def broken_limits(environ: Mapping[str, str]) -> list[str]:
    """The problems of variables that are not a limit."""
    return [
        f"the environment variable {limit.variable} is a whole number above 0: {limit.meaning}; {limit.default:,} "
        "without it"
        for limit in LIMITS
        if limit.variable in environ and not _NUMBER.fullmatch(environ[limit.variable])
    ]
