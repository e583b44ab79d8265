"""The namespace of the settings. It has a file of its own because every command needs it, and few need the settings."""

from __future__ import annotations

NAMESPACE = "digo"
"""As in `digo:endpoint`, in a stack's config."""
