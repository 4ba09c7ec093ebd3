"""Grafana dashboards of the families of a service.

They need the extra ``aioprometheus[dashboard]``::

    from aioprometheus.dashboard import make_dashboard, to_json

    print(to_json(make_dashboard(aioprometheus.parse(body), title="Shop")))
"""

from .build import TITLE, make_dashboard, to_json

__all__ = ["TITLE", "make_dashboard", "to_json"]
