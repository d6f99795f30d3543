from __future__ import annotations

from decimal import Decimal

from luodi.kernel.money import wan, yi


def test_halves_are_rounded_up_as_people_do() -> None:
    assert wan(Decimal("10050")) == Decimal("1.01")
    assert wan(Decimal("10049.99")) == Decimal("1.00")
    assert yi(Decimal("12500000000")) == Decimal("125.00")
    assert wan(Decimal("-10050")) == Decimal("-1.01")
