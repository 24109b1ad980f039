"""What happened: cards of crashes, all that is known of one moment, and the bundle for a report of a fault."""
