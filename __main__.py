"""The Pulumi program: makes the account match `config/<environment>/`."""

# ruff: noqa: E402  # the first lines decide how the other modules are read

import sys
from pathlib import Path

sys.dont_write_bytecode = True  # until `use_whole_files`
from digo.system.bytecode import use_whole_files

use_whole_files()

from digo.plan import compare
from digo.source.problems import format_problems
from providers import say
from providers.program import clean_errors, fast_registration, leave_quietly_on_interrupt, shed_secrets
from providers.recording import recorded
from providers.register import register
from providers.stack import Stack

leave_quietly_on_interrupt()
say.clean_everything()
shed_secrets()
with clean_errors():
    stack = Stack.current(Path(__file__).resolve().parent)
    with recorded(stack) as begin:
        desired = stack.desired()
        for warning in format_problems(desired.warnings):
            say.warn(warning)
        snapshot = stack.snapshot()
        plan = compare(desired, snapshot, stack.settings.profile)
        guard_input = stack.guard_input(plan, desired, snapshot)
        begin(guard_input["plan"])
        with fast_registration():
            register(plan, guard_input, stack.settings, stack.root)
