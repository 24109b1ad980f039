"""What a client of a model is told when the meter itself answers: in the provider's own form, so that it shows it."""

from __future__ import annotations

import json

from backend.services.usage.budgets import Standing
from backend.services.usage.model import Dialect


def over_budget(standing: Standing) -> str:
    budget = standing.budget
    of = " and ".join(
        f"the {kind} {name}"
        for kind, name in (("service", budget.service), ("provider", budget.provider), ("model", budget.model))
        if name is not None
    )
    return (
        f"Control Center refuses this call: the budget `{budget.id}`{f' of {of}' if of else ''} is spent, "
        f"${standing.spent:.2f} of ${budget.hard:.2f} this {budget.per}. It begins anew at "
        f"{standing.resets_at:%Y-%m-%d %H:%M} UTC; control-center.yaml has it under usage.budgets."
    )


def refusal(dialect: Dialect, status: int, code: str, words: str) -> bytes:
    """The body of an error as the provider would write it."""
    if dialect == "anthropic":
        kind = "rate_limit_error" if status == 429 else "api_error"
        return json.dumps({"type": "error", "error": {"type": kind, "message": words}}).encode()
    if dialect == "ollama":
        return json.dumps({"error": words}).encode()
    kind = "insufficient_quota" if status == 429 else "api_connection_error"
    return json.dumps({"error": {"message": words, "type": kind, "param": None, "code": code}}).encode()
