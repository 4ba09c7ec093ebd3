"""Wrappers of callables of every kind, which cover each call by a span."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from functools import partial, wraps
from typing import Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

from .._core import is_for_caller, is_unfinished

F = TypeVar("F", bound=Callable[..., Any])

# The objects that functions return which are decorated with contextmanager or asynccontextmanager.
GENERATOR_CONTEXT_MANAGERS = (
    contextlib._GeneratorContextManager,
    contextlib._AsyncGeneratorContextManager,
)

# The name that programs may have configured.
LOGGER = "aioprometheus.span"

# Code flags with the names that they have in `inspect`, which is too slow to import for these.
CO_GENERATOR = 0x20
CO_COROUTINE = 0x80
CO_ITERABLE_COROUTINE = 0x100
CO_ASYNC_GENERATOR = 0x200


class Span(Protocol):
    """The time in which one call is in progress: a context manager of what measures the call.

    It begins on entry and ends on exit, unless it is left open.
    """

    def __enter__(self) -> object: ...

    def __exit__(
        self, kind: Any, error: BaseException | None, traceback: Any, /
    ) -> bool | None: ...

    def _leave_open(self, pauses: bool, /) -> None:
        """The block ends soon, without the call. Unless the block raises, the span ``pauses`` then,
        and is entered again; or it goes on until it is closed.
        """

    def _close(self, error: Any, /) -> None:
        """End a span that goes on; ``error`` is what the call raised."""

    def _returned(self, result: Any, /) -> None:
        """Note what the call returned."""


Opener = Callable[[tuple[Any, ...], dict[str, Any]], Span]
"""Makes the span of a call, from its arguments."""


class _Nothing:
    """A span of what is not measured."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def _leave_open(self, pauses: bool) -> None:
        pass

    def _close(self, error: Any) -> None:
        pass

    def _returned(self, result: Any) -> None:
        pass


def log_failure(failure: BaseException) -> None:
    """Log that a metric has failed where the error of the call is the one to be raised.

    :raises BaseException: The failure itself, if it is meant for the caller.
    """
    if is_for_caller(failure):
        raise failure
    import logging

    logging.getLogger(LOGGER).error(
        "a decorated call raised, and then its metric did too: the call was not measured, and its "
        "own exception goes on to the caller",
        exc_info=failure,
    )


def wrap(
    new_span: Opener,
    plain: Callable[[Any], Any] | None = None,
    coroutine: Callable[[Any], Any] | None = None,
) -> Callable[[F], F]:
    """Return a decorator that covers every call by a span of its own.

    :param new_span: A function that makes the span. It is called when the call starts, which is the
      first step of a coroutine or generator.
    :param plain: A faster way to wrap a function that is neither a coroutine function nor a
      generator function.
    :param coroutine: A faster way to wrap a coroutine function.
    """

    def decorate(func: Any) -> Any:
        if isinstance(func, (staticmethod, classmethod)):
            return type(func)(decorate(func.__func__))
        if not callable(func):
            advice = ""
            if isinstance(func, property):
                advice = ": put the decorator below @property"
            elif hasattr(func, "__await__"):
                advice = ": decorate the function, not what its call returns"
            raise TypeError(f"a callable can be decorated, got: {func!r}{advice}")
        inner = _function(func)
        flags = code_flags(inner)
        if flags & CO_ASYNC_GENERATOR:
            wrapper = _wrap_async_generator(func, new_span)
        elif flags & CO_COROUTINE:
            wrapper = coroutine(func) if coroutine else _wrap_coroutine(func, new_span)
        elif flags & CO_GENERATOR:
            wrapper = _wrap_generator(func, new_span)
            if flags & CO_ITERABLE_COROUTINE:
                wrapper = types.coroutine(wrapper)
        else:
            wrapper = plain(func) if plain else _wrap_plain(func, new_span)
        # The marks of inspect.markcoroutinefunction and, before Python 3.14, of asyncio.
        for name, mark in getattr(inner, "__dict__", {}).items():
            if name.startswith("_is_coroutine"):
                setattr(wrapper, name, mark)
        return wrapper

    return decorate


