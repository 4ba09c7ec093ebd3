"""What all handlers of scrapes have in common: their options, and their answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .collectors import Registry
from .mypy_types import LabelsType
from .note import wrong_registry
from .renderer import answer, answer_now

Values = Callable[[str], list[str]]
"""Returns the values of a header of a request, by its name in any case, or those of a parameter of
its query, by its name.
"""

METHODS = ("GET", "HEAD", "OPTIONS")
"""The methods that an application of this package answers, which has no router before it."""

FAILED = b"the scrape failed: the log of this service has the reason\n"
"""The body of an answer with the status 500."""


class Handler:
    """The options that all handlers have.

    :param registry: The registry, a list of registries that are served together, or a view. None
      stands for that of the application, or the default one.
    :param compression: Whether the body may be compressed, if the scraper asks for that.
    :param timeout: How long functions and collectors may take at most, in seconds. A scraper that
      waits for less than that makes it shorter.
    :raises Exception: If it is not a registry.
    :raises TypeError: If ``compression`` is not a bool, or ``timeout`` not a number.
    :raises ValueError: If ``timeout`` is not above 0.
    """

    def __init__(
        self,
        registry: Registry | Sequence[Registry] | None = None,
        compression: bool = True,
        timeout: float | None = None,
    ) -> None:
        self.registry = None if registry is None else checked_registry(registry)
        if not isinstance(compression, bool):
            raise TypeError(f"compression must be True or False, got: {compression!r}")
        self.compression = compression
        self.timeout = None if timeout is None else checked_timeout(timeout)

    async def answer(
        self, registry: Registry | Sequence[Registry], header: Values, parameter: Values
    ) -> tuple[bytes, LabelsType]:
        """Answer a request under an event loop.

        :param registry: What is served.
        :param header: Returns the values of a header.
        :param parameter: Returns the values of a parameter of the query.
        :returns: The body and the headers of the response.
        :raises Exception: If it is not a registry.
        """
        return await answer(
            registry, header, parameter, compression=self.compression, timeout=self.timeout
        )

    def answer_now(
        self, registry: Registry | Sequence[Registry], header: Values, parameter: Values
    ) -> tuple[bytes, LabelsType]:
        """Answer a request on the calling thread.

        :param registry: As for :meth:`answer`.
        :param header: As for :meth:`answer`.
        :param parameter: As for :meth:`answer`.
        :returns: As for :meth:`answer`.
        """
        return answer_now(
            registry, header, parameter, compression=self.compression, timeout=self.timeout
        )


def checked_registry(registry: Registry | Sequence[Registry], where: str = "registry=") -> Registry:
    """Return a registry, or several of them as one.

    :param registry: The registry, or a list of registries.
    :param where: The parameter or function that takes it.
    :raises Exception: If it is not a registry.
    """
    from .views import one_of

    one = one_of(registry)
    if not isinstance(one, Registry):
        error = Exception(f"registry must be a Registry, got: {type(registry)}")
        raise wrong_registry(error, registry, where)
    return one


def checked_timeout(timeout: float) -> float:
    """Return a time limit in seconds.

    :param timeout: The time limit.
    :raises TypeError: If it is not a number.
    :raises ValueError: If it is not above 0.
    """
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout must be a number of seconds, got: {timeout!r}")
    if not timeout > 0:
        raise ValueError(f"timeout must be a number of seconds above 0, got: {timeout!r}")
    return timeout


def parameters_of(query: str) -> Values:
    """Return a function that gives the values of a parameter of a query.

    :param query: The query, as it stands in the URL.
    """
    if not query:
        return lambda name: []
    # Here, because most scrapes have none.
    from urllib.parse import parse_qsl

    pairs = parse_qsl(query, keep_blank_values=True)
    return lambda name: [value for key, value in pairs if key == name]
