"""`digo completion`: the script for a shell's completion of commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

VARIABLE = "_DIGO_COMPLETE"


@click.command(epilog="Example: echo 'eval \"$(digo completion bash)\"' >> ~/.bashrc")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(command: click.Context, shell: str) -> int:
    """Prints the script that lets SHELL complete the commands and options of `digo`. It installs nothing.

    Put it into ~/.bashrc (bash), ~/.zshrc after compinit (zsh), or ~/.config/fish/completions/digo.fish (fish). It
    completes the command `digo` on PATH, not `python -m digo`. Exit code: 0.
    """
    made = get_completion_class(shell)
    assert made is not None
    root = command.find_root()
    click.echo(made(root.command, {}, "digo", VARIABLE).source())
    return 0
