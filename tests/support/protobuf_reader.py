"""A reader of protocol buffers that knows only the field numbers of io.prometheus.client."""

import struct

# A field is a name and the type of its value. A list of a type stands for a repeated field.
SCHEMAS = {
    "MetricFamily": {
        1: ("name", "text"),
        2: ("help", "text"),
        3: ("type", "uint"),
        4: ("metric", ["Metric"]),
        5: ("unit", "text"),
    },
    "Metric": {
        1: ("label", ["LabelPair"]),
        2: ("gauge", "Value"),
        3: ("counter", "Counter"),
        4: ("summary", "Summary"),
        5: ("untyped", "Value"),
        6: ("timestamp_ms", "uint"),
        7: ("histogram", "Histogram"),
    },
    "LabelPair": {1: ("name", "text"), 2: ("value", "text")},
    "Value": {1: ("value", "double")},
    "Counter": {1: ("value", "double"), 2: ("exemplar", "Exemplar"), 3: ("start", "Timestamp")},
    "Summary": {
        1: ("count", "uint"),
        2: ("sum", "double"),
        3: ("quantile", ["Quantile"]),
        4: ("start", "Timestamp"),
    },
    "Quantile": {1: ("quantile", "double"), 2: ("value", "double")},
    "Histogram": {
        1: ("count", "uint"),
        2: ("sum", "double"),
        3: ("bucket", ["Bucket"]),
        15: ("start", "Timestamp"),
    },
    "Bucket": {
        1: ("count", "uint"),
        2: ("upper_bound", "double"),
        3: ("exemplar", "Exemplar"),
    },
    "Exemplar": {1: ("label", ["LabelPair"]), 2: ("value", "double"), 3: ("time", "Timestamp")},
    "Timestamp": {1: ("seconds", "uint"), 2: ("nanos", "uint")},
}


def families(content):
    """The families of an exposition, as dicts; what the schema does not know fails."""
    found, at = [], 0
    while at < len(content):
        length, at = _varint(content, at)
        assert at + length <= len(content), "the last message is cut off"
        found.append(_message("MetricFamily", content[at : at + length]))
        at += length
    return found


def labels_of(message):
    """The labels of a metric or an exemplar; none is there twice."""
    pairs = [(pair["name"], pair["value"]) for pair in message.get("label", [])]
    assert len(pairs) == len(dict(pairs)), pairs
    return dict(pairs)


def _message(schema, content):
    message, at = {}, 0
    while at < len(content):
        key, at = _varint(content, at)
        name, kind = SCHEMAS[schema][key >> 3]
        several = isinstance(kind, list)
        kind = kind[0] if several else kind
        value, at = _value(kind, key & 7, content, at)
        if several:
            message.setdefault(name, []).append(value)
        else:
            assert name not in message, f"{schema}.{name} is there twice"
            message[name] = value
    return message


def _value(kind, wire, content, at):
    if kind == "uint":
        assert wire == 0
        return _varint(content, at)
    if kind == "double":
        assert wire == 1
        return struct.unpack_from("<d", content, at)[0], at + 8
    assert wire == 2
    length, at = _varint(content, at)
    end = at + length
    assert end <= len(content), "a field is cut off"
    part = content[at:end]
    return (part.decode() if kind == "text" else _message(kind, part)), end


def _varint(content, at):
    number = shift = 0
    while True:
        byte = content[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at
