"""Intervals of shares: published numbers, and what must hold of people asked by place."""

from __future__ import annotations

import numpy as np
import pytest

from cim.sampling import clustered, wilson


@pytest.mark.parametrize(
    ("having", "asked", "low", "high"),
    [  # R. G. Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_that_of_newcombes_table(having, asked, low, high) -> None:
    np.testing.assert_allclose(wilson(having, asked), (low, high), atol=5e-5)


def test_people_asked_by_place_say_less_where_places_differ() -> None:
    """Four communities of 50: by hand 120 of 200, variance 4/3 · (10² + 10² + 0 + 0) / 200² = 0.02/3."""
    low, high = clustered([40, 20, 30, 30], [50, 50, 50, 50])
    effect = (0.02 / 3) / (0.6 * 0.4 / 200)
    assert effect == pytest.approx(50 / 9)
    student = 3.182446305  # 97.5 % of t with three degrees of freedom, from tables
    np.testing.assert_allclose((low, high), wilson(120 / effect, 200 / effect, student), rtol=1e-6)
    simple = wilson(120, 200)
    assert low < simple[0] < 0.6 < simple[1] < high


def test_places_alike_and_one_place_alone() -> None:
    assert clustered([30], [50]) == wilson(30, 50)
    # Alike beyond chance: never narrower than a simple sample of all.
    low, high = clustered([30] * 4, [50] * 4)
    assert low <= wilson(120, 200)[0]
    assert high >= wilson(120, 200)[1]
    assert clustered([5, 5], [5, 5])[1] == 1.0
