"""The figures' past: sampled while the daemon runs, thinned as it grows old, read as charts."""
