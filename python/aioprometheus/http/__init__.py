"""What is measured of HTTP, whichever framework answers: the metrics, their labels and options."""
