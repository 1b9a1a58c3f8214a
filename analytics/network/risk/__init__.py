"""Risk of pipes: what failures are to be expected, what they would cost, and why."""
