"""What a process does once, at its first use of the models, of the phone library, of sketches and of masking.

Importing it builds the models that wait for their first use, compiles the patterns for numbers of the tests, and makes
the tables that columns of such numbers are looked up in: two tenths of a second of work.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import numpy as np
import pyarrow as pa
from pydantic import BaseModel

import digo
from digo.lists.digests.sketch import Sketch
from digo.lists.rows.number_column import NumberColumn
from digo.phone.number import parse_number
from digo.text.redact import mask_numbers

# Their models are those that programs, hosts and commands check values with.
for _module in pkgutil.walk_packages(digo.__path__, "digo."):
    if not _module.name.endswith("__main__"):
        import_module(_module.name)


def _models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


for _model in _models(BaseModel):
    if _model.__module__.startswith("digo."):
        _model.model_rebuild()

for _number in ("+1 202 555 0101", "+12025550101", "+91 50000 10101"):
    parse_number(_number)
    mask_numbers(_number)
    # The tables of ranges are made when a column's warnings are.
    assert len(NumberColumn(None).read(pa.array([_number.replace(" ", "")])).unassigned) == 1

# The tables of `base64`, and `numpy.ma`, which pyarrow imports for an array of numpy.
assert Sketch.from_text(Sketch.empty(0, 1).to_text(), 0, 1) == Sketch.empty(0, 1)
pa.array(np.zeros(1))
