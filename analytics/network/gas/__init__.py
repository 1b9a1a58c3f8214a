"""Gas: reach and radius of a leak, where it can migrate, and buildings on its pipes."""
