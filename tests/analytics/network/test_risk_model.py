"""The model of breaks: known rates are found again, intervals hold, and few breaks leave the priors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from cim.analytics.network.risk.assumptions import load_assumptions
from cim.analytics.network.risk.break_model import BreakModel, Record, fit, rates, with_frailty
from cim.analytics.network.risk.covariates import covariates
from cim.analytics.network.risk.holdout import captured, hold_out
from cim.analytics.network.risk.likelihood import likelihood

ASSUMPTIONS = load_assumptions()
RECORD = Record(2010.0, 2025.0)
FRAILTY = (1.0, 1.0)
TRUE_PER_100KM = {"cast_iron": 40.0, "ductile_iron": 8.0, "steel": 12.0, "pe": 3.0}
TRUE_AGEING, TRUE_BY_DOUBLING, TRUE_SHAPE = 0.8, -0.4, 2.0


def made_up_pipes(count: int, seed: int = 7) -> pd.DataFrame:
    """Pipes of four materials, six sizes and sixty-five years."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "segment_id": np.arange(1, count + 1),
            "network": "water",
            "material": rng.choice(list(TRUE_PER_100KM), count, p=[0.3, 0.3, 0.2, 0.2]).astype(object),
            "installed_year": rng.integers(1950, 2015, count).astype(float),
            "size_mm": rng.choice([100.0, 150.0, 200.0, 300.0, 400.0, 600.0], count),
            "pressure_mpa": 0.4,
            "soil": None,
            "road_class": None,
            "length_m": rng.uniform(10, 60, count),
        }
    )


class Simulated:
    """Breaks of made-up pipes from rates that are known."""

    def __init__(self, count: int = 60_000, seed: int = 7) -> None:
        rng = np.random.default_rng(seed)
        self.pipes = made_up_pipes(count, seed)
        self.laid = covariates(self.pipes, ASSUMPTIONS)
        self.length_km = self.pipes["length_m"].to_numpy() / 1000
        self.differ = rng.gamma(TRUE_SHAPE, 1 / TRUE_SHAPE, count)
        pipe, broke = [], []
        for year in range(2010, 2025):
            share = np.clip(year + 1 - self.pipes["installed_year"].to_numpy(), 0, 1)
            which = np.repeat(np.arange(count), rng.poisson(self.rate(year + 0.5) * self.length_km * share))
            pipe.append(which)
            broke.append(year + rng.uniform(size=len(which)))
        self.pipe, self.broke = np.concatenate(pipe), np.concatenate(broke)

    def rate(self, year: float) -> np.ndarray:
        """Breaks a kilometre and year."""
        age = np.floor(np.clip(year - self.pipes["installed_year"].to_numpy(), 0, None)) + 0.5
        base = self.pipes["material"].map(TRUE_PER_100KM).to_numpy() / 100
        return (
            base
            * 2 ** (TRUE_BY_DOUBLING / np.log(2) * np.log2(self.pipes["size_mm"].to_numpy() / 150))
            * (age / 40) ** TRUE_AGEING
            * self.differ
        )


@pytest.fixture(scope="module")
def simulated() -> Simulated:
    return Simulated()


@pytest.fixture(scope="module")
def model(simulated):
    found = fit(simulated.laid, simulated.length_km, simulated.pipe, simulated.broke, RECORD)
    return with_frailty(found, *FRAILTY)


def test_known_rates_are_found_again(simulated, model):
    """Each material's rate at the reference, ageing and size within three standard errors; frailty within a third."""
    place = {(effect.code, effect.value): at for at, effect in enumerate(simulated.laid.effects)}
    spread = np.sqrt(np.diag(model.covariance))
    published = {"cast_iron": 17.8, "ductile_iron": 3.2, "steel": 4.7, "pe": 1.8}
    for material, true in TRUE_PER_100KM.items():
        x = np.zeros(len(spread))
        x[place["city", ""]] = x[place["material", material]] = 1.0
        log_rate = np.log(published[material]) + x @ model.coefficients
        assert abs(log_rate - np.log(true)) < 3 * np.sqrt(x @ model.covariance @ x)
    for name, true in (("age", TRUE_AGEING), ("diameter", TRUE_BY_DOUBLING)):
        at = place[name, ""]
        assert abs(model.coefficients[at] - true) < 3 * spread[at]
        assert spread[at] < 0.05
    assert 2 / 3 < model.frailty / TRUE_SHAPE < 3 / 2
    assert model.expected.sum() == pytest.approx(len(simulated.pipe), rel=0.01)


