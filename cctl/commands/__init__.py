"""One module for each command; `act(context)` does it and returns the exit code. Loaded only when it is asked for."""
