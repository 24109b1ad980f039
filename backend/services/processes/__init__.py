"""The daemon's side of the keeper: what holds process trees, and how their output is read."""
