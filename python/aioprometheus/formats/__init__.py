"""The formats of an exposition."""

from . import base, text

__all__ = ["base", "text"]
