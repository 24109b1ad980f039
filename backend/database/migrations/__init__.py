"""The steps by which the tables came to be. A new step is a file `versions/<number>_<what>.py` that revises the one
before it, and a new `HEAD`; numbers only grow, so that an older program can tell that a file is newer than itself."""

HEAD = "0011"
