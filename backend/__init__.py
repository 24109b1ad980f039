"""Control Center: one daemon that looks after the tools of one machine."""

__version__ = "0.1.0"
