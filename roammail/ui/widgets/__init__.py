"""Widgets: each takes a model and emits intentions; none knows the engine."""
