"""Dialogs: opened, never executed in a loop of their own."""
