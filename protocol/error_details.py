"""The details that a gRPC error carries in its `grpc-status-details-bin` trailer.

The trailer is a `google.rpc.Status`. Two packages define that message under one name (`googleapis-common-protos` and
the Pulumi SDK), and a process can load only one of them. So this module describes the one field that it needs, in a
descriptor pool of its own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import grpc
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory

_TRAILER = "grpc-status-details-bin"
_DETAILS_FIELD_NUMBER = 3


def details_of(error: grpc.aio.AioRpcError) -> list[any_pb2.Any]:
    """The details of an error; an empty list where it has none."""
    trailers: Any = error.trailing_metadata() or ()
    for key, value in trailers:
        if key == _TRAILER:
            status = _status_class().FromString(value)
            return [any_pb2.Any.FromString(detail) for detail in status.details]
    return []


@lru_cache(maxsize=1)
def _status_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="error_details.proto", package="engine", syntax="proto3")
    message = file.message_type.add(name="Status")
    message.field.add(
        name="details",
        number=_DETAILS_FIELD_NUMBER,
        label=descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED,
        type=descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("engine.Status"))
