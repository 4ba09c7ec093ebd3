"""A Connexion service made from an OpenAPI document, with the middleware among Connexion's."""

import sys
import types
import warnings
from pathlib import Path

from aioprometheus import MetricsMiddleware, Registry

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import connexion

sys.path.append(str(Path(__file__).parents[1] / "differential"))
from asgi import visit

REQUIRES = ("connexion",)


DIFFERS = [("what is not found shares one label", "'/nothing'", "'<unmatched>'")]

operations = types.ModuleType("operations")
operations.pet = lambda pet_id: f"pet {pet_id}"
operations.pets = lambda: ["cat", "dog"]
sys.modules["operations"] = operations

PET = {
    "operationId": "operations.pet",
    "parameters": [
        {"name": "pet_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    ],
    "responses": {"200": {"description": "a pet"}},
}
PETS = {"operationId": "operations.pets", "responses": {"200": {"description": "pets"}}}
API = {
    "openapi": "3.0.0",
    "info": {"title": "pets", "version": "1"},
    "servers": [{"url": "/v1"}],
    "paths": {"/pets": {"get": PETS}, "/pets/{pet_id}": {"get": PET}},
}

registry = Registry()
app = connexion.AsyncApp(__name__)
app.add_api(API)
app.add_middleware(
    MetricsMiddleware,
    connexion.middleware.MiddlewarePosition.BEFORE_EXCEPTION,
    registry=registry,
    use_template_urls=False,  # 23.12.0 does not find templates of Connexion, and fails
    const_labels={"service": "pets"},
)
for answer in visit(app, ("GET", "/v1/pets/7"), ("GET", "/v1/pets"), ("GET", "/nothing")):
    print(answer)
for collector in sorted(registry.get_all(), key=lambda collector: collector.name):
    for labels, value in collector.get_all():
        print(
            collector.name, sorted(item for item in labels.items() if item[0] != "service"), value
        )
