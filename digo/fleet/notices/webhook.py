"""The webhook: a JSON document, signed as Standard Webhooks has it (https://www.standardwebhooks.com)."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from digo.fleet.file.notice_models import WebhookNotice
from digo.fleet.notices.address import Address, address_in, address_of
from digo.fleet.notices.document import notice_json
from digo.fleet.notices.failure import NoticeFailed
from digo.fleet.notices.notice import Notice
from digo.fleet.notices.post import Poster
from digo.settings.failure import unreadable_secret
from digo.system.extras import need

if TYPE_CHECKING:  # an extra brings it
    from standardwebhooks import Webhook

_NEXT = "a secret is base64, such as `openssl rand -base64 32` prints it, with or without `whsec_`"


def send_webhook(entry: WebhookNotice, notice: Notice, environ: Mapping[str, str], root: Path, poster: Poster) -> None:
    """Sends a notice to a webhook.

    Raises:
        NoticeFailed: address or secret cannot be used, or the receiver does not take the notice.
        ExtraMissing: the library that signs is not installed.
    """
    address = webhook_address(entry, environ)
    signer = _signer(entry, environ, root)
    body = notice_json(notice)

    def headers() -> dict[str, str]:
        now = datetime.now(timezone.utc)
        return {
            "webhook-id": notice.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signer.sign(notice.id, now, body),
        }

    poster.post(address, body, headers)


def webhook_address(entry: WebhookNotice, environ: Mapping[str, str]) -> Address:
    """The address of a webhook.

    Raises:
        NoticeFailed: it is not set, or cannot be used.
    """
    if entry.url_variable:
        return address_in(environ, entry.url_variable)
    return address_of(entry.url or "", "`url`")


def _signer(entry: WebhookNotice, environ: Mapping[str, str], root: Path) -> Webhook:
    secret, source = _secret(entry, environ, root)
    need("fleet", "a webhook's signature", "standardwebhooks")
    from standardwebhooks import Webhook
    from standardwebhooks.webhooks import EmptyWebhookSecretError

    try:
        return Webhook(secret)
    except (binascii.Error, ValueError):
        raise NoticeFailed(f"{source} is not a secret of a webhook: {_NEXT}") from None
    except EmptyWebhookSecretError:
        raise NoticeFailed(f"{source} is empty: {_NEXT}") from None


def _secret(entry: WebhookNotice, environ: Mapping[str, str], root: Path) -> tuple[str, str]:
    """The secret, and where it is from."""
    if entry.secret_variable:
        if not (value := environ.get(entry.secret_variable, "").strip()):
            raise NoticeFailed(f"the environment variable {entry.secret_variable}, the webhook's secret, is not set")
        return value, entry.secret_variable
    named = entry.secret_file or ""
    try:
        return (root / named).read_text(encoding="utf-8-sig").strip(), named
    except (OSError, ValueError) as problem:
        raise NoticeFailed(f"`secretFile` names {named}, which cannot be read: {unreadable_secret(problem)}") from None
