"""The manifest of a state file: when it was written and by which version.

Source: pulumi/pulumi, `pkg/resource/deploy/manifest.go` (the magic is the SHA-256 of the version).
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from dataclasses import replace
from functools import cache

from engine.model import Deployment
from engine.secrets import PassphraseSecrets
from engine.times import now


@cache
def engine_version() -> str:
    """The version in state files: that of the Pulumi SDK, with the suffix `+embedded`."""
    return f"v{importlib.metadata.version('pulumi')}+embedded"


def stamped(deployment: Deployment, secrets: PassphraseSecrets | None) -> Deployment:
    """The deployment with a new manifest, and with this secrets manager if one is given."""
    version = engine_version()
    manifest = {
        "time": now(),
        "magic": hashlib.sha256(version.encode()).hexdigest(),
        "version": version,
    }
    provider = secrets.provider_state() if secrets is not None else deployment.secrets_provider
    return replace(deployment, manifest=manifest, secrets_provider=provider)
