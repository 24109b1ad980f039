"""What hands messages over to the world, in a process of its own: it imports nothing of the daemon."""
