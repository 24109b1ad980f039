"""Buckets exclude one another, whichever provider counts."""

from __future__ import annotations

from typing import Any

import pytest

from backend.services.usage.answers import MOST_TOKENS, model_in, together, used_in
from backend.services.usage.model import Tokens

OPENAI = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


@pytest.mark.parametrize(
    ("answer", "tokens"),
    [
        pytest.param({"usage": OPENAI}, Tokens(100, output=20), id="openai"),
        pytest.param(
            {"usage": {**OPENAI, "prompt_tokens_details": {"cached_tokens": 40, "cache_write_tokens": 10}}},
            Tokens(50, 40, 10, 20),
            id="openai, cached",
        ),
        pytest.param(
            {"usage": {**OPENAI, "completion_tokens_details": {"reasoning_tokens": 15}}},
            Tokens(100, output=20, reasoning=15),
            id="openai, thought",
        ),
        pytest.param(
            {"usage": {**OPENAI, "total_tokens": 150, "completion_tokens_details": {"reasoning_tokens": 30}}},
            Tokens(100, output=50, reasoning=30),
            id="thoughts counted only into the total",
        ),
        pytest.param(
            {"usage": {**OPENAI, "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36}},
            Tokens(36, 64, output=20),
            id="deepseek",
        ),
        pytest.param(
            {
                "type": "response.completed",
                "response": {
                    "usage": {
                        "input_tokens": 100, "input_tokens_details": {"cached_tokens": 40}, "output_tokens": 20,
                        "output_tokens_details": {"reasoning_tokens": 8}, "total_tokens": 120,
                    }
                },
            },
            Tokens(60, 40, output=20, reasoning=8),
            id="openai, responses",
        ),
        pytest.param({"usage": {"prompt_tokens": 8, "total_tokens": 8}}, Tokens(8), id="embeddings"),
        pytest.param(
            {
                "usage": {
                    "input_tokens": 12, "cache_read_input_tokens": 300, "cache_creation_input_tokens": 50,
                    "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 20},
                    "output_tokens": 5,
                }
            },
            Tokens(12, 300, 50, 5, cache_write_1h=20),
            id="anthropic",
        ),
        pytest.param(
            {"type": "message_start", "message": {"usage": {"input_tokens": 12, "output_tokens": 1}}},
            Tokens(12, output=1),
            id="anthropic, first event",
        ),
        pytest.param({"done": True, "prompt_eval_count": 26, "eval_count": 5}, Tokens(26, output=5), id="ollama"),
        pytest.param({"done": True, "eval_count": 5}, Tokens(0, output=5), id="ollama, prompt known before"),
        pytest.param(
            {
                "usageMetadata": {
                    "promptTokenCount": 100, "cachedContentTokenCount": 30, "candidatesTokenCount": 10,
                    "thoughtsTokenCount": 7, "totalTokenCount": 117,
                }
            },
            Tokens(70, 30, output=17, reasoning=7),
            id="google",
        ),
        pytest.param({"usage": {**OPENAI, "prompt_tokens_details": None}}, Tokens(100, output=20), id="nulls"),
        pytest.param(
            {"usage": {"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 99}}},
            Tokens(0, 10),
            id="more cached than there is",
        ),
    ],
)  # fmt: skip
def test_buckets_exclude_one_another(answer: dict[str, Any], tokens: Tokens) -> None:
    used = used_in(answer)
    assert used is not None
    assert used.tokens == tokens


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"usage": None},
        {"usage": {}},
        {"usage": {"seconds": 3}},
        {"usage": "none"},
        {"usage": {"input_tokens_x": 1}},
    ],
)
def test_what_tells_no_tokens_is_no_use(answer: dict[str, Any]) -> None:
    assert used_in(answer) is None


def test_figures_that_are_no_counts_count_as_nothing() -> None:
    used = used_in({"usage": {"prompt_tokens": "12", "completion_tokens": -3, "total_tokens": True}})
    assert used is not None
    assert used.tokens == Tokens()
    used = used_in({"usage": {"prompt_tokens": 10**30, "completion_tokens": 5}})
    assert used is not None
    assert used.tokens == Tokens(MOST_TOKENS, output=5)


def test_the_last_word_of_a_stream_counts_and_keeps_what_came_before() -> None:
    first = used_in({"message": {"model": "claude", "usage": {"input_tokens": 12, "cache_read_input_tokens": 300}}})
    last = used_in({"type": "message_delta", "usage": {"output_tokens": 5, "input_tokens": None}})
    used = together(first, last)
    assert used is not None
    assert used.tokens == Tokens(12, 300, output=5)
    assert (used.model, used.raw["cache_read_input_tokens"]) == ("claude", 300)
    assert together(None, first) == first == together(first, None)


def test_what_changes_the_price_is_known() -> None:
    assert used_in({"service_tier": "flex", "usage": OPENAI}).variant == {"service_tier": "flex"}  # type: ignore[union-attr]
    batch = used_in({"usage": {"input_tokens": 1, "output_tokens": 1, "service_tier": "batch"}})
    assert batch is not None
    assert batch.variant == {"processing": "batch"}


def test_the_model_is_found_where_it_stands() -> None:
    assert model_in({"model": "a"}) == model_in({"message": {"model": "a"}}) == model_in({"modelVersion": "a"}) == "a"
    assert model_in({"model": 7}) is None
