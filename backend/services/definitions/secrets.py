"""Which values are kept out of what is shown, and how they are struck out."""

from __future__ import annotations

from backend.core.secrets import HIDDEN, hide, worth_hiding

__all__ = ["HIDDEN", "hide", "worth_hiding"]
