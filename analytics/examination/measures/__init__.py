"""Measures of the examination: a small file for each indicator or family of them, found by scanning."""
