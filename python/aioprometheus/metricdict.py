"""A dict whose keys are dicts of labels."""

import json
import re
from collections.abc import Iterator, MutableMapping
from typing import Any

# What the bytes look like that iteration gives as keys.
regex = re.compile(r"\{.*:.*,?\}")


class MetricDict(MutableMapping[Any, Any]):
    """Stores values by label sets, in whatever order their labels are given.

    A key is a dict, which becomes bytes of JSON sorted by name; iteration gives these bytes, and
    they are taken as keys too. ``None``, ``{}`` and ``""`` are the empty label set, kept under
    :attr:`EMPTY_KEY`.

    :raises TypeError: for any other key.
    """

    #: The key of the empty label set.
    EMPTY_KEY = "__EMPTY__"

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
        if isinstance(key, bytes) and regex.match(key.decode()):
            return key
        if not isinstance(key, dict):
            raise TypeError("Only accepts dicts as keys")
        return _dumps(key)


def _dumps(labels: dict[Any, Any]) -> bytes:
    """JSON as orjson wrote it in 23.12.0: sorted by name, no spaces, UTF-8."""
    named = {_name(name): value for name, value in labels.items()}
    text = json.dumps(
        dict(sorted(named.items())), default=_plain, ensure_ascii=False, separators=(",", ":")
    )
    return text.encode()


def _name(name: Any) -> str:
    """The text of a key that is no str, as JSON would print it as a value."""
    return name if isinstance(name, str) else json.dumps(name, default=_plain).strip('"')


def _plain(value: Any) -> Any:
    """What stands for an object that JSON does not know: a date, a time, an Enum, a UUID."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "_value_"):
        return value.value
    if type(value).__name__ == "UUID":
        return str(value)
    raise TypeError(f"Type is not JSON serializable: {type(value).__name__}")
