"""A burst: the valves to close, who loses supply, and the report of it."""
