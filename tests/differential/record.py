"""The recorder of a scenario: it prints one JSON line for each step.

A step that may differ from 23.12.0 has a reason (`differs`) and the new outcome (`now`).
"""

import builtins
import collections
import enum
import json
import re
import sys
from collections.abc import Mapping

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}")
_records = sys.stdout
_function = None
_names = collections.Counter()


def begin(function, stream=None):
    """Starts the steps of one function of a scenario."""
    global _function, _records
    _function = function
    _names.clear()
    if stream is not None:
        _records = stream


def describe(value):
    """A text that distinguishes values of different types, and holds no addresses."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str, bytes):
        # Not `repr`: which characters it escapes depends on the Python version, and there are two.
        return ascii(value)
    if kind in (list, tuple):
        inside = ", ".join(describe(item) for item in value)
        return f"[{inside}]" if kind is list else f"({inside})"
    if isinstance(value, (set, frozenset)):
        return f"{kind.__name__}{{{', '.join(sorted(describe(item) for item in value))}}}"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{describe(k)}: {describe(v)}" for k, v in value.items())
        return f"{'' if kind is dict else kind.__name__}{{{inside}}}"
    if isinstance(value, enum.Enum):
        return f"{kind.__name__}.{value.name}={describe(value.value)}"
    if isinstance(value, BaseException):
        return f"{_builtin_type(value)}({value})"
    if all(hasattr(value, name) for name in ("buckets", "observations", "sum")):
        return f"histogram({_plain(value.buckets)}, {value.observations!r}, {value.sum!r})"
    if all(hasattr(value, name) for name in ("query", "_observations", "_sum")):
        return f"estimator({value._observations!r}, {float(value._sum)!r})"
    if isinstance(value, (int, float, str, bytes)):
        return f"{kind.__name__}({kind.__mro__[1].__repr__(value)})"
    if isinstance(value, type):
        return f"class {value.__name__}"
    return f"<{kind.__name__}>"


def _plain(mapping):
    return [(key, value) for key, value in mapping.items()]


def _builtin_type(error):
    for kind in type(error).__mro__:
        if getattr(builtins, kind.__name__, None) is kind:
            return kind.__name__
    return "BaseException"


def returns(value):
    """The new outcome: this value."""
    return {"outcome": "returned", "value": describe(value)}


def returns_text(contains=(), lacks=()):
    """The new outcome: a text or bytes with these parts, and without those."""
    return {"outcome": "returned", "contains": list(contains), "lacks": list(lacks)}


def raises(kinds, *words):
    """The new outcome: one of these exceptions, its message holding every one of the words."""
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    return {"outcome": "raised", "kinds": [kind.__name__ for kind in kinds], "words": list(words)}


def step(name, call, /, *args, differs=None, now=None, words=True, **kwargs):
    """Calls, records the outcome under the name, and returns the result (None if it raised).

    `words=False` compares the type of an exception only: its message is Python's own or comes
    from another package.
    """
    _names[name] += 1
    if _names[name] > 1:
        name = f"{name} ({_names[name]})"
    record = {"function": _function, "step": name, "words": words}
    if differs is not None:
        record.update(differs=differs, now=now)
    result = None
    try:
        result = call(*args, **kwargs)
    except Exception as error:
        record.update(
            outcome="raised",
            kind=_builtin_type(error),
            message=_ADDRESS.sub("0x", str(error)),
            arguments=_ADDRESS.sub("0x", describe(list(error.args))),
        )
    else:
        record.update(outcome="returned", value=_ADDRESS.sub("0x", describe(result)))
    _emit(record)
    return result


def crashed(trace):
    """Records that the scenario itself failed, which is never right."""
    _emit(
        {"function": _function, "step": "the scenario runs", "outcome": "crashed", "trace": trace}
    )


def _emit(record):
    print(json.dumps(record), file=_records, flush=True)


def text(registry):
    """What a scraper without wishes gets."""
    from aioprometheus import render

    return render(registry, [])[0].decode("utf-8")
