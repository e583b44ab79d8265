"""The Pulumi program: makes the account match `config/<environment>/`."""

import sys

sys.dont_write_bytecode = True  # until `run_program`: a full disk could leave a part of a compiled file
from providers.run import run_program  # noqa: E402

run_program(__file__)
