"""A price is one that somebody set: by the person, by the list; otherwise there is none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from backend.services.usage.model import OwnPrice, Tokens, Used
from backend.services.usage.prices import OwnPrices, PriceList

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TOKENS = Tokens(1000, 200, 100, 50)


def price(
    provider: str, model: str, tokens: Tokens = TOKENS, own: OwnPrices | None = None, *, at: datetime = NOW, **used: Any
) -> tuple[float | None, Any]:
    addresses = {"my-openai": "https://api.openai.com/v1", "lan": "http://10.0.0.1/v1"}
    found = PriceList(lambda: own or {}, addresses.get).price(provider, model, Used(tokens, None, {}, **used), at)
    return (None, None) if found is None else (found.cost, found.row)


def test_buckets_have_prices_of_their_own() -> None:
    cost, row = price("anthropic", "claude-sonnet-4-5", Tokens(1000, 200, 100, 50, cache_write_1h=40))
    assert cost == pytest.approx((1000 * 3 + 200 * 0.3 + 60 * 3.75 + 40 * 6 + 50 * 15) / 1e6)
    assert row["list"].startswith("genai-prices ")
    assert (row["provider"], row["model"], row["looked_up"]) == ("anthropic", "claude-sonnet-4-5", "2026-06-01")


def test_a_provider_under_another_name_is_known_by_its_address() -> None:
    assert price("my-openai", "gpt-4o")[0] == price("openai", "gpt-4o")[0] is not None
    assert price("lan", "gpt-4o") == (None, None)


def test_what_nobody_knows_has_no_price() -> None:
    assert price("openai", "gpt-unheard-of") == (None, None)
    assert price("ollama", "llama3.2") == (None, None)


def test_prices_change_with_the_day_and_say_since_when() -> None:
    before = price("openai", "o3", at=datetime(2025, 6, 1, tzinfo=UTC))
    after = price("openai", "o3", at=datetime(2025, 7, 1, tzinfo=UTC))
    assert before[0] is not None
    assert after[0] is not None
    assert before[0] > after[0]
    assert before[1]["since"] is None
    assert after[1]["since"] == "2025-06-10"


def test_the_persons_own_price_comes_first_and_the_most_exact_of_them() -> None:
    own = {
        "*": (OwnPrice(9, 9),),
        "openai/gpt-4*": (OwnPrice(1, 2),),
        "gpt-4o": (OwnPrice(0, 0),),
    }
    assert price("openai", "gpt-4o", own=own)[1]["model"] == "openai/gpt-4*"
    assert price("other", "gpt-4o", own=own)[1]["model"] == "gpt-4o"
    assert price("other", "new", own=own)[1]["model"] == "*"


def test_a_cache_without_a_price_of_its_own_costs_what_fresh_input_costs() -> None:
    assert price("x", "m", own={"m": (OwnPrice(2, 10),)})[0] == pytest.approx((1300 * 2 + 50 * 10) / 1e6)
    dear = {"m": (OwnPrice(2, 10, cache_read=0, cache_write=4),)}
    assert price("x", "m", own=dear)[0] == pytest.approx((1000 * 2 + 100 * 4 + 50 * 10) / 1e6)


def test_of_the_persons_own_prices_that_of_the_day_holds() -> None:
    own = {"m": (OwnPrice(4, 4, since=date(2026, 6, 2)), OwnPrice(2, 2, since=date(2026, 1, 1)))}
    assert price("x", "m", own=own)[1]["since"] == "2026-01-01"
    assert price("x", "m", own=own, at=datetime(2026, 6, 2, tzinfo=UTC))[1]["since"] == "2026-06-02"
    assert price("x", "m", own=own, at=datetime(2025, 6, 2, tzinfo=UTC)) == (None, None)


@pytest.mark.parametrize(("variant", "share"), [("default", 1), ("flex", 0.5), ("priority", 2), ("unheard-of", 1)])
def test_a_tier_changes_the_price(variant: str, share: float) -> None:
    tokens, at = Tokens(1000, output=50), datetime(2026, 11, 1, tzinfo=UTC)
    usual, _ = price("openai", "gpt-5", tokens, at=at)
    this, _ = price("openai", "gpt-5", tokens, at=at, variant={"service_tier": variant})
    assert usual is not None
    assert this == pytest.approx(usual * share)


@pytest.mark.parametrize(
    ("provider", "model"), [("azure", "phi-4-reasoning:free"), ("groq", "canopylabs/orpheus-v1-english")]
)
def test_a_row_without_a_price_for_what_was_used_is_no_price(provider: str, model: str) -> None:
    """The list has them, and works out 0 by them."""
    assert price(provider, model) == (None, None)


def test_only_what_was_used_needs_a_price() -> None:
    assert price("openai", "text-embedding-3-small", Tokens(1000))[0] == pytest.approx(0.02 * 1000 / 1e6)
