"""One script, two packages: PyPI's aioprometheus 23.12.0 and this one, compared step by step."""
