"""What a call costs: by a price of the person's own, else by the list that `genai-prices` brings. Nothing is fetched.

A model that neither knows has no price, which is not the same as costing nothing. The list takes a third of a second
to load, so it is loaded at the first call that needs it, and never on the event loop: `price` blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from backend.services.usage.model import OwnPrice, Priced, Tokens, Used

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

MILLION = 1_000_000

OwnPrices = Mapping[str, tuple[OwnPrice, ...]]


class PriceList:
    """`own` are the prices of the configuration in force; `address` is where a provider is, by which the list knows
    those that are declared under another name."""

    def __init__(self, own: Callable[[], OwnPrices], address: Callable[[str], str | None]) -> None:
        self._own = own
        self._address = address

    def price(self, provider: str, model: str | None, used: Used, at: datetime) -> Priced | None:
        """None where it is not known. Blocking."""
        names = list(dict.fromkeys(name for name in (used.model, model) if name))
        for name in reversed(names):  # a person writes what they ask for
            if (own := self._own_price(provider, name, used.tokens, at.astimezone(UTC).date())) is not None:
                return own
        for name in names:
            if (listed := self._listed_price(provider, name, used, at)) is not None:
                return listed
        return None

    def _own_price(self, provider: str, model: str, tokens: Tokens, day: date) -> Priced | None:
        prices = self._own()
        for name in _most_exact(prices, provider, model):
            for row in prices[name]:
                if row.since is None or row.since <= day:
                    return Priced(_own_cost(row, tokens), _own_row(name, row, day))
        return None

    def _listed_price(self, provider: str, model: str, used: Used, at: datetime) -> Priced | None:
        import genai_prices

        tokens = used.tokens
        usage = genai_prices.Usage(
            input_tokens=tokens.input + tokens.cache_read + tokens.cache_write,
            cache_read_tokens=tokens.cache_read,
            cache_write_tokens=tokens.cache_write,
            cache_write_1h_tokens=tokens.cache_write_1h,
            output_tokens=tokens.output,
        )
        for where in ({"provider_id": provider}, {"provider_api_url": self._address(provider)}):
            if None in where.values():
                continue
            try:
                found = genai_prices.calc_price(
                    usage, model, genai_request_timestamp=at, price_context=dict(used.variant), **where
                )
            except (LookupError, ValueError):
                continue
            if not _covers(found.model_price, tokens):
                continue
            return Priced(float(found.total_price), _listed_row(found.provider.id, found.model, found.model_price, at))
        return None


def _most_exact(prices: OwnPrices, provider: str, model: str) -> list[str]:
    """The names that mean this model, those with the most letters of their own first."""
    meant = [name for name in prices if fnmatchcase(f"{provider}/{model}", name) or fnmatchcase(model, name)]
    return sorted(meant, key=lambda name: (-len(name.replace("*", "")), name))


def _own_cost(row: OwnPrice, tokens: Tokens) -> float:
    read = row.input if row.cache_read is None else row.cache_read
    written = row.input if row.cache_write is None else row.cache_write
    sums = (
        (tokens.input, row.input),
        (tokens.cache_read, read),
        (tokens.cache_write, written),
        (tokens.output, row.output),
    )
    return float(sum(Decimal(count) * Decimal(str(price)) for count, price in sums) / MILLION)


def _own_row(name: str, row: OwnPrice, day: date) -> dict[str, Any]:
    prices = {"input": row.input, "cache_read": row.cache_read, "cache_write": row.cache_write, "output": row.output}
    return {
        "list": "configuration",
        "model": name,
        "since": None if row.since is None else row.since.isoformat(),
        "looked_up": day.isoformat(),
        "million_tokens": {bucket: str(price) for bucket, price in prices.items() if price is not None},
    }


def _listed_row(provider: str, model: ModelInfo, price: ModelPrice, at: datetime) -> dict[str, Any]:
    from genai_prices import __version__

    since = _since(model, price)
    amounts = vars(price)
    return {
        "list": f"genai-prices {__version__}",
        "provider": provider,
        "model": model.id,
        "since": None if since is None else since.isoformat(),
        "looked_up": at.astimezone(UTC).date().isoformat(),
        "million_tokens": {
            name.removesuffix("_mtok"): _plain(amount)
            for name, amount in amounts.items()
            if amount is not None and name.endswith("_mtok")
        },
    }


def _covers(price: ModelPrice, tokens: Tokens) -> bool:
    """Whether all that was used has a price in it: what has none would be counted as free. Some rows are empty, some
    price only pictures or characters."""
    sent = tokens.input + tokens.cache_read + tokens.cache_write
    return (not sent or price.input_mtok is not None) and (not tokens.output or price.output_mtok is not None)


def _since(model: ModelInfo, price: ModelPrice) -> date | None:
    """From when on this row holds; None where it always did, as far as the list knows."""
    rows = model.prices if isinstance(model.prices, list) else []
    for row in rows:
        if row.prices is price:
            return getattr(row.constraint, "start_date", None)
    return None


def _plain(amount: Decimal | TieredPrices) -> Any:
    if isinstance(amount, Decimal):
        return str(amount)
    return {"base": str(amount.base), "tiers": {str(tier.start): str(tier.price) for tier in amount.tiers}}
