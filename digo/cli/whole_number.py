"""A whole number as the value of an option, with a message for people."""

from __future__ import annotations

from typing import Any

import click


class WholeNumber(click.IntRange):
    """click's range of integers. Its messages speak of `0<=x<=10000` and of an `integer range`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number.

        Raises:
            click.BadParameter: it is none, or outside of the range.
        """
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            least = self.min or 0
            numbers = f"of {least:,} or more" if self.max is None else f"from {least:,} to {self.max:,}"
            self.fail(f"{value} is not a whole number {numbers}.", param, ctx)
