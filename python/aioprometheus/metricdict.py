"""A mapping whose keys are dicts of labels."""

import enum
import math
import re
from collections.abc import Iterator, MutableMapping
from typing import Any

KEY = r"\{.*:.*,?\}"
"""The pattern of the keys that iteration yields; ``regex`` is compiled on first use."""


def __getattr__(name: str) -> Any:
    if name == "regex":
        return re.compile(KEY)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), "regex"})


class MetricDict(MutableMapping[Any, Any]):
    """A mapping from label sets to values, in which the order of labels does not matter.

    A key is a dict. It is stored as JSON in bytes, sorted by name. Iteration yields these bytes,
    and they are accepted as keys too. ``None``, ``{}`` and ``""`` stand for the empty label set,
    which is stored under :attr:`EMPTY_KEY`.

    :param args: As for ``dict``: a mapping, or pairs of a key and a value.
    :param kwargs: Values whose keys are text.
    :raises TypeError: For any other key.
    """

    EMPTY_KEY = "__EMPTY__"
    """The key of the empty label set."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.store: dict[Any, Any] = {}
        self.update(dict(*args, **kwargs))

    def __getitem__(self, key: Any) -> Any:
        return self.store[self.__keytransform__(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.store[self.__keytransform__(key)] = value

    def __delitem__(self, key: Any) -> None:
        del self.store[self.__keytransform__(key)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.store)

    def __len__(self) -> int:
        return len(self.store)

    def __keytransform__(self, key: Any) -> Any:
        if not key or key == MetricDict.EMPTY_KEY:
            return MetricDict.EMPTY_KEY
        if isinstance(key, bytes) and re.match(KEY, key.decode()):
            return key
        if not isinstance(key, dict):
            raise TypeError("Only accepts dicts as keys")
        return write_key(key)


def write_key(labels: dict[Any, Any]) -> bytes:
    """Return the key of labels: JSON as orjson writes it, which 23.12.0 used.

    The names are sorted, there are no spaces, and the encoding is UTF-8. The core writes the keys
    of ``metric.values`` in the same way.

    :param labels: The labels.
    :raises TypeError: If a value has no JSON.
    """
    named = {_text(name).strip('"') if not isinstance(name, str) else name: name for name in labels}
    members = (f"{_text(name)}:{_text(labels[named[name]])}" for name in sorted(named))
    return f"{{{','.join(members)}}}".encode()


def read_key(key: Any) -> Any:
    """Return the labels of a key in bytes; anything else is returned as it is.

    :param key: The key.
    :raises TypeError: If it is not JSON.
    """
    if not isinstance(key, bytes):
        return key
    # Here for the same reason as below.
    import json

    try:
        return json.loads(key)
    except ValueError:
        raise TypeError("Only accepts dicts as keys") from None


def _text(value: Any) -> str:
    """The JSON of one value."""
    if isinstance(value, enum.Enum):
        return _text(value.value)
    if isinstance(value, str):
        return _string(value)
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true" if value else "false"
    if isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            raise TypeError("Integer exceeds 64-bit range")
        return int.__repr__(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(_text, value))}]"
    if isinstance(value, dict):
        return write_key(value).decode()
    if hasattr(value, "isoformat"):
        return _string(value.isoformat())
    if type(value).__name__ == "UUID":
        return _string(str(value))
    raise TypeError(f"Type is not JSON serializable: {type(value).__name__}")


def _string(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise TypeError("str is not valid UTF-8: surrogates not allowed") from None
    # Here, because few programs need it, and it takes a third of the time of importing the package.
    import json

    return json.dumps(str.__str__(value), ensure_ascii=False)


def _float(value: float) -> str:
    """The shortest digits of a number. Exponents have no padding, and -5 is written without one."""
    if not math.isfinite(value):
        return "null"
    mantissa, _, exponent = repr(float(value)).partition("e")
    if not exponent:
        return mantissa
    if int(exponent) == -5:
        sign = "-" if value < 0 else ""
        return f"{sign}0.0000{mantissa.lstrip('-').replace('.', '')}"
    return f"{mantissa}e{exponent[0]}{int(exponent[1:])}"
