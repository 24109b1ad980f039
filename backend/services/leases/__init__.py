"""Rights to something scarce, for as long as their holder lives."""

from backend.services.leases.leases import Lease, Leases, Taken

__all__ = ["Lease", "Leases", "Taken"]