def test_intervals_hold_nine_of_ten_true_rates(simulated, model):
    found = rates(simulated.laid, model, 2025.5)
    true = simulated.rate(2025.5)
    assert 0.86 < np.mean((found.low <= true) & (true <= found.high)) < 0.93
    assert found.mean.mean() == pytest.approx(true.mean(), rel=0.05)


def test_a_pipes_own_breaks_count_by_hand():
    """Half a break expected of each of two equal pipes, three and none seen, shape 2: (2 + 3)/2.5 against 2/2.5."""
    pipes = made_up_pipes(2).assign(material="pe", installed_year=1980.0, size_mm=150.0)
    laid = covariates(pipes, ASSUMPTIONS)
    effects = len(laid.effects)
    model = BreakModel(np.zeros(effects), np.zeros((effects, effects)), 2.0, np.array([0.5, 0.5]), np.array([3, 0]))
    found = rates(laid, model, 2020.0)
    assert found.mean * 100 == pytest.approx([1.8 * 2, 1.8 * 0.8])
    # Gamma of shapes 5 and 2: their 5 % and 95 % points over their means.
    assert (found.low / found.mean).tolist() == pytest.approx([0.394, 0.178], abs=2e-3)
    assert (found.high / found.mean).tolist() == pytest.approx([1.831, 2.372], abs=2e-3)


def test_it_foretells_better_than_age_and_is_calibrated(simulated):
    found = hold_out(
        simulated.laid, simulated.length_km, simulated.pipe, simulated.broke, RECORD, share=0.3, few=10, frailty=FRAILTY
    )
    assert found.judged
    assert found.split == pytest.approx(2020.5)
    assert found.fitted + found.kept == len(simulated.broke)
    assert all(ours > 1.5 * age for ours, age in zip(found.by_model, found.by_age, strict=True))
    assert sum(group.observed for group in found.calibration) == found.kept
    within = [group.low <= group.expected <= group.high for group in found.calibration]
    assert sum(within) >= 7
    assert sum(g.expected for g in found.calibration) == pytest.approx(found.kept, rel=0.1)


def test_summed_pipe_years_and_newton_equal_the_plain_posterior():
    """Oracle: every pipe-year a row of its own, minimised by a quasi-Newton method that knows no derivatives."""
    made = Simulated(400, seed=3)
    record = Record(2012.0, 2016.5)
    model = fit(made.laid, made.length_km * 40, made.pipe, made.broke, record)
    rows, offsets, counts = [], [], []
    for start, end in ((2012, 2013), (2013, 2014), (2014, 2015), (2015, 2016), (2016, 2016.5)):
        for pipe in range(400):
            laid = made.pipes["installed_year"][pipe]
            share = min(max((end - max(laid, start)) / (end - start), 0), 1)
            if share <= 0:
                continue
            age = max(int(np.floor((start + end) / 2 - laid)), 0)
            rows.append([*made.laid.kinds[made.laid.kind[pipe]], np.log((age + 0.5) / 40)])
            years = share * (end - start)
            offsets.append(made.laid.offset[made.laid.kind[pipe]] + np.log(made.length_km[pipe] * 40 * years))
            within = (made.pipe == pipe) & (made.broke >= start) & (made.broke < end)
            counts.append(int(within.sum()))
    x, offset, count = np.array(rows), np.array(offsets), np.array(counts)
    mean = np.array([effect.mean for effect in made.laid.effects])
    sd = np.array([effect.sd for effect in made.laid.effects])

    def against(at):
        linear = x @ at + offset
        return np.exp(linear).sum() - count @ linear + 0.5 * (((at - mean) / sd) ** 2).sum()

    plain = optimize.minimize(against, mean, method="BFGS", options={"gtol": 1e-4})
    assert count.sum() > 5
    assert model.coefficients == pytest.approx(plain.x, abs=1e-4)
    assert np.sqrt(np.diag(model.covariance)) == pytest.approx(np.sqrt(np.diag(plain.hess_inv)), rel=0.25)