def _function(func: Any) -> Any:
    """The function that a bound method or a partial object finally calls."""
    while isinstance(func, (partial, types.MethodType)):
        func = func.func if isinstance(func, partial) else func.__func__
    return func


def code_flags(func: Any) -> int:
    """Return the flags of the code of a function; none of anything else."""
    flags = getattr(getattr(func, "__code__", None), "co_flags", 0)
    return flags if isinstance(flags, int) else 0


def _wrap_coroutine(func: Any, new_span: Opener) -> Any:
    @wraps(func)
    async def wrapper(*args: Any, **kwds: Any) -> Any:
        span = new_span(args, kwds)
        with span:
            result = await func(*args, **kwds)
            span._returned(result)
            return result

    return wrapper


def _wrap_generator(func: Any, new_span: Opener) -> Any:
    @wraps(func)
    def wrapper(*args: Any, **kwds: Any) -> Generator[Any, Any, Any]:
        span = new_span(args, kwds)
        with span:
            result = yield from func(*args, **kwds)
            span._returned(result)
            return result

    return wrapper


def _wrap_async_generator(func: Any, new_span: Opener) -> Any:
    # Async generators have no `yield from`. This does the same. A GeneratorExit from `aclose` is
    # thrown into the inner generator like every other exception.
    @wraps(func)
    async def wrapper(*args: Any, **kwds: Any) -> AsyncGenerator[Any, Any]:
        with new_span(args, kwds):
            inner = func(*args, **kwds)
            try:
                value = await _first_step(inner)
                while True:
                    try:
                        sent = yield value
                    except BaseException as error:
                        value = await inner.athrow(error)
                    else:
                        value = await inner.asend(sent)
            except StopAsyncIteration:
                return

    return wrapper


def _first_step(inner: AsyncGenerator[Any, Any]) -> Awaitable[Any]:
    """Start an async generator without registering it with the event loop.

    A loop that shuts down closes all its registered generators at once. The wrapper is registered
    and closes the inner generator. If the loop closed that one too, it would find it running.
    """
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(firstiter=None, finalizer=None)
    try:
        return inner.__anext__()
    finally:
        sys.set_asyncgen_hooks(*hooks)


def _wrap_plain(func: Any, new_span: Opener) -> Any:
    @wraps(func)
    def wrapper(*args: Any, **kwds: Any) -> Any:
        span = new_span(args, kwds)
        with span:
            result = func(*args, **kwds)
            if is_unfinished(result):
                return follow(result, span, new_span)
            span._returned(result)
            return result

    return wrapper


def follow(result: Any, span: Span, new_span: Opener) -> Any:
    """Let the span of a call go on to the end of what the call returned, which has yet to run.

    :param result: What the call returned.
    :param span: The span of the call, which has begun. It is left open.
    :param new_span: Makes spans of other calls.
    :returns: The result for the caller: the same object, or one of the same kind.
    """
    if isinstance(result, GENERATOR_CONTEXT_MANAGERS):
        _cover_block(result, span, new_span)
        return result
    if hasattr(type(result), "_asyncio_future_blocking"):  # as asyncio.isfuture does
        span._leave_open(False)
        from .future import end_with_future

        end_with_future(result, span)
        return result
    covered: Any = None
    if isinstance(result, types.CoroutineType):
        covered = _run(_Unstarted(result), span)
    elif isinstance(result, types.AsyncGeneratorType):
        covered = _wrap_async_generator(lambda: result, lambda _args, _kwds: span)()
    elif isinstance(result, types.GeneratorType):
        generate = _wrap_generator(lambda: result, lambda _args, _kwds: span)
        if result.gi_code.co_flags & CO_ITERABLE_COROUTINE:
            generate = types.coroutine(generate)
        covered = generate()
    if covered is not None:
        covered.__name__ = result.__name__
        covered.__qualname__ = result.__qualname__
    elif hasattr(type(result), "__await__"):
        covered = _awaitable_type(type(result))(result, span)
    if covered is None:
        span._returned(result)
        return result
    span._leave_open(True)
    return covered


