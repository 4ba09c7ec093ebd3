"""Names of prometheus_client, and what to use here instead."""

INSTEAD = {
    "CONTENT_TYPE_LATEST": "render(registry, accept) returns the headers beside the body",
    "CollectorRegistry": "use Registry",
    "delete_from_gateway": 'use push(job, address, method="delete"), or Pusher and its delete()',
    "disable_created_metrics": "timestamps of creation are not exposed unless they are asked for",
    "exposition": "use render(registry, accept)",
    "generate_latest": "use render(registry, accept), which returns the body and the headers",
    "push_to_gateway": "use push(job, address, registry), or Pusher and its replace(registry)",
    "pushadd_to_gateway": 'use push(job, address, method="add"), or Pusher and its add()',
    "start_http_server": "use Service: await service.start(addr, port)",
    "start_wsgi_server": "use Service, or make_wsgi_app() in a server of your own",
}
"""The advice by the name in prometheus_client."""

INSTEAD |= dict.fromkeys(
    (
        "CounterMetricFamily",
        "GaugeHistogramMetricFamily",
        "GaugeMetricFamily",
        "HistogramMetricFamily",
        "InfoMetricFamily",
        "Metric",
        "StateSetMetricFamily",
        "SummaryMetricFamily",
        "UnknownMetricFamily",
        "UntypedMetricFamily",
    ),
    "import it from aioprometheus.families",
)
