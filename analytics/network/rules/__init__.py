"""Tables of rules about the underground; a city can replace each."""
