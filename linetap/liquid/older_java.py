"""Whether every version of Java prints the same digits of a double.

Java 19 prints the shortest digits that mean the double. The versions before it stop by another test, which differs for
powers of two and from 2**63 up: 2e23 is 1.9999999999999998E23 there. Which version CleverTap's engine runs on is not
known. https://bugs.openjdk.org/browse/JDK-4511638
"""

from __future__ import annotations

import math
import sys
from decimal import Decimal
from fractions import Fraction
from typing import Final

_WHOLE: Final = (2.0**53, 2.0**63)  # between these an older Java prints the digits of a 64-bit integer
_ROUNDED: Final = (0, 0, 0, 0, 1, 1, 1, 2, 2)  # how many of them it rounds to zero, by the bits above 55


def prints_alike(value: float) -> bool:
    """Whether a finite positive double has the same digits in all versions of Java."""
    if value < _WHOLE[0] and math.frexp(value)[0] != 0.5:
        return value >= sys.float_info.min
    if _WHOLE[0] <= value < _WHOLE[1]:
        return _rounded(int(value)) == int(Decimal(repr(value)))
    shortest = Decimal(repr(value))
    # Whether a sum that is just enough ends the digits depends on the sizes of the numbers: both must agree.
    return all(_digits(value, enough=enough) == shortest for enough in (True, False))


def _rounded(whole: int) -> int:
    step = 10 ** _ROUNDED[max(0, whole.bit_length() - 55)]
    return (whole + step // 2) // step * step


def _digits(value: float, *, enough: bool) -> Decimal:
    """The digits of an older Java: it stops within half of the distance to the next double, on either side."""
    exact, margin = Fraction(value), Fraction(math.ulp(value)) / (4 if math.frexp(value)[0] == 0.5 else 2)
    power = Decimal(value).adjusted()
    unit = Fraction(10) ** power
    rest, margin, digits, count = exact / unit, margin / unit, 0, 0
    while True:
        digit = int(rest)
        digits, rest, count = digits * 10 + digit, rest - digit, count + 1
        low, high = rest < margin, rest + margin > 1 or (enough and rest + margin == 1)
        if count > 1 and (low or high):
            break
        rest, margin = rest * 10, margin * 10
    up = high and (not low or rest * 2 > 1 or (rest * 2 == 1 and digits % 2 == 1))
    return Decimal(digits + up).scaleb(power + 1 - count)
