"""Where somebody wants to dig: what lies there, whom to ask, and the report of it."""
