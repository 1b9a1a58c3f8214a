"""Weights and TOPSIS against worked examples that were published, and against another library's numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim.analytics.examination.scores.judgements import read_judgements
from cim.analytics.examination.scores.ranking import topsis, weighted_sum
from cim.analytics.examination.scores.weights import (
    BadJudgements,
    critic,
    entropy,
    equal,
    judged,
    random_index,
)

SOFTWARE = pd.DataFrame(
    [[5000, 3, 3, 4, 3, 2], [680, 5, 3, 2, 2, 1], [2000, 3, 2, 3, 4, 3], [600, 4, 3, 1, 2, 2], [800, 2, 4, 3, 3, 4]]
).astype(float)
"""Tuş and Aytaç Adalı 2019, time and attendance software: five products, six criteria."""


def test_critic_as_published() -> None:
    assert critic(SOFTWARE).to_numpy() == pytest.approx([0.157, 0.249, 0.168, 0.121, 0.154, 0.151], abs=6e-4)


def test_entropy_as_another_library() -> None:
    """pymcdm 1.4.0: pymcdm.weights.entropy_weights(SOFTWARE)."""
    told = [0.56238879, 0.07040527, 0.03538901, 0.13236665, 0.05520931, 0.14424098]
    assert entropy(SOFTWARE).to_numpy() == pytest.approx(told, abs=1e-8)


def test_topsis_as_published() -> None:
    """Hwang and Yoon 1981: four fighter aircraft; what costs is negative here, since more is better."""
    aircraft = np.array(
        [
            [2.0, 1500, 20000, -5.5, 5, 9],
            [2.5, 2700, 18000, -6.5, 3, 5],
            [1.8, 2000, 21000, -4.5, 7, 7],
            [2.2, 1800, 20000, -5.0, 5, 5],
        ]
    )
    weights = np.array([[0.2, 0.1, 0.1, 0.1, 0.2, 0.3]])
    assert topsis(aircraft, weights)[0] == pytest.approx([0.643, 0.268, 0.613, 0.312], abs=1e-3)


def test_topsis_as_another_library() -> None:
    """pymcdm 1.4.0: TOPSIS(vector_normalization)(SOFTWARE, equal weights, types (-1, 1, 1, 1, 1, 1)).

    It turns a cost round before it is divided by its length, as 1 less it; the distances are the same.
    """
    turned = SOFTWARE.to_numpy().copy()
    turned[:, 0] *= -1
    told = [0.37905734, 0.56285917, 0.60463329, 0.5553025, 0.70010978]
    assert topsis(turned, np.full((1, 6), 1 / 6))[0] == pytest.approx(told, abs=1e-8)


CITIES = ["Cairo", "Tokyo", "Chicago", "San Francisco", "London", "Montreal"]
DISTANCES = pd.DataFrame(
    [
        [1, 1 / 3, 8, 3, 3, 7],
        [3, 1, 9, 3, 3, 9],
        [1 / 8, 1 / 9, 1, 1 / 6, 1 / 5, 2],
        [1 / 3, 1 / 3, 6, 1, 1 / 3, 6],
        [1 / 3, 1 / 3, 5, 3, 1, 6],
        [1 / 7, 1 / 9, 1 / 2, 1 / 6, 1 / 6, 1],
    ],
    index=CITIES,
    columns=CITIES,
)
"""Saaty 1977: how far cities are from Philadelphia, judged in pairs."""


def test_judgements_as_published() -> None:
    found = judged(DISTANCES)
    assert found.weights.to_numpy() == pytest.approx([0.262, 0.397, 0.033, 0.116, 0.164, 0.027], abs=2e-3)
    assert found.largest_eigenvalue == pytest.approx(6.45, abs=0.01)
    assert found.consistency_ratio == pytest.approx(0.073, abs=1e-3)


@given(st.lists(st.sampled_from([1 / 9, 1 / 5, 1 / 3, 1 / 2, 1, 2, 3, 5, 9]), min_size=3, max_size=3))
def test_of_three_things_the_eigenvector_is_the_geometric_mean(said) -> None:
    a, b, c = said
    ratios = pd.DataFrame([[1, a, b], [1 / a, 1, c], [1 / b, 1 / c, 1]])
    means = np.prod(ratios.to_numpy(), axis=1) ** (1 / 3)
    assert judged(ratios, most_inconsistent=np.inf).weights.to_numpy() == pytest.approx(means / means.sum(), rel=1e-6)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([[1, 9, 1 / 9], [1 / 9, 1, 9], [9, 1 / 9, 1]], r"consistency ratio .* above 0.1: judge again, first"),
        ([[1, 2, np.nan], [1 / 2, 1, 1], [np.nan, 1, 1]], "nothing is said of a against c: judge every pair"),
        ([[1, 2, 3], [2, 1, 1], [1 / 3, 1, 1]], "judged differently from its two sides"),
        ([[1, 20, 3], [1 / 20, 1, 1], [1 / 3, 1, 1]], "not between 1/9 and 9"),
    ],
)
def test_judgements_that_cannot_be_used_say_why(rows, why) -> None:
    with pytest.raises(BadJudgements, match=why):
        judged(pd.DataFrame(rows, index=list("abc"), columns=list("abc")))


def test_judgements_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "judged.csv"
    path.write_text("one,other,ratio\nhousing,community,3\nhousing,city,1/2\ncommunity,city,1/5\n", encoding="utf-8")
    table = read_judgements(path)
    assert table.loc["city", "housing"] == 2
    assert judged(table).weights.idxmax() == "city"
    path.write_text("one,other,ratio\nhousing,community,much\n", encoding="utf-8")
    with pytest.raises(BadJudgements, match=r"judged.csv, line 2: ratio 'much': give a number such as 3 or 1/3"):
        read_judgements(path)


def test_of_many_things_contradiction_is_measured_against_chance() -> None:
    assert random_index(6) == 1.24
    assert random_index(30) == pytest.approx(1.68, abs=0.01)


@given(st.integers(2, 12), st.integers(1, 6), st.integers(0, 10_000))
def test_weights_sum_to_one_whatever_is_missing(units, criteria, seed) -> None:
    random = np.random.default_rng(seed)
    matrix = pd.DataFrame(
        np.where(random.uniform(size=(units, criteria)) < 0.2, np.nan, random.uniform(size=(units, criteria)))
    )
    for weigh in (equal, entropy, critic):
        weights = weigh(matrix)
        assert weights.index.equals(matrix.columns)
        assert weights.sum() == pytest.approx(1)
        assert (weights >= 0).all()


def test_what_is_missing_is_never_zero() -> None:
    """A unit is judged by what is known of it: lacking a poor value must not look like having it."""
    matrix, weights = np.array([[0.9, np.nan], [0.9, 0.0], [0.2, 1.0]]), np.array([[0.5, 0.5]])
    assert weighted_sum(matrix, weights)[0] == pytest.approx([0.9, 0.45, 0.6])
    lacking, having, _ = topsis(matrix, weights)[0]
    assert lacking > having
