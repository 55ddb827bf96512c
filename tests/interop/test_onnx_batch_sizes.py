"""Arithmetic with the number of examples, which is not known before there are any."""

from __future__ import annotations

import pytest

from nnviz.interop.builder import UnsupportedModelError
from nnviz.interop.onnx_batch_sizes import Examples


@pytest.mark.parametrize(("times", "factor"), [(1, 1), (1, 6), (3, 4), (5, 1)])
def test_products_and_quotients(times: int, factor: int) -> None:
    product = Examples(times) * factor
    assert product == factor * Examples(times) == Examples(times * factor)
    assert product // factor == Examples(times)
    ratio = product // Examples(times)
    assert ratio == factor
    assert isinstance(ratio, int), "a shape has whole numbers"
    assert isinstance((product // factor).times, int)


def test_nothing_of_them_is_nothing() -> None:
    assert Examples(3) * 0 == 0


@pytest.mark.parametrize("divisor", [2, Examples(2), 0])
def test_what_does_not_divide_is_refused(divisor: int | Examples) -> None:
    with pytest.raises(UnsupportedModelError, match="a quotient of the number of examples"):
        Examples(3) // divisor
