"""Kinds and parameters put into words, for every front end."""
