"""One outside thing a file; the only place that names its library."""
