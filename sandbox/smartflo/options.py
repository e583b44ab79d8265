"""The command line's options about the sibling's account: one for each of its settings."""

from collections.abc import Callable
from typing import Any, get_args

import click

from sandbox.smartflo.settings import SmartfloSettings

_MEANINGS = {
    "smartflo_token": "Token of the sibling's account; repeat for more.",
    "smartflo_users": "Whether calls about users are answered, or the status of their refusal.",
    "smartflo_agents": "The same for the legacy calls about agents.",
    "smartflo_duplicates": "What happens to a second user of one number, login id or e-mail.",
    "smartflo_page_limit": "Largest page of users.",
    "smartflo_numbers": "The account's own phone numbers; repeat for more.",
    "smartflo_country": "Country code that a number of ten digits comes back with.",
    "smartflo_created_id": "Where the reply to a new user has an id.",
    "smartflo_errors": "Form of a refused user: 400 with arrays, 422 with texts, or 400 with errors.",
    "smartflo_ids": "Whether ids of users and lists are numbers or text.",
    "smartflo_reply_names": "Whether a changed user is answered with success or Success.",
    "smartflo_empty": "What the leads of an empty list are.",
    "smartflo_lead_columns": "How many columns a lead shows.",
    "smartflo_batch_ms": "Milliseconds that a batch of leads takes.",
    "smartflo_batch_slices": "Parts in which its rows become visible.",
    "smartflo_batch_key": "Key that has its status.",
    "smartflo_batch_rows": "Whether its status has the refused rows.",
    "smartflo_batch_limit": "Most rows of a batch; 0: no limit.",
    "smartflo_refused_text": "A batch leaves out each row that has this text.",
    "smartflo_login_id": "Login id that POST /v1/auth/login accepts.",
    "smartflo_password": "Its password.",
    "smartflo_password_days": "Days until the password ends.",
    "smartflo_token_seconds": "Life of a token of a login.",
    "smartflo_lock_after": "Refused logins in a row that lock the account.",
    "smartflo_lock_seconds": "How long it is locked.",
    "smartflo_login_status": "HTTP status of a refused login.",
}


def smartflo_options() -> tuple[Callable[[Any], Any], ...]:
    """One option for each of the settings."""
    return tuple(_option(name, meaning) for name, meaning in _MEANINGS.items())


def _option(name: str, meaning: str) -> Callable[[Any], Any]:
    default = SmartfloSettings.model_fields[name].default
    kind: Any = click.Choice(choices) if (choices := _choices(name)) else type(default)
    several = isinstance(default, tuple)
    return click.option(
        f"--{name.replace('_', '-')}",
        type=str if several or default is None else kind,
        multiple=several,
        default=default,
        show_default=True,
        help=meaning,
    )


def _choices(name: str) -> tuple[str, ...]:
    return tuple(value for value in get_args(SmartfloSettings.model_fields[name].annotation) if isinstance(value, str))
