"""`/api/examination/comparison` and `/scores`: two years compared, and composite scores with their rank intervals."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Boolean, DateTime, Dict, Float, Integer, List, Nested, String
from apiflask.validators import OneOf, Range
from flask import Response

from cim.analytics.examination.comparison.compare import compared
from cim.analytics.examination.comparison.files import told
from cim.analytics.examination.comparison.keeping import kept_old_way
from cim.analytics.examination.comparison.side import kept_before, kept_side
from cim.analytics.examination.scores.ranking import METHODS
from cim.analytics.examination.scores.score import kept_scores
from cim.analytics.examination.scores.weights import WEIGHTS
from cim.analytics.examination.scores.words import explained
from cim.codes import LEVELS
from cim.web import context
from cim.web.api.examination import OverviewQuery
from cim.web.api.fields import number, text, whole
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("comparisons", __name__, url_prefix="/api/examination", tag="Examination")

_YEAR = Range(1900, 2200)


class ComparisonQuery(Schema):
    """Which years."""

    now = Integer(required=True, validate=_YEAR, metadata={"description": "Year that is compared"})
    then = Integer(
        validate=_YEAR, metadata={"description": "Year that it is compared with; without it the year before"}
    )
    system = String(metadata={"description": "System of indicators, where a year was examined by several"})
    level = String(load_default="city", validate=OneOf(LEVELS), metadata={"description": "Level of the units"})
    code = String(metadata={"description": "Only this indicator"})
    limit = Integer(load_default=2000, validate=Range(1, 20_000), metadata={"description": "Most rows"})


class ComparedSide(Schema):
    """One of the two examinations."""

    city = String(required=True)
    city_zh = String(required=True)
    city_en = String(required=True)
    synthetic = Boolean(required=True)
    year = Integer(required=True)
    system = String(required=True)
    system_year = Integer(required=True)
    provisional = Boolean(required=True)
    run_id = Integer(required=True)
    recorded = DateTime(required=True, metadata={"description": "The city as it was recorded then is what it read"})
    method = String(required=True, metadata={"description": "Version of the measures"})


class ComparedRow(Schema):
    """An indicator and a unit then and now."""

    code = String(required=True)
    unit_id = Integer(required=True)
    level = String(required=True)
    name = text()
    name_en = text()
    then = number()
    now = number()
    difference = number("now less then")
    turn = text("better, worse or same, by the indicator's direction")
    then_grade = text()
    now_grade = text()
    grade_turn = text("better, worse or same")
    changes = List(String(), required=True, metadata={"description": "definition, standard, boundary, built_up"})
    changes_zh = String(required=True)
    changes_en = String(required=True)
    old_way = number("The data of now on the extent and by the definition of then; only where something changed")
    old_way_difference = number("old_way less then: the difference on equal extent and definition")
    old_way_turn = text()
    old_way_grade = text()
    why_not = text("Why it could not be computed the old way")
    why_not_zh = text()
    why_not_en = text()
    then_missing = number("Share of the data that was missing")
    now_missing = number()
    then_low = number()
    then_high = number()
    now_low = number()
    now_high = number()
    then_extent_m2 = number()
    now_extent_m2 = number()


class ComparisonNote(Schema):
    """What limits the comparison."""

    code = String(required=True)
    count = Integer(required=True)
    zh = String(required=True)
    en = String(required=True)


class ComparisonAnswer(Schema):
    """Two years compared."""

    then = Nested(ComparedSide, required=True)
    now = Nested(ComparedSide, required=True)
    indicators = Dict(required=True, metadata={"description": "By code: titles, units, direction, what changed of it"})
    total = Integer(required=True, metadata={"description": "Rows of that level, and of that indicator"})
    rows = List(Nested(ComparedRow), required=True)
    notes = List(Nested(ComparisonNote), required=True)


class ScoresQuery(OverviewQuery):
    """Which scores."""

    level = String(load_default="community", validate=OneOf(LEVELS), metadata={"description": "Level of the units"})
    weights = String(load_default="equal", validate=OneOf(tuple(WEIGHTS)), metadata={"description": "Of indicators"})
    method = String(load_default="sum", validate=OneOf(tuple(METHODS)), metadata={"description": "Of the score"})


class UnitScore(Schema):
    """A unit's score, and the interval of its rank."""

    unit_id = Integer(required=True)
    name = text()
    score = number("0 to 1; null: too little is known")
    rank = whole("1 the best")
    rank_low = whole("5 % of the weightings drawn put it before this")
    rank_high = whole("95 % put it up to this")
    rank_best = whole("Best rank of all weightings drawn")
    rank_worst = whole("Worst")
    among_worst = number("Share of the weightings in which it is among the worst")
    covered = Float(required=True, metadata={"description": "Share of the weights for which its values are known"})
    rank_equal = whole("Rank by equal weights")
    rank_entropy = whole("By entropy")
    rank_critic = whole("By CRITIC")


