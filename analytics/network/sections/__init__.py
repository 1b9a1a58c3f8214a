"""Long profiles and cross-sections of the underground, and their drawings."""
