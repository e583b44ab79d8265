"""The head of a state file: when it was written, by what, and who can open its secrets.

Source: pulumi/pulumi, `pkg/resource/deploy/manifest.go` (the magic is the SHA-256 of the version).
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from dataclasses import replace
from datetime import datetime, timezone

from engine.model import Deployment
from engine.secrets import PassphraseSecrets


def engine_version() -> str:
    """The version that states name: the Pulumi SDK's, marked as ours."""
    return f"v{importlib.metadata.version('pulumi')}+embedded"


def stamped(deployment: Deployment, secrets: PassphraseSecrets | None) -> Deployment:
    """The deployment with a manifest of now, and with its secrets manager where one is given."""
    version = engine_version()
    manifest = {
        "time": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"),
        "magic": hashlib.sha256(version.encode()).hexdigest(),
        "version": version,
    }
    provider = secrets.provider_state() if secrets is not None else deployment.secrets_provider
    return replace(deployment, manifest=manifest, secrets_provider=provider)