def test_without_breaks_the_published_rates_stay():
    pipes = pd.DataFrame(
        {
            "segment_id": [1, 2, 3],
            "network": "water",
            "material": ["cast_iron", "pe", None],
            "installed_year": [1986.0, 1986.0, np.nan],
            "size_mm": [150.0, 150.0, np.nan],
            "pressure_mpa": [0.4, 0.4, np.nan],
            "soil": None,
            "road_class": None,
            "length_m": [100.0, 100.0, 0.0],
        }
    )
    laid = covariates(pipes, ASSUMPTIONS)
    nothing = np.array([], dtype=np.int64), np.array([])
    model = with_frailty(fit(laid, pipes["length_m"].to_numpy() / 1000, *nothing, Record(0.0, 0.0)), *FRAILTY)
    found = rates(laid, model, 2026.0)
    # At the reference age of 40 years the prior mean is the published rate: 17.8 of iron, 1.8 of plastic, 6.9 of all.
    assert found.mean * 100 == pytest.approx([17.8, 1.8, 6.9], rel=0.02)
    assert (found.low < found.mean / 3).all()
    assert (found.high > found.mean * 2).all()
    # Less is known of a pipe without material, year and size.
    assert found.high[2] / found.mean[2] > found.high[0] / found.mean[0]
    assert laid.lacking == {
        "risk_year_unknown": 1, "risk_material_unknown": 1, "risk_size_unknown": 1, "risk_pressure_unknown": 1,
    }  # fmt: skip


def test_few_breaks_are_drawn_to_the_published_rate():
    """Ten kilometres of pipe without one break in ten years: below the published rate, but not nothing."""
    pipes = made_up_pipes(400).assign(material="cast_iron", installed_year=1980.0, length_m=25.0)
    laid = covariates(pipes, ASSUMPTIONS)
    nothing = np.array([], dtype=np.int64), np.array([])
    model = fit(laid, pipes["length_m"].to_numpy() / 1000, *nothing, Record(2010.0, 2020.0))
    rate = rates(laid, model, 2020.0).mean.mean() * 100
    assert 0.5 < rate < 17.8 / 3


def test_the_last_day_told_belongs_to_the_record(tmp_path):
    """Breaks at noon of 1 January 2015, and of 30 and 31 December 2020, a leap year."""
    (tmp_path / "risk.yaml").write_text("record: {from: 2015-01-01, to: 2020-12-30}", encoding="utf-8")
    broke = [2015 + 0.5 / 365.25, 2020 + 364.5 / 365.25, 2020 + 365.5 / 365.25]
    breaks = pd.DataFrame({"segment_id": 1, "broke": broke})
    found = likelihood(made_up_pipes(2), breaks, pd.DataFrame(), load_assumptions(tmp_path), 2026.0)
    assert found.breaks.tolist() == [2, 0]


def test_shares_captured_by_hand():
    """Four pipes of 1, 1, 2 and 4 km with 3, 0, 1 and 0 breaks; the two worst are alike."""
    score, length, breaks = np.array([9.0, 9.0, 5.0, 1.0]), np.array([1.0, 1.0, 2.0, 4.0]), np.array([3, 0, 1, 0])
    # An eighth of the length lies within the two worst, of 2 km and 3 breaks: half of these.
    assert captured(score, length, breaks, (0.125, 0.25, 0.5, 1.0)) == pytest.approx([1.5 / 4, 3 / 4, 1, 1])
