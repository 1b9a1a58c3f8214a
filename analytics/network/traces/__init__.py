"""Where water, gas or a spill goes and comes from: walks over a network."""
