"""Integrations for ASGI applications: a middleware, and handlers that serve the metrics."""
