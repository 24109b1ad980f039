"""The command line of Control Center: what a person types becomes requests to the daemon's API.

Standard library only, and of that little at a start: a shell asks it at every press of Tab. It decides nothing that the
daemon decides, and imports neither the daemon nor the keeper.
"""
