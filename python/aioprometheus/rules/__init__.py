"""Recording and alert rules of Prometheus for the requests, the process and the event loop.

::

    from aioprometheus.rules import make_rules, to_yaml

    print(to_yaml(make_rules(aioprometheus.parse(body), job="shop")))
"""

from .build import make_rules
from .limits import Limits
from .rule import Alert, Group, Record
from .yaml import to_yaml

__all__ = ["Alert", "Group", "Limits", "Record", "make_rules", "to_yaml"]
