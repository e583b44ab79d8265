"""Finds the rows whose numbers break a policy: the rules of `digo.desired.rules`, for whole columns."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from digo.desired.policy import PolicyEntry
from digo.lists.rows.list_rows import Rows


def violations(rows: Rows, policy: PolicyEntry) -> list[int]:
    """The indices of the rows that `number_violation` objects to, in order."""
    refused = pc.is_in(rows.phones, pa.array([int(one.digits) for one in policy.forbidden_numbers], pa.uint64()))
    if policy.country_codes is not None:
        digits = pc.cast(rows.phones, pa.string())
        allowed = pc.equal(digits, "")
        for code in policy.country_codes:
            allowed = pc.or_(allowed, pc.starts_with(digits, code))
        refused = pc.or_(refused, pc.invert(allowed))
    return list(pc.indices_nonzero(refused).to_pylist())
