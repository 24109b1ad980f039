"""What the use of paid APIs costs: a ledger of calls, a meter through which tools reach their providers, and budgets.

`ledger.UsageLedger` and `meter.Meter` are what others need. They are not imported here: the definitions need `section`
before anything can start, and no call is made before something has started.
"""
