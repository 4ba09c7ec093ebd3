"""The comparison of PyPI's aioprometheus 23.12.0 with this package, step by step."""
