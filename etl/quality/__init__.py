"""Quality reports: one printable page a load, with counts, a map of the faults, the worst files and the provenance."""
