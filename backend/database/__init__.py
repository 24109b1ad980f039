"""What the daemon remembers: one SQLite file, one writer, and the journal of what happened."""
