"""Amounts are Decimal yuan everywhere; only pages show 万元 and 亿元."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

WAN = Decimal(10_000)
YI = Decimal(100_000_000)
CENT = Decimal("0.01")


def wan(cny: Decimal) -> Decimal:
    """Yuan to 万元, two decimals."""
    return (cny / WAN).quantize(CENT, ROUND_HALF_UP)


def yi(cny: Decimal) -> Decimal:
    """Yuan to 亿元, two decimals."""
    return (cny / YI).quantize(CENT, ROUND_HALF_UP)