class ScoresAnswer(Schema):
    """Scores of the units of a level, the best first; never without the interval of the rank."""

    level = String(required=True)
    weighting = String(required=True)
    method = String(required=True)
    draws = Integer(required=True, metadata={"description": "Weightings drawn around the weights"})
    spread = Float(required=True, metadata={"description": "Relative standard deviation of a weight of average size"})
    seed = Integer(required=True)
    worst = Integer(required=True, metadata={"description": "How many of the last count as the worst"})
    settled_worst = Integer(required=True, metadata={"description": "Units among them in 95 % of the weightings"})
    weights = Dict(required=True, metadata={"description": "By indicator, sum 1"})
    left_out = Dict(required=True, metadata={"description": "Indicators that are no criterion, and why"})
    explained_zh = List(String(), required=True)
    explained_en = List(String(), required=True)
    units = List(Nested(UnitScore), required=True)


@blueprint.get("/comparison")
@blueprint.input(ComparisonQuery, location="query", arg_name="query")
@blueprint.output(ComparisonAnswer)
@blueprint.doc(summary="Two years compared", operation_id="comparison", responses=[400, 404])
@fresh
def comparison(query: dict[str, Any]) -> Response:
    """Compare two examined years; what was computed the old way is what `cim examine compare` has kept."""
    store, viewer, system = context.store(), context.viewer(), query.get("system")
    now = kept_side(store, viewer, year=query["now"], system=system)
    then = kept_before(store, viewer, query.get("then", query["now"] - 1), system, now)
    found = compared(then, now, kept_old_way(store, viewer, then, now))
    rows = found.table[found.table["level"] == query["level"]]
    if "code" in query:
        rows = rows[rows["code"] == query["code"]]
    return json_body(told(found, rows.head(query["limit"])) | {"total": len(rows)})


@blueprint.get("/scores")
@blueprint.input(ScoresQuery, location="query", arg_name="query")
@blueprint.output(ScoresAnswer)
@blueprint.doc(summary="Composite scores with rank intervals", operation_id="scores", responses=[400, 404])
@fresh
def scores(query: dict[str, Any]) -> Response:
    """Score the units of a level; each rank comes with the interval that it lies in when the weights are in doubt."""
    found = kept_scores(
        context.store(),
        context.viewer(),
        year=query.get("year"),
        system=query.get("system"),
        level=query["level"],
        weights=query["weights"],
        method=query["method"],
    )
    return json_body(
        {
            **{name: getattr(found, name) for name in ("level", "weighting", "method", "draws", "spread", "seed")},
            "worst": found.worst,
            "settled_worst": found.settled_worst,
            "weights": found.weights.to_dict(),
            "left_out": dict(found.left_out),
            "explained_zh": explained(found, "zh"),
            "explained_en": explained(found),
            "units": found.plain,
        }
    )
