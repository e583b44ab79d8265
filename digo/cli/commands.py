"""The commands. Each is imported when it is run, so that it does not wait for the libraries of the others."""

from __future__ import annotations

from digo.cli.lazy_group import LazyCommand

# Each command with the first sentence of its help. The command `plan` is `plan` in `digo.cli.plan`. The sentences stand
# here for the list of commands, which must not import them all.
COMMANDS = {
    "validate": "Checks the config and lists its problems.",
    "schema": "Prints the JSON Schema of one kind of config file, or writes all schemas.",
    "plan": "Shows what an up would do, entry by entry, and the plan's hash.",
    "snapshot": "Records the account and the stack's state to FILE, for `digo plan --snapshot FILE`.",
    "export": "Writes the account's agents into the environment's config.",
    "doctor": "Checks installation, project, stack, state, token, endpoint, account, stores, files and Git.",
    "init": (
        "Creates what ENVIRONMENT needs: Pulumi.ENVIRONMENT.yaml, config/ENVIRONMENT/, its ledger key, and the stack."
    ),
    "new": "Makes a project of your own in FOLDER, with one environment and its stack.",
    "upgrade": "Shows what the installed pulumi-digo changes in a project that `digo new` made, and does it.",
    "about": "Shows the version, its Python, and every place where something is kept.",
    "compare": "Compares the agents of LEFT and RIGHT.",
    "drift": "Compares config, the last up and the account, field by field.",
    "history": "Lists the ups of a stack, the newest first: when, who, from which commit, and what each applied.",
    "report": "Shows what the last up wrote: applied, not applied or unknown.",
    "call": "Rings AGENT, then the customer.",
    "announce": "Writes the lead, then calls the customer.",
    "hangup": "Ends the live call CALL_ID.",
    "transfer": "Hands the live call CALL_ID to an agent (type 4 of the API's call options).",
    "records": "Downloads all pages of call records, newest first, each record once.",
    "masking": "Number masking: serves the API that DIGO asks whom to ring, from config/<environment>/masking.yaml.",
    "agents": "Lists the agents of the account and of config: managed, adoptable, missing, forgotten or unmanaged.",
    "lists": "Checks and compares files of lead lists, shows the rows that an up sends, sends refused rows again.",
    "engine": "Runs Pulumi's daily commands with the embedded engine: `digo engine preview`, `digo engine up`.",
    "sandbox": "Starts and stops the sandbox, a stand-in for the vendor's service: `digo sandbox start`.",
    "fleet": "Plans, ups and watches all stacks that fleet.yaml covers.",
    "ci": "Writes to GitHub or GitLab from a pipeline, and reads from it: see docs/ci/README.md.",
    "completion": "Prints the script that lets SHELL complete the commands and options of `digo`.",
}

_MODULES = {"engine": "other_programs", "sandbox": "other_programs"}
_EXTRAS = {"masking": "masking", "sandbox": "sandbox"}
LAZY = {
    name: LazyCommand(sentence, f"digo.cli.{_MODULES.get(name, name)}", name, _EXTRAS.get(name, ""))
    for name, sentence in COMMANDS.items()
}
