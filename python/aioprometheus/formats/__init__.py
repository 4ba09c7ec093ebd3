"""The formats of an exposition."""

from . import base, openmetrics, protobuf, text

__all__ = ["base", "openmetrics", "protobuf", "text"]
