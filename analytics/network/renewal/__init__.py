"""Renewal of pipes: which lengths to renew with a budget, and what risk that removes."""
