"""Diagnostics: is the control center itself well? Findings with what, why and how to fix, for `quick_check.py` and the
dashboard alike. It looks and never repairs.

Nothing is imported here: `quick_check.py` uses `installation` before any package is there.
"""
