"""What the process imports that walks through roots, reads files and writes the index. Nothing of the daemon's."""
