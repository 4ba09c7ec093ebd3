"""A reader of protocol buffers with Google's library, and the messages to expect.

The descriptor is made here from the field tables of prometheus/client_model, so that neither the
package under test nor a compiler is involved.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2
from google.protobuf.unknown_fields import UnknownFieldSet

PACKAGE = "io.prometheus.client"
TYPES = ["COUNTER", "GAUGE", "SUMMARY", "UNTYPED", "HISTOGRAM", "GAUGE_HISTOGRAM"]

# By message: number, name and type of the fields. `*` means repeated. Other types are messages.
FIELDS: dict[str, list[tuple[int, str, str]]] = {
    "LabelPair": [(1, "name", "string"), (2, "value", "string")],
    "Gauge": [(1, "value", "double")],
    "Untyped": [(1, "value", "double")],
    "Counter": [
        (1, "value", "double"),
        (2, "exemplar", "Exemplar"),
        (3, "start_timestamp", "Timestamp"),
    ],
    "Quantile": [(1, "quantile", "double"), (2, "value", "double")],
    "Summary": [
        (1, "sample_count", "uint64"),
        (2, "sample_sum", "double"),
        (3, "quantile", "*Quantile"),
        (4, "start_timestamp", "Timestamp"),
    ],
    "Histogram": [
        (1, "sample_count", "uint64"),
        (2, "sample_sum", "double"),
        (3, "bucket", "*Bucket"),
        (4, "sample_count_float", "double"),
        (5, "schema", "sint32"),
        (6, "zero_threshold", "double"),
        (7, "zero_count", "uint64"),
        (8, "zero_count_float", "double"),
        (9, "negative_span", "*BucketSpan"),
        (10, "negative_delta", "*sint64"),
        (11, "negative_count", "*double"),
        (12, "positive_span", "*BucketSpan"),
        (13, "positive_delta", "*sint64"),
        (14, "positive_count", "*double"),
        (15, "start_timestamp", "Timestamp"),
        (16, "exemplars", "*Exemplar"),
    ],
    "Bucket": [
        (1, "cumulative_count", "uint64"),
        (2, "upper_bound", "double"),
        (3, "exemplar", "Exemplar"),
        (4, "cumulative_count_float", "double"),
    ],
    "BucketSpan": [(1, "offset", "sint32"), (2, "length", "uint32")],
    "Exemplar": [(1, "label", "*LabelPair"), (2, "value", "double"), (3, "timestamp", "Timestamp")],
    "Metric": [
        (1, "label", "*LabelPair"),
        (2, "gauge", "Gauge"),
        (3, "counter", "Counter"),
        (4, "summary", "Summary"),
        (5, "untyped", "Untyped"),
        (6, "timestamp_ms", "int64"),
        (7, "histogram", "Histogram"),
    ],
    "MetricFamily": [
        (1, "name", "string"),
        (2, "help", "string"),
        (3, "type", "MetricType"),
        (4, "metric", "*Metric"),
        (5, "unit", "string"),
    ],
}

TIMESTAMP = [(1, "seconds", "int64"), (2, "nanos", "int32")]


def family_class() -> Any:
    """Return the class of `MetricFamily`."""
    Field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="metrics.proto", package=PACKAGE, syntax="proto2"
    )
    file.dependency.append(timestamp_pb2.DESCRIPTOR.name)
    enum = file.enum_type.add(name="MetricType")
    for number, name in enumerate(TYPES):
        enum.value.add(name=name, number=number)
    for message, fields in FIELDS.items():
        described = file.message_type.add(name=message)
        for number, name, kind in fields:
            field = described.field.add(name=name, number=number, label=Field.LABEL_OPTIONAL)
            if kind.startswith("*"):
                field.label, kind = Field.LABEL_REPEATED, kind[1:]
            if kind == "MetricType":
                field.type, field.type_name = Field.TYPE_ENUM, f".{PACKAGE}.{kind}"
            elif kind == "Timestamp":
                field.type, field.type_name = Field.TYPE_MESSAGE, ".google.protobuf.Timestamp"
            elif kind in FIELDS:
                field.type, field.type_name = Field.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
            else:
                field.type = getattr(Field, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    descriptor = pool.FindMessageTypeByName(f"{PACKAGE}.MetricFamily")
    return message_factory.GetMessageClass(descriptor)


MetricFamily = family_class()


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a number, which must have as few bytes as it needs; return it and where it ends."""
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            assert byte or shift == 7, "a number in more bytes than it needs"
            return number, at


def split(body: bytes) -> Iterator[bytes]:
    """Return the messages, each of which stands behind its length."""
    at = 0
    while at < len(body):
        length, at = varint(body, at)
        assert at + length <= len(body), "a message that is cut off"
        yield body[at : at + length]
        at += length


def assert_each_once(message: str, data: bytes) -> None:
    """Assert that no field is there twice, of which readers would take the last."""
    fields = {number: (name, kind) for number, name, kind in FIELDS.get(message, TIMESTAMP)}
    seen, at = set(), 0
    while at < len(data):
        tag, at = varint(data, at)
        name, kind = fields[tag >> 3]
        assert kind.startswith("*") or name not in seen, f"{message}.{name} is there twice"
        seen.add(name)
        if tag & 7 == 0:
            _, at = varint(data, at)
        elif tag & 7 == 1:
            at += 8
        else:
            assert tag & 7 == 2, f"{message}.{name} is of the wire type {tag & 7}"
            length, at = varint(data, at)
            kind = kind.removeprefix("*")
            if kind in FIELDS or kind == "Timestamp":
                assert_each_once(kind, data[at : at + length])
            at += length
    assert at == len(data), f"{message} is cut off"


def parse(body: bytes) -> list[Any]:
    """Read a delimited stream, and assert that it has no field but those that are known."""
    families = []
    for message in split(body):
        assert_each_once("MetricFamily", message)
        family = MetricFamily.FromString(message)
        assert_all_known(family)
        families.append(family)
    names = [family.name for family in families]
    assert len(set(names)) == len(names), f"a family comes twice: {names}"
    return families


def assert_all_known(message: Any) -> None:
    unknown = UnknownFieldSet(message)
    assert len(unknown) == 0, f"{message.DESCRIPTOR.name} has unknown fields: {list(unknown)}"
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in value if field.is_repeated else [value]:
                assert_all_known(part)


def bits(value: float) -> bytes:
    """Return what distinguishes doubles except NaNs: Google's reader in Python knows one only."""
    return struct.pack("<d", math.nan if math.isnan(value) else value)


def pairs(message: Any) -> list[tuple[str, str]]:
    """Return the labels of a metric or exemplar in their order."""
    return [(pair.name, pair.value) for pair in message.label]


def milliseconds(timestamp: Any) -> int:
    """Return a time in milliseconds, of which it must be a whole number."""
    assert 0 <= timestamp.nanos < 1_000_000_000
    assert timestamp.nanos % 1_000_000 == 0
    return int(timestamp.seconds * 1000 + timestamp.nanos // 1_000_000)
