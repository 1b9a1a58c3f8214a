"""Parallel work gives what serial work gives, in order."""

from __future__ import annotations

import math

import pytest

from cim.executor import run_all


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    assert list(run_all(math.factorial, range(12), workers=workers)) == [math.factorial(n) for n in range(12)]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_reaches_the_caller(workers: int) -> None:
    with pytest.raises(ValueError, match="factorial"):
        list(run_all(math.factorial, [3, 2, -1, 5], workers=workers))


def test_items_are_consumed_little_by_little() -> None:
    taken: list[int] = []

    def items():
        for number in range(100):
            taken.append(number)
            yield number

    results = run_all(math.factorial, items(), workers=2)
    next(results)
    assert len(taken) < 20
    results.close()