def _cover_block(manager: Any, span: Span, new_span: Opener) -> None:
    """Let the span go on in the block of a context manager that a generator function has made.

    Used as a decorator, the manager calls its function to make a new one for each call.
    """
    wrap_generator = (
        _wrap_generator if isinstance(manager.gen, types.GeneratorType) else _wrap_async_generator
    )
    generator = manager.gen
    manager.gen = wrap_generator(lambda: generator, lambda _args, _kwds: span)()
    manager.func = wrap_generator(manager.func, new_span)
    span._leave_open(True)


class _Unstarted:
    """A coroutine that a call has returned, and that is closed if it is never awaited.

    Python then warns once, for the coroutine that covers it, and not a second time for this one.
    """

    def __init__(self, coroutine: Any) -> None:
        self.coroutine = coroutine

    def take(self) -> Any:
        """Return the coroutine, which is awaited now."""
        coroutine, self.coroutine = self.coroutine, None
        return coroutine

    def __del__(self) -> None:
        if self.coroutine is not None:
            self.coroutine.close()


async def _run(unstarted: _Unstarted, span: Span) -> Any:
    with span:
        result = await unstarted.take()
        span._returned(result)
        return result


class _Awaitable:
    """A stand-in for an awaitable object that is neither a coroutine nor a Future.

    A span covers the object when it is first awaited, or entered with ``async with``. In all else
    the stand-in behaves like the object.
    """

    def __init__(self, awaitable: Any, span: Span) -> None:
        object.__setattr__(self, "_awaitable", awaitable)
        object.__setattr__(self, "_span", span)

    def __await__(self) -> Generator[Any, Any, Any]:
        span = _take_span(self)
        with span:
            inner = object.__getattribute__(self, "_awaitable")
            result = yield from type(inner).__await__(inner)
            span._returned(result)
            return result

    def __getattribute__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_awaitable"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(object.__getattribute__(self, "_awaitable"), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(object.__getattribute__(self, "_awaitable"), name)


def _take_span(awaitable: _Awaitable) -> Span:
    """Return the span at the first call, and an empty one at every later call."""
    span: Span = object.__getattribute__(awaitable, "_span")
    object.__setattr__(awaitable, "_span", _Nothing())
    return span


async def _enter(awaitable: _Awaitable) -> Any:
    span = _take_span(awaitable)
    with span:
        inner = object.__getattribute__(awaitable, "_awaitable")
        result = await type(inner).__aenter__(inner)
        span._returned(result)
        return result


def _forward(name: str) -> Any:
    """A special method that calls the one of the object behind."""

    def method(self: _Awaitable, *args: Any, **kwds: Any) -> Any:
        inner = object.__getattribute__(self, "_awaitable")
        return getattr(type(inner), name)(inner, *args, **kwds)

    return method


# Special methods that a stand-in defines itself, or that make or delete the object behind.
NOT_FORWARDED = {
    *("__await__", "__class__", "__class_getitem__", "__del__", "__delattr__", "__getattr__"),
    *("__getattribute__", "__init__", "__init_subclass__", "__new__", "__setattr__"),
    "__subclasshook__",
}

_awaitable_types: WeakKeyDictionary[type, Any] = WeakKeyDictionary()


def _awaitable_type(kind: type) -> Any:
    """The subclass of `_Awaitable` for objects of a type.

    Python looks special methods up on the type. The subclass therefore has those of the object, and
    no others.
    """
    stand_in = _awaitable_types.get(kind)
    if stand_in is None:
        methods = {
            name: _forward(name)
            for name in set(dir(kind)) - NOT_FORWARDED
            if name.startswith("__")
            and callable(getattr(kind, name, None))
            and getattr(kind, name) is not getattr(object, name, None)
        }
        if "__aenter__" in methods:
            methods["__aenter__"] = _enter
        stand_in = _awaitable_types[kind] = type(kind.__name__, (_Awaitable,), methods)
    return stand_in
