"""Who is told what happened, and where: targets of the configuration, messages made of events, and a queue of them that
outlives the daemon.

`notifier.Notifier` is what others need. It is not imported here: the definitions need `section` before anything can
start, and nobody is told anything before something has happened.
"""
