"""What fleet.yaml says of the project's stacks, checked against them: names that are not there, what ends empty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from digo.fleet.file.accounts import account_warnings
from digo.fleet.file.labels import label_warnings, unlabelled
from digo.fleet.file.models import FleetSettings, GroupEntry
from digo.fleet.file.selectors import LEFT_OUT, is_glob, matches_globs, unmatched
from digo.fleet.file.sentences import stacks_are
from digo.fleet.file.waves import waves_of
from digo.fleet.stacks import FleetStack
from digo.source.positions import Document, Loc, dotted
from digo.source.problems import Problem
from digo.source.substitution import PREFIX as SHOWN
from digo.text.counts import counted, some
from digo.text.did_you_mean import hint
from digo.text.stack_names import file_of_stack


@dataclass
class FleetChecks:
    """One check of fleet.yaml against the stacks of its project.

    Attributes:
        settings: the content of fleet.yaml.
        document: where each part of it is.
        stacks: all stacks of the project, with their groups.
        root: the project's folder.
        problems: the errors.
        warnings: problems that stop nothing.
    """

    settings: FleetSettings
    document: Document
    stacks: Sequence[FleetStack]
    root: Path
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def run(self) -> None:
        """Looks at everything."""
        for name, group in self.settings.groups.items():
            self._group(name, group)
        self._names_of_groups()
        if not self.problems:  # otherwise they are consequences
            self._waves()
            self._left_out()
        self._variables()
        self._templates()
        self.warnings += [*account_warnings(self.stacks), *label_warnings(self.settings, self.stacks)]

    def _say(self, loc: Loc, message: str) -> None:
        self.problems.append(Problem(self.document.at(loc), dotted(loc), message))

    def _warn(self, loc: Loc, message: str) -> None:
        self.warnings.append(Problem(self.document.key_at(loc), dotted(loc), message))

    def _group(self, name: str, group: GroupEntry) -> None:
        before = len(self.problems)
        self._globs(("groups", name, "stacks"), group.stacks)
        for key, values in group.labels.items():
            self._label(("groups", name, "labels", key), key, values)
        if len(self.problems) == before and not any(name in one.groups for one in self.stacks):
            loc: Loc = ("groups", name)
            self.problems.append(
                Problem(self.document.key_at(loc), dotted(loc), "no stack is in this group: none has all that it asks")
            )

    def _globs(self, loc: Loc, globs: Sequence[str]) -> None:
        names = [one.name for one in self.stacks]
        missing = set(unmatched(globs, names))
        for place, glob in enumerate(globs):
            at: Loc = (*loc, place)
            if glob not in missing:
                continue
            if glob.startswith(LEFT_OUT):
                text = f"no stack matches `{glob}`, which leaves out nothing"
                self.warnings.append(Problem(self.document.at(at), dotted(at), text))
            else:
                self._say(at, no_such_stack(glob, names))

    def _label(self, loc: Loc, key: str, values: Sequence[str]) -> None:
        if problem := no_such_label(key, values, self.stacks):
            # A stack whose labels nobody knows may be the one that has it.
            found = self.warnings if unlabelled(self.stacks) else self.problems
            found.append(Problem(self.document.key_at(loc), dotted(loc), problem))

    def _names_of_groups(self) -> None:
        known = self.settings.groups
        places = [("waves", place, one.groups) for place, one in enumerate(self.settings.waves)]
        places += [("windows", place, one.groups or ()) for place, one in enumerate(self.settings.windows)]
        for what, place, groups in places:
            for number, group in enumerate(groups):
                if group not in known:
                    self._say((what, place, "groups", number), no_such_group(group, known))

    def _waves(self) -> None:
        found = {wave.name for wave in waves_of(self.settings, self.stacks)}
        names: set[str] = set()
        for place, wave in enumerate(self.settings.waves):
            if wave.name in names:
                self._say(("waves", place, "name"), f"the wave `{wave.name}` occurs twice; give each a name of its own")
            elif wave.name not in found:
                # It leaves out no stack, and a fleet that grows may fill it.
                self._warn(("waves", place, "groups"), "no stack is in this wave: earlier ones have all of its groups'")
            names.add(wave.name)

    def _left_out(self) -> None:
        globs = [glob for group in self.settings.groups.values() for glob in group.stacks if glob.startswith(LEFT_OUT)]
        strange = [one.name for one in self.stacks if not one.groups and not _is_left_out(one.name, globs)]
        if strange:
            self._warn(
                ("groups",), f"{stacks_are(strange)} in no group, so no command of the fleet looks at {_it(strange)}"
            )
        waves = {name for wave in waves_of(self.settings, self.stacks) for name in wave.stacks}
        idle = [one.name for one in self.stacks if one.groups and one.name not in waves]
        if idle:
            self._warn(("waves",), f"{stacks_are(idle)} in no wave, so `digo fleet up` leaves {_it(idle)} out")

    def _variables(self) -> None:
        """Two stacks whose names a variable's or a file's name does not tell apart would share a secret."""
        for name, pattern in self.settings.environment.variables.items():
            loc: Loc = ("environment", "variables", name)
            if name.startswith(SHOWN) and not pattern.startswith(SHOWN):
                self._say(loc, f"plans show what config uses of {SHOWN}…, so {pattern} must begin with {SHOWN}, too")
            self._shared(loc, pattern)
        for place, pattern in enumerate(self.settings.environment.files):
            self._shared(("environment", "files", place), pattern)

    def _shared(self, loc: Loc, pattern: str) -> None:
        owners: dict[str, str] = {}
        for one in self.stacks if "{STACK}" in pattern else ():
            name = file_of_stack(pattern, one.name)
            if one.groups and (other := owners.setdefault(name, one.name)) != one.name:
                self._say(loc, f"the stacks {other} and {one.name} would both read {name}; rename one of them")

    def _templates(self) -> None:
        for place, notice in enumerate(self.settings.notices):
            if notice.chat is not None and notice.chat.template and not (self.root / notice.chat.template).is_file():
                self._say(("notices", place, "chat", "template"), "there is no such file in the project")


def no_such_stack(glob: str, names: Sequence[str]) -> str:
    """The message for a glob that matches none of these stacks."""
    if not names:
        return f"no stack matches `{glob}`: there is none with a Pulumi.<stack>.yaml, and `digo init NAME` makes one"
    if is_glob(glob):
        return f"no stack matches `{glob}`; there {_are(len(names))}: {some(names)}"
    return f"there is no stack `{glob}`; {hint(glob, names, f'there {_are(len(names))}: {some(names)}')}"


def no_such_group(group: str, known: Iterable[str]) -> str:
    """The message for a group that fleet.yaml does not have."""
    names = list(known)
    return f"there is no group `{group}`; {hint(group, names, f'known: {some(names)}')}"


def no_such_label(key: str, values: Sequence[str], stacks: Sequence[FleetStack]) -> str:
    """The message for a label, or the first of its values, that none of these stacks has; "" if all are there."""
    problem = _no_such_label(key, values, stacks)
    if problem and (strange := unlabelled(stacks)):
        return f"{problem}; the labels of {some(strange)} are unknown, because of what is wrong in the file"
    return problem


def _no_such_label(key: str, values: Sequence[str], stacks: Sequence[FleetStack]) -> str:
    keys = sorted({name for one in stacks for name in one.labels})
    if key not in keys:
        known = f"labels of stacks: {some(keys)}" if keys else "no stack has a `digo:labels` in its file"
        return f"no stack has the label `{key}`; {hint(key, keys, known)}"
    have = sorted({one.labels[key] for one in stacks if key in one.labels})
    for value in values:
        if not any(fnmatchcase(one, value) for one in have):
            return f"no stack has {key}={value}; {hint(value, have, f'values of {key}: {some(have)}')}"
    return ""


def _is_left_out(name: str, globs: Sequence[str]) -> bool:
    return bool(globs) and not matches_globs(name, globs)


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"


def _are(count: int) -> str:
    return f"{'is' if count == 1 else 'are'} {counted(count, 'stack')}"
