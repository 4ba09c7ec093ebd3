"""A worker that prints the public names of aioprometheus by module, with kinds and parameters."""

import enum
import importlib
import inspect
import json
import sys
import types
import typing
import warnings

from surface import MODULES

BORROWED = {
    ("aioprometheus.service", "ACCEPT"),
    ("aioprometheus.service", "GET"),
    ("aioprometheus.asgi.quart", "current_app"),
    ("aioprometheus.asgi.quart", "request"),
}


def main():
    warnings.simplefilter("ignore")
    for name in MODULES:
        try:
            module = importlib.import_module(name)
        except Exception as error:
            entry = {"error": f"{type(error).__name__}: {error}"}
        else:
            names = {n: getattr(module, n) for n in dir(module)}
            own = {n: v for n, v in names.items() if public(name, n, v)}
            entry = {"names": {n: {**about(v), "own": is_own(name, v)} for n, v in own.items()}}
        print(json.dumps({"module": name, **entry}))


def public(module, name, value):
    """Whether a name is the module's own, not one that it imported from elsewhere."""
    if name.startswith("_") and name != "__version__":
        return False
    if name in typing.__all__ or (module, name) in BORROWED:
        return False
    if isinstance(value, types.ModuleType):
        return value.__name__.startswith("aioprometheus")
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
        origin = getattr(value, "__module__", None) or ""
        if isinstance(value, types.GenericAlias):
            return True
        return not origin or origin.startswith("aioprometheus")
    return True


def is_own(module, value):
    """Whether the name is defined in that module, and not imported from another one of these."""
    return getattr(value, "__module__", module) == module


def about(value):
    if isinstance(value, type) and not isinstance(value, types.GenericAlias):
        if issubclass(value, enum.Enum):
            members = {item.name: repr(item.value) for item in value}
            return {"kind": "class", "parameters": None, "members": members}
        # A class may list names only to say, in the error, what there is instead.
        names = [name for name in dir(value) if not name.startswith("_") and hasattr(value, name)]
        members = {name: member(value, name) for name in names}
        return {"kind": "class", "parameters": parameters(value), "members": members}
    if callable(value) and hasattr(value, "__name__") and not hasattr(value, "__origin__"):
        return {"kind": "function", "parameters": parameters(value)}
    return {"kind": "value"}


def member(owner, name):
    raw = inspect.getattr_static(owner, name)
    value = getattr(owner, name)
    if isinstance(raw, property) or inspect.isdatadescriptor(raw):
        return {"kind": "property"}
    if callable(value):
        return {"kind": "method", "parameters": parameters(value)}
    return {"kind": "value", "value": repr(value)}


def parameters(value):
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return "unknown"
    return [
        [p.name, p.kind.name, None if p.default is p.empty else repr(p.default)]
        for p in signature.parameters.values()
    ]


if __name__ == "__main__":
    main()
    sys.stdout.flush()
