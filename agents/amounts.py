"""How the numbers of an account are written: shares of stakes, money, chances."""

import math


def number(value: float | None, digits: int, plus: bool = False) -> str:
    """A number with so many decimals, and a plus where it is asked for; no sign before a zero, nothing for None."""
    if value is None:
        return ""
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if plus and rounded else ''}.{digits}f}"


def percent(share: float | None, plus: bool = False) -> str:
    """A share in percent, without the mark."""
    return number(None if share is None else 100.0 * share, 1, plus)


def size(share: float) -> str:
    """A share without its sign, in percent, with a digit more where it is small."""
    value = 100.0 * abs(share)
    return f"{value:.1f}%" if value >= 0.05 else f"{value:.2f}%" if value >= 0.005 else "less than 0.01%"


def bn(value: float) -> str:
    """Money without its sign, with two decimals, and more where it is small."""
    value = abs(value)
    return number(value, 2 if value >= 0.095 or value == 0.0 else 3 if value >= 0.0095 else 4)


def decimals(stakes_bn: float) -> int:
    """With how many decimals money is written in a table: so many that a thousandth of the stakes can be seen."""
    return 2 if stakes_bn <= 0.0 else max(1, min(4, 3 - math.floor(math.log10(stakes_bn))))


def chance(probability: float) -> str:
    """A probability, with a digit more where it is small; 0% and 100% only where it is certain."""
    if 0.0 < probability < 0.0005:
        return "<0.1%"
    if 0.995 <= probability < 1.0:
        return ">99%"
    return f"{probability:.1%}" if 0.0 < probability < 0.1 else f"{probability:.0%}"
