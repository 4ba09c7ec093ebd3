"""Wrappers of callables of every kind, which cover each call by a span."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from functools import partial, wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

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


class Span:
    """The time in which one call is in progress.

    A span begins, may pause and begin again, and ends once. As a context manager it begins on entry
    and ends on exit.
    """

    def begin(self) -> None:
        """Note that the call starts, or goes on after a pause."""

    def pause(self) -> None:
        """Note that the call has returned something that has yet to run."""

    def end(self, error: BaseException | None) -> None:
        """Note that the call is over; ``error`` is what it raised."""

    def close(self, error: BaseException | None) -> None:
        """End the span. If that fails, the error of the call is still the one that is raised."""
        try:
            self.end(error)
        except Exception:
            if error is None:
                raise
            import logging

            logging.getLogger(LOGGER).exception(
                "a decorated call raised, and then its metric did too: the call was not measured, "
                "and its own exception goes on to the caller"
            )

    def __enter__(self) -> None:
        self.begin()

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        self.close(error)


def wrap(new_span: Callable[[], Span]) -> Callable[[F], F]:
    """Return a decorator that covers every call by a span of its own.

    :param new_span: A function that makes the span. It is called when the call starts, which is the
      first step of a coroutine or generator.
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
        flags = _code_flags(inner)
        if flags & CO_ASYNC_GENERATOR:
            wrapper = _wrap_async_generator(func, new_span)
        elif flags & CO_COROUTINE:
            wrapper = _wrap_coroutine(func, new_span)
        elif flags & CO_GENERATOR:
            wrapper = _wrap_generator(func, new_span)
            if flags & CO_ITERABLE_COROUTINE:
                wrapper = types.coroutine(wrapper)
        else:
            wrapper = _wrap_plain(func, new_span)
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


def _code_flags(func: Any) -> int:
    flags = getattr(getattr(func, "__code__", None), "co_flags", 0)
    return flags if isinstance(flags, int) else 0


def _wrap_coroutine(func: Any, new_span: Callable[[], Span]) -> Any:
    @wraps(func)
    async def wrapper(*args: Any, **kwds: Any) -> Any:
        with new_span():
            return await func(*args, **kwds)

    return wrapper


def _wrap_generator(func: Any, new_span: Callable[[], Span]) -> Any:
    @wraps(func)
    def wrapper(*args: Any, **kwds: Any) -> Generator[Any, Any, Any]:
        with new_span():
            return (yield from func(*args, **kwds))

    return wrapper


def _wrap_async_generator(func: Any, new_span: Callable[[], Span]) -> Any:
    # Async generators have no `yield from`. This does the same. A GeneratorExit from `aclose` is
    # thrown into the inner generator like every other exception.
    @wraps(func)
    async def wrapper(*args: Any, **kwds: Any) -> AsyncGenerator[Any, Any]:
        with new_span():
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


def _wrap_plain(func: Any, new_span: Callable[[], Span]) -> Any:
    @wraps(func)
    def wrapper(*args: Any, **kwds: Any) -> Any:
        span = new_span()
        span.begin()
        try:
            result = func(*args, **kwds)
        except BaseException as error:
            span.close(error)
            raise
        if isinstance(result, GENERATOR_CONTEXT_MANAGERS):
            _cover_block(result, span, new_span)
            return result
        return _follow(result, span)

    return wrapper


def _cover_block(manager: Any, span: Span, new_span: Callable[[], Span]) -> None:
    """Let the span go on in the block of a context manager that a generator function has made.

    Used as a decorator, the manager calls its function to make a new one for each call.
    """
    wrap_generator = (
        _wrap_generator if isinstance(manager.gen, types.GeneratorType) else _wrap_async_generator
    )
    generator = manager.gen
    manager.gen = wrap_generator(lambda: generator, lambda: span)()
    manager.func = wrap_generator(manager.func, new_span)
    span.pause()


def _follow(result: T, span: Span) -> T:
    """Let the span go on to the end of what a call returned.

    :returns: The result for the caller: the same object, or one of the same kind.
    """
    if hasattr(type(result), "_asyncio_future_blocking"):  # as asyncio.isfuture does
        _end_with_future(result, span)
        return result
    covered: Any = None
    if isinstance(result, types.CoroutineType):
        covered = _run(_Unstarted(result), span)
    elif isinstance(result, types.AsyncGeneratorType):
        covered = _wrap_async_generator(lambda: result, lambda: span)()
    elif isinstance(result, types.GeneratorType):
        generate = _wrap_generator(lambda: result, lambda: span)
        if result.gi_code.co_flags & CO_ITERABLE_COROUTINE:
            generate = types.coroutine(generate)
        covered = generate()
    if covered is not None:
        covered.__name__ = result.__name__  # type: ignore[attr-defined]
        covered.__qualname__ = result.__qualname__  # type: ignore[attr-defined]
    elif hasattr(type(result), "__await__"):
        covered = _awaitable_type(type(result))(result, span)
    if covered is None:
        span.close(None)
        return result
    span.pause()
    return covered  # type: ignore[no-any-return]


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
        return await unstarted.take()


def _end_with_future(future: Any, span: Span) -> None:
    def end(done: Any) -> None:
        # Future.exception() would mark the exception as seen, and asyncio would not log it.
        span.close(None if done.cancelled() else done._exception)

    if future.done():
        end(future)
    else:
        future.add_done_callback(end)


class _Awaitable:
    """A stand-in for an awaitable object that is neither a coroutine nor a Future.

    A span covers the object when it is first awaited, or entered with ``async with``. In all else
    the stand-in behaves like the object.
    """

    def __init__(self, awaitable: Any, span: Span) -> None:
        object.__setattr__(self, "_awaitable", awaitable)
        object.__setattr__(self, "_span", span)

    def __await__(self) -> Generator[Any, Any, Any]:
        with _take_span(self):
            inner = object.__getattribute__(self, "_awaitable")
            return (yield from type(inner).__await__(inner))

    def __getattribute__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_awaitable"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(object.__getattribute__(self, "_awaitable"), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(object.__getattribute__(self, "_awaitable"), name)


def _take_span(awaitable: _Awaitable) -> Span:
    """Return the span at the first call, and an empty one at every later call."""
    span: Span = object.__getattribute__(awaitable, "_span")
    object.__setattr__(awaitable, "_span", Span())
    return span


async def _enter(awaitable: _Awaitable) -> Any:
    with _take_span(awaitable):
        inner = object.__getattribute__(awaitable, "_awaitable")
        return await type(inner).__aenter__(inner)


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
