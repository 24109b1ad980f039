"""The knowledge base: files under declared roots, found, read, and searched over all of them.

What reads files is `indexing`, a process of its own; what is here never opens one of them. Empty on purpose: that
process begins in a moment because it imports nothing of the daemon.
"""
