"""`cim examine` on a city that is loaded."""

from __future__ import annotations

from cim.viewer import OPERATOR


def words(line: str) -> str:
    return " ".join(line.split())


def test_examination(run, tiny_city) -> None:
    said = run("examine", "--city", tiny_city.city.slug, "--year", 2026)
    assert said.exit_code == 0
    lines = [words(line) for line in said.output.splitlines()]
    assert "synthetic data (合成数据)" in lines[0]
    assert "Examination of 2026, indicators of national-2024, run 1 (new)" in lines
    assert "H07 Dwelling buildings needing age-friendly retrofit buildings == 0 2 2 … 5 – 0 0 0 2" in lines
    assert "D37 Road network density km/km² >= 8 2.25 – 0 0 2 0" in lines
    assert "D56 Emergency shelter area per resident m² per resident >= 2 2.75 – – – – –" in lines
    assert any("H07: pre-screened from registers: candidates, not verdicts" in line for line in lines)
    again = run("examine", "--city", tiny_city.city.slug, "--year", 2026)
    assert "run 1 (unchanged)" in again.output
    nobody = run("examine", "--city", tiny_city.city.slug, "--year", 2026, "--again", "--cluster", "tcp://127.0.0.1:9")
    assert nobody.exit_code != 0
    assert "leave --cluster out" in nobody.output


def test_what_stands_beside_a_value_is_shown(run, tiny_city) -> None:
    said = run("examine", "--city", tiny_city.city.slug, "--year", 2026, "--system", "national-2025")
    lines = [words(line) for line in said.output.splitlines()]
    assert "Examination of 2026, indicators of national-2025, provisional, run 1 (new)" in lines
    # Nobody lives near enough to a street to walk anywhere but along it: A is far from any.
    assert any(line.startswith("C12 Compounds without compliant infant care compounds == 0 1 1 … 2 ") for line in lines)


def test_explaining_tells_data_formula_and_every_assumption(run) -> None:
    said = " ".join(run("examine", "--explain", "C15").output.split())
    for told in ("households and spaces by compound", "one space a household", "compound_gap", "per_household: 1.0"):
        assert told in said
    targets = run("examine", "--explain", "X01", "--system", "chongqing").output
    assert ">= 40 from 2025" in targets


def test_a_city_changes_and_adds_indicators_in_a_file_of_its_own(run, tiny_city, publish, tmp_path) -> None:
    """Found beside the city.toml from which the data came, without being named."""
    (tmp_path / "city.toml").touch()
    (tmp_path / "examination.yaml").write_text(
        """
name: tiny-2026
leave_out: [C13]
indicators:
  - {code: C11, parameters: {radius_m: 700}}
  - code: L02
    title: {zh: 未达标配建社区卫生服务站的小区数量, en: Compounds without a health station}
    level: community
    dimension: {zh: 设施完善, en: Facilities}
    unit: {zh: 个, en: compounds}
    direction: lower
    form: count
    definition: {zh: 没有卫生服务站的小区, en: Compounds without a health station.}
    numerator: {zh: 未达标小区数, en: compounds without}
    denominator: {zh: 小区数, en: compounds}
    standard: {op: "==", value: 0, source: "建标163-2013", confidence: high}
    data: {zh: 设施, en: facilities}
    method: {zh: 直线距离, en: straight distance}
    computable: fully
    measure: places_without
    parameters: {kinds: [shelter], radius_m: 450, area_min_m2: 120}
""",
        encoding="utf-8",
    )
    with tiny_city.connection(OPERATOR) as connection:
        connection.execute("UPDATE run.load SET path = %s", (str(tmp_path / "registers" / "x.gpkg"),))
    said = run("examine", "--city", tiny_city.city.slug, "--year", 2026)
    lines = [words(line) for line in said.output.splitlines()]
    assert f"With the city's own indicators of {tmp_path / 'examination.yaml'}" in "".join(said.output.splitlines())
    assert "Examination of 2026, indicators of national-2024+tiny-2026, run 1 (new)" in lines
    assert any(line.startswith("C11 Compounds without compliant elderly care compounds == 0 1 ") for line in lines)
    assert any(line.startswith("L02 Compounds without a health station compounds == 0 1 ") for line in lines)
    assert not any(line.startswith("C13 ") for line in lines)
    again = run("examine", "--city", tiny_city.city.slug, "--year", 2026)
    assert "run 1 (unchanged)" in again.output
