"""Pipe networks: one graph for each type, and what is asked of it."""
