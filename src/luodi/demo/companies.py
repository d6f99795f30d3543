"""Unified social credit codes for companies that nobody has. Pure."""

from __future__ import annotations

from random import Random

from stdnum.cn import uscc

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code(county: str, rng: Random) -> str:
    """A code of the right form and check character (GB 32100-2015), of an enterprise registered in the county."""
    body = f"91{county}{''.join(rng.choice(SIGNS) for _n in range(9))}"
    return body + uscc.calc_check_digit(body)
