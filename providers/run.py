"""The Pulumi program. A project's `__main__.py` calls `run_program` and has nothing else."""

from __future__ import annotations

from pathlib import Path

from digo.system.bytecode import use_whole_files


def run_program(main: str) -> None:
    """Makes the account match `config/<environment>/` of the project whose program is the file `main`.

    Ends the process with Pulumi's exit code for a reported failure where the config, the settings or the account stop
    the run.
    """
    # `__main__.py` turned compiled files off before it imported this module. All further ones are written whole.
    use_whole_files()
    from digo.plan import compare
    from digo.plan.reading import other_list, read_options
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
        stack = Stack.current(Path(main).resolve().parent)
        with recorded(stack) as begin:
            desired = stack.desired()
            for warning in format_problems(desired.warnings):
                say.warn(warning)
            snapshot = stack.snapshot(read_options(stack.settings.profile, desired))
            if notice := stack.settings.access.notice():
                say.warn(notice)
            if note := other_list(stack.settings.profile, snapshot):
                say.info(note)
            plan = compare(desired, snapshot, stack.settings.profile)
            guard_input = stack.guard_input(plan, desired, snapshot)
            begin(guard_input["plan"])
            with fast_registration():
                register(plan, guard_input, stack.settings, stack.root)
