"""A Quart service with the middleware, its own registry, and grouped status codes."""

import sys
from pathlib import Path

from quart import Quart, abort, jsonify, request

from aioprometheus import Counter, MetricsMiddleware, Registry
from aioprometheus.asgi.quart import metrics

sys.path.append(str(Path(__file__).parents[1] / "differential"))
from asgi import visit

REQUIRES = ("quart",)


app = Quart(__name__)
app.registry = Registry()
app.signups = Counter("signups", "Users that signed up", registry=app.registry)
app.asgi_app = MetricsMiddleware(
    app.asgi_app, app.registry, use_template_urls=False, group_status_codes=True
)
app.add_url_rule("/metrics", "metrics", metrics, methods=["GET"])


@app.route("/users", methods=["POST"])
async def create():
    app.signups.inc({"path": request.path, "way": request.args.get("way", "web")})
    return jsonify(id=7), 201


@app.route("/users/<int:user>")
async def show(user):
    if user > 10:
        abort(410)
    return f"user {user}"


@app.errorhandler(410)
async def gone(error):
    return "gone", 410


visits = [("POST", "/users?way=app"), ("POST", "/users"), ("GET", "/users/7"), ("GET", "/users/70")]
for answer in visit(app, *visits):
    print(answer)
((status, _),) = visit(app, ("GET", "/metrics"))
print(status)
for collector in sorted(app.registry.get_all(), key=lambda collector: collector.name):
    for labels, value in collector.get_all():
        print(collector.name, sorted(labels.items()), value)
