"""Checks of options when a middleware is made, so that no mistake waits for the first request."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from inspect import iscoroutinefunction
from typing import Any

from .. import _core
from ..collectors import Registry
from .names import LABELS, NAMES, OPENTELEMETRY_LABELS
from .options import DEFAULTS, STREAMS, StandardOptions, more_labels, other_names
from .standard import StandardMetrics, method_label, status_label

_STATUS = re.compile(r"[1-9](\d\d|xx)")

_OF_WEBSOCKETS = {
    "code": ("websockets", "websocket_duration"),
    "direction": ("websocket_messages",),
}
"""The labels that metrics of websockets have besides, and these metrics."""


def checked(
    owner: str,
    registry: Registry | None,
    given: Mapping[str, Any],
    const_labels: Mapping[str, Any] | None,
) -> StandardOptions:
    """Return all options, those that are not given by their defaults.

    :param owner: The name of the class that has the options, for messages.
    :param registry: Its registry, or None if that is not known yet.
    :param given: The keyword arguments. None stands for the default.
    :param const_labels: The const labels of the owner.
    :raises TypeError: If there is no such option, or if one is of another type.
    :raises ValueError: If an option has no meaning.
    :raises ImportError: If exemplars are to come from OpenTelemetry, and it is not installed.
    """
    options: StandardOptions = with_defaults(owner, given, DEFAULTS)
    check_common(owner, options, const_labels)
    _check_types(owner, options)
    if options["streams"] not in STREAMS:
        raise ValueError(
            f"{owner}: streams is 'whole', 'first_byte' or 'skip', not {options['streams']!r}"
        )
    _check_exclusions(owner, options)
    _check_exemplars(owner, options)
    _check_names(owner, options)
    _check_labels(owner, options, const_labels)
    _try_out(owner, registry, options, const_labels)
    return options


def checked_paths(owner: str, paths: Any) -> Any:
    """Return a list of paths that are not counted.

    :param owner: The name of the class that has it, for messages.
    :param paths: The list, or another collection of paths, or None for no path.
    :raises TypeError: If it has something else than a str or a pattern of one.
    """
    if isinstance(paths, (bytes, re.Pattern)):
        raise TypeError(f"{owner}: exclude_paths is a list, such as [{paths!r}]")
    paths = () if paths is None else _listed(paths)
    for path in (paths,) if isinstance(paths, str) else paths:
        text = path.pattern if isinstance(path, re.Pattern) else path
        if not isinstance(text, str):
            raise TypeError(
                f"{owner}: exclude_paths has {path!r}, which excludes nothing: a path is a str, or "
                "re.compile() of one"
            )
    return paths


def with_defaults(owner: str, given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Any:
    """Return all options, not checked.

    :param owner: The name of the class that has the options, for messages.
    :param given: The keyword arguments. None stands for the default, except of ``max_series``.
    :param defaults: The defaults of all options that there are.
    :raises TypeError: If there is no such option.
    """
    for name in given:
        if name not in defaults:
            raise TypeError(f"{owner}() got an unexpected keyword argument {name!r}")
    chosen = {
        name: _listed(value)
        for name, value in given.items()
        if value is not None or name == "max_series"
    }
    return {**defaults, **chosen}


def check_common(owner: str, options: Mapping[str, Any], const_labels: object) -> None:
    """Check what middlewares and clients have in common.

    :param owner: The name of the class that has the options, for messages.
    :param options: All options.
    :param const_labels: The const labels.
    :raises TypeError: If one is of another type.
    """
    if not isinstance(options["prefix"], str):
        raise TypeError(f"{owner}: prefix is a str, not {options['prefix']!r}")
    if options["native"] not in (True, False):
        raise TypeError(f"{owner}: native is True or False, not {options['native']!r}")
    if not isinstance(const_labels or {}, Mapping):
        raise TypeError(
            f"{owner}: const_labels is a dict of labels, such as {{'service': 'shop'}}, not "
            f"{const_labels!r}"
        )


def check_no_label_twice(owner: str, names: Sequence[str]) -> None:
    """Check that no two labels of a series have one name.

    :param owner: The name of the class that has the labels, for messages.
    :param names: The names.
    :raises ValueError: If two labels have one name.
    """
    if twice := _twice(names):
        raise ValueError(f"{owner}: there are two labels of the name {twice!r}")


def _listed(value: Any) -> Any:
    """An option, and what can be gone through only once as a list."""
    return list(value) if isinstance(value, Iterator) else value


def _check_types(owner: str, options: StandardOptions) -> None:
    label = options["exception_label"]
    if not isinstance(label, str):
        raise TypeError(f"{owner}: exception_label is a str, not {label!r}")
    for name in ("request_labels", "response_labels"):
        functions: Any = options[name]
        if not isinstance(functions, Mapping):
            raise TypeError(f"{owner}: {name} is a dict of functions, not {functions!r}")
        for label, function in functions.items():
            if not callable(function):
                raise TypeError(
                    f"{owner}: {name}[{label!r}] is a function that returns the value of the "
                    "label; constant labels go into const_labels"
                )
            _check_not_async(owner, f"{name}[{label!r}]", function)


def _check_not_async(owner: str, name: str, function: Any) -> None:
    if iscoroutinefunction(function) or iscoroutinefunction(type(function).__call__):
        raise TypeError(f"{owner}: {name} cannot be an async function: nothing awaits it")


def _check_exclusions(owner: str, options: StandardOptions) -> None:
    for name, example in {"exclude_methods": "'HEAD'", "exclude_statuses": "404, '5xx'"}.items():
        value = options[name]  # type: ignore[literal-required]
        if isinstance(value, (str, bytes)) or not isinstance(value, Collection):
            raise TypeError(f"{owner}: {name} is a list, such as [{example}], not {value!r}")
    for method in options["exclude_methods"]:
        if method_label(method) not in _core.HttpRecorder.METHODS:
            raise ValueError(
                f"{owner}: exclude_methods has {method!r}, which is the label of no request; there "
                f"are {', '.join(_core.HttpRecorder.METHODS)}"
            )
    for status in options["exclude_statuses"]:
        if not _STATUS.fullmatch(status_label(status)):
            raise ValueError(
                f"{owner}: exclude_statuses has {status!r}, which is no status: give a number such "
                "as 404, or a class such as '4xx'"
            )


def _check_exemplars(owner: str, options: StandardOptions) -> None:
    exemplars = options["exemplars"]
    if exemplars is None or exemplars == "traceparent":
        return
    if exemplars == "opentelemetry":
        try:
            import opentelemetry.trace  # noqa: F401
        except ImportError as error:
            from ..note import noted

            noted(error, f"{owner}: exemplars='opentelemetry' needs opentelemetry-api")
            raise
    elif callable(exemplars):
        _check_not_async(owner, "exemplars", exemplars)
    else:
        raise ValueError(
            f"{owner}: exemplars is 'traceparent', 'opentelemetry' or a function, not {exemplars!r}"
        )


def _check_names(owner: str, options: StandardOptions) -> None:
    names = options["names"]
    if isinstance(names, str) and names != "opentelemetry":
        raise ValueError(f"{owner}: names is 'opentelemetry' or a dict of names, not {names!r}")
    if not isinstance(names, (str, Mapping)):
        raise TypeError(f"{owner}: names is 'opentelemetry' or a dict of names, not {names!r}")
    others = other_names(options)
    for name, other in others.items():
        if name not in NAMES.values():
            raise ValueError(
                f"{owner}: there is no standard metric {name!r} to be given another name; there "
                f"are {', '.join(NAMES.values())}"
            )
        if not isinstance(other, (str, type(None))):
            raise TypeError(f"{owner}: names[{name!r}] is a str, or None, not {other!r}")
    own = [name for name in (others.get(name, name) for name in NAMES.values()) if name is not None]
    if twice := _twice(own):
        raise ValueError(f"{owner}: names has two metrics of the name {twice!r}")


def _check_labels(
    owner: str, options: StandardOptions, const_labels: Mapping[str, Any] | None
) -> None:
    own = OPENTELEMETRY_LABELS if options["names"] == "opentelemetry" else LABELS
    labels = [*own.values(), *(const_labels or {})]
    others = other_names(options)
    of_websockets = [
        label
        for label, metrics in _OF_WEBSOCKETS.items()
        if any(others.get(NAMES[metric], "") is not None for metric in metrics)
    ]
    for more in (more_labels(options), of_websockets):
        check_no_label_twice(owner, [*labels, *more])


def _twice(names: Sequence[str]) -> str | None:
    """The first of the names that are there twice."""
    return next((name for name in names if names.count(name) > 1), None)


def _try_out(
    owner: str,
    registry: Registry | None,
    options: StandardOptions,
    const_labels: Mapping[str, Any] | None,
) -> None:
    """Make all metrics and a series of each in a registry that is thrown away, so that they
    themselves refuse what they cannot have."""
    prefix, labels = ("", {}) if registry is None else _core.settings_of(registry)
    metrics = StandardMetrics(
        owner, Registry(prefix=prefix, const_labels=labels), options, const_labels
    )
    metrics.row("GET", "/", "", ("",) * len(metrics.more_labels), False)
    metrics.gauge("GET")
    metrics.open_websocket("/")
    metrics.ended_websocket("/", "1000", False)
