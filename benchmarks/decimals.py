"""Time numbers on screen: Manim's, and those of nnviz that keep their digits."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable

from manim import DecimalNumber, tempconfig

from nnviz.mobjects.primitives.decimal_numbers import QuickDecimalNumber

ROUNDS = 300
REQUIRED_RATIO = 10.0


def milliseconds(step: Callable[[float], object]) -> float:
    """Return the processor time of one call, over many with different numbers."""
    step(0.5)
    begin = time.process_time()
    for i in range(ROUNDS):
        step(9 * i / ROUNDS)
    return (time.process_time() - begin) / ROUNDS * 1e3


def main() -> int:
    """Print a line an operation; status 1 if a new value costs more than it may."""
    with (
        tempfile.TemporaryDirectory() as folder,
        tempconfig({"media_dir": folder, "verbosity": "WARNING"}),
    ):
        manims, quick = DecimalNumber(0.5), QuickDecimalNumber(0.5)
        pairs = {
            "a new value": (manims.set_value, quick.set_value),
            "to copy": (lambda _: manims.copy(), lambda _: quick.copy()),
            "to make": (DecimalNumber, QuickDecimalNumber),
        }
        print("Milliseconds of processor time for a number of two decimals:")
        ratios = {}
        for what, (slow, fast) in pairs.items():
            theirs, ours = milliseconds(slow), milliseconds(fast)
            ratios[what] = theirs / ours
            print(f"  {what:<12} Manim {theirs:6.2f}, nnviz {ours:6.2f}, ratio {ratios[what]:5.1f}")
    return 0 if ratios["a new value"] >= REQUIRED_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
