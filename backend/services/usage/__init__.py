"""What the use of paid APIs costs: a ledger of calls, a meter through which tools reach their providers, and budgets.

`UsageLedger` and `Meter` are what others need.
"""

from backend.services.usage.ledger import UsageLedger
from backend.services.usage.meter import Meter

__all__ = ["Meter", "UsageLedger"]
