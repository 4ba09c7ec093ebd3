"""The names of the standard metrics and of their labels."""

UNMATCHED_PATH = "<unmatched>"
"""The path label of requests that match no route."""

NAMES = {
    "requests": "http_requests_total",
    "duration": "http_request_duration_seconds",
    "first_byte": "http_request_first_byte_seconds",
    "request_size": "http_request_size_bytes",
    "response_size": "http_response_size_bytes",
    "in_progress": "http_requests_in_progress",
    "websockets": "websocket_connections_total",
    "websocket_duration": "websocket_duration_seconds",
    "websocket_messages": "websocket_messages_total",
    "websockets_open": "websocket_connections_open",
}
"""The names of the metrics."""

OPENTELEMETRY = {
    "http_requests_total": None,
    "http_request_duration_seconds": "http_server_request_duration_seconds",
    "http_request_first_byte_seconds": None,
    "http_request_size_bytes": "http_server_request_body_size_bytes",
    "http_response_size_bytes": "http_server_response_body_size_bytes",
    "http_requests_in_progress": "http_server_active_requests",
}
"""The names of OpenTelemetry's semantic conventions for HTTP, as its exporter for Prometheus writes
them. The count of the duration takes the place of a counter of requests."""

LABELS = {"method": "method", "path": "path", "status": "status"}
"""The names of the labels."""

OPENTELEMETRY_LABELS = {
    "method": "http_request_method",
    "path": "http_route",
    "status": "http_response_status_code",
}
"""The names of the labels in OpenTelemetry's conventions."""

HELP = {
    "requests": "Requests that were answered, or given up",
    "duration": "Seconds that requests took, by default to the last byte of the answer",
    "first_byte": "Seconds from a request to the first byte of the body of its answer",
    "request_size": "Bytes of the bodies of requests",
    "response_size": "Bytes of the bodies of answers",
    "in_progress": "Requests that are being answered",
    "websockets": "Websockets that were closed or refused, by their close codes or statuses",
    "websocket_duration": "Seconds from the request for a websocket to its end",
    "websocket_messages": "Messages of websockets",
    "websockets_open": "Websockets that are open",
}
"""Their HELP."""
