"""What a refusal says of a row."""

from __future__ import annotations

import pytest

from digo.api.errors import Refused
from digo.lists.sending.sent_rows import refused_field


@pytest.mark.parametrize(
    ("reasons", "field"),
    [
        ((("", "number is on a DND list"),), ""),
        ((("field_5", "must be a string"),), "field_5"),
        ((("data.0.field_5", "must be a string"), ("field_5", "is too long")), "field_5"),
        ((("field_5", "must be a string"), ("field_0", "is required")), ""),
        ((("field_5", "must be a string"), ("", "and more")), ""),
        ((), ""),
    ],
)
def test_the_field_that_all_reasons_are_about(reasons: tuple[tuple[str, str], ...], field: str) -> None:
    assert refused_field(Refused("no", reasons=reasons, method="POST", path="/v1", next_step="")) == field
