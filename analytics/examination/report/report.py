"""What a report tells: an examination's values, units, problems and sources, read once for every file of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd
from geopandas import GeoDataFrame

from cim.analytics.examination.comparison.result import Comparison
from cim.analytics.examination.projects.catalogue import Catalogue, load_catalogue
from cim.analytics.examination.projects.project import ProjectList
from cim.analytics.examination.register import OFFICIAL_LEVELS, Words
from cim.analytics.examination.report.numbers import standard_words
from cim.analytics.examination.report.words import PROVISIONAL, SYNTHETIC, both
from cim.city import CityProfile
from cim.codes import LEVELS


@dataclass(frozen=True)
class Report:
    """An examination with all that its report shows."""

    city: CityProfile
    """The city."""
    parameters: Mapping[str, Any]
    """What the run declared: year, system, system_year, provisional, grading, indicators, …"""
    made_on: dt.date
    """Day on the cover: that of the examination unless told."""
    table: pd.DataFrame
    """A row for each indicator and unit, as `Examination.table`."""
    units: GeoDataFrame
    """Units examined: index unit_id; key, level, name, name_en, geometry in the city's CRS."""
    problems: GeoDataFrame
    """The ledger, the gravest first; geometry a point of the place, where it has one."""
    sources: Sequence[Mapping[str, Any]]
    """Loads whose features are shown, with digests, licences and counts."""
    data_versions: Mapping[str, int]
    """Data version of each theme that was read."""
    left_out: Mapping[str, Mapping[str, Any]]
    """What limits it as a whole: code, count and both sentences."""
    software_version: str
    """Of the examination."""
    comparison: Comparison | None = None
    """With the last year that was examined before; None: none was."""
    projects: ProjectList | None = None
    """What the ledger's problems come to as projects; None: the examination is not kept."""
    catalogue: Catalogue = field(default_factory=load_catalogue)
    """What is done about a shortfall, and by whom."""
    changed: Sequence[str] = ()
    """Themes that were loaded anew since."""
    streets: Sequence[Any] = ()
    """Courses of the main streets, city CRS."""
    made: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What several drawings and tables share, made once."""

    @property
    def year(self) -> int:
        """Year examined."""
        return int(self.parameters["year"])

    @property
    def synthetic(self) -> bool:
        """Whether anything in it is made up."""
        return self.city.synthetic or any(source["synthetic"] for source in self.sources)

    @property
    def system(self) -> Words:
        """Name of the system of indicators, with its year, and whether that is provisional."""
        told = self.parameters
        zh, en = told.get("title_zh") or told["system"], told.get("title_en") or told["system"]
        # A title that says so itself need not be told twice.
        if told.get("provisional") and "暂定" not in zh:
            zh = f"{zh}（{PROVISIONAL.zh}）"
        if told.get("provisional") and PROVISIONAL.en not in en:
            en = f"{en} ({PROVISIONAL.en})"
        return both(zh, en)

    @property
    def stamp(self) -> Words:
        """What stands on every page: the system's year, that it is provisional, that the data are made up."""
        told = self.parameters
        zh, en = [f"指标体系年份 {told['system_year']}"], [f"indicator system of {told['system_year']}"]
        if told.get("provisional"):
            zh[0] += f"（{PROVISIONAL.zh}）"
            en[0] += f" ({PROVISIONAL.en})"
        if self.synthetic:
            zh.append(SYNTHETIC.zh)
            en.append(SYNTHETIC.en)
        return both(" · ".join(zh), " · ".join(en))

    @cached_property
    def indicators(self) -> dict[str, Indicated]:
        """Indicators by code, in the order of the official levels."""
        declared: Mapping[str, Mapping[str, Any]] = self.parameters["indicators"]
        rows = dict(list(self.table.groupby("code", sort=False)))
        order = sorted(declared, key=lambda code: (OFFICIAL_LEVELS.index(declared[code]["level"]), code))
        none = self.table.iloc[:0]
        return {code: Indicated(code, declared[code], rows.get(code, none).set_index("unit_id")) for code in order}

    def of_level(self, level: str) -> list[Indicated]:
        """Return the indicators of an official level."""
        return [one for one in self.indicators.values() if one.declared["level"] == level]

    def unit_name(self, unit_id: int, language: str) -> str:
        """Return a unit's name."""
        row = self.units.loc[unit_id]
        english = row["name_en"] if isinstance(row["name_en"], str) else None
        return str((english if language == "en" else None) or row["name"])

    @cached_property
    def level(self) -> str:
        """Level whose units are counted by grade: the community, or else the smallest of which there are several."""
        counts = self.table.drop_duplicates("unit_id")["level"].value_counts()
        found = [level for level in LEVELS if counts.get(level, 0)]
        several = [level for level in found if counts[level] > 1 and level != "compound"]
        return "community" if "community" in several else (several or found or ["city"])[-1]


@dataclass(frozen=True)
class Indicated:
    """One indicator with its values."""

    code: str
    """Its code."""
    declared: Mapping[str, Any]
    """What the run declared of it."""
    rows: pd.DataFrame
    """Its values: index unit_id."""

    def words(self, name: str) -> Words:
        """Return a text of its declaration, empty where it has none."""
        return both(self.declared.get(f"{name}_zh") or "", self.declared.get(f"{name}_en") or "")

    @property
    def title(self) -> Words:
        """Its name."""
        return self.words("title")

    @property
    def unit(self) -> Words:
        """Unit of its value."""
        return self.words("unit")

    @property
    def standard(self) -> Words:
        """What is asked for."""
        return standard_words(self.declared["standard"], self.unit)

    @cached_property
    def whole(self) -> pd.Series[Any] | None:
        """Row of the whole city; None where no level has a single unit."""
        counts = self.rows["level"].value_counts()
        alone = [level for level in LEVELS if counts.get(level, 0) == 1]
        return self.rows[self.rows["level"] == alone[0]].iloc[0] if alone else None

    @cached_property
    def grade(self) -> str:
        """Grade of the whole city."""
        return "not_assessable" if self.whole is None else str(self.whole["grade"])

    @cached_property
    def reasons(self) -> list[str]:
        """Codes of what limits its values."""
        told = self.rows["reason"].dropna().unique()
        return sorted({code for joined in told for code in joined.split(";")})

    def at(self, level: str) -> pd.DataFrame:
        """Return its rows of one level."""
        return self.rows[self.rows["level"] == level]

    @cached_property
    def finest(self) -> str | None:
        """Level that is mapped: the community, or else the smallest with several values; None where none has."""
        counts = self.rows[self.rows["value"].notna()]["level"].value_counts()
        several = [level for level in LEVELS if counts.get(level, 0) > 1]
        return "community" if "community" in several else (several[-1] if several else None)
