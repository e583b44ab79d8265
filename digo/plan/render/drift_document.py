"""Drift as JSON: the review's document, and the rows of the drift table. Within a version, fields are only added."""

from __future__ import annotations

from typing import Any

from digo.plan.drift_table import drift_groups
from digo.plan.render.document import review_document
from digo.plan.review import Review
from digo.sanitize.json import for_json


def drift_json(review: Review, *, numbers: bool = False) -> str:
    """The document as text."""
    return for_json(drift_document(review, numbers=numbers), indent=2) + "\n"


def drift_document(review: Review, *, numbers: bool = False) -> dict[str, Any]:
    """The review and its drift as plain data. `numbers` shows phone numbers in full."""
    return {
        **review_document(review, numbers=numbers),
        "driftExitCode": review.drift_exit_code,
        "unmanagedDrifts": review.unmanaged_drifts,
        "drifted": [
            {
                "verb": group.verb,
                "origin": group.origin.text if group.origin else None,
                "entry": row.entry,
                "field": row.field,
                "config": row.config,
                "last": row.last,
                "account": row.account,
                "position": str(row.position) if row.position else None,
                "remedy": group.remedy,
            }
            for group in drift_groups(review, numbers=numbers)
            for row in group.rows
        ],
    }
