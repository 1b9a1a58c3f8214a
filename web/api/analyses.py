"""`/api/analyses`: runs of analyses, and what the newest run of a kind found."""

from __future__ import annotations

from apiflask import APIBlueprint, Schema
from apiflask.fields import DateTime, Dict, Integer, List, Nested, String
from apiflask.validators import Range
from flask import Response
from psycopg import sql

from cim.errors import BadRequest
from cim.tables import TABLES
from cim.web import context
from cim.web.api.fields import number
from cim.web.caching import fresh, json_body

blueprint = APIBlueprint("analyses", __name__, url_prefix="/api", tag="Analyses")

FINDINGS = {
    "network.criticality": ("segment_criticality", ("customers_cut DESC", "segment_id")),
    "network.clearance": ("clearance_finding", ("number",)),
    "network.pressure": ("node_pressure", ("pressure_m", "node_id")),
    "network.fire_flow": ("hydrant_flow", ("available_m3s", "node_id")),
    "network.pipe_closure": ("pipe_closure", ("unmet_m3s DESC NULLS LAST", "segment_id")),
    "network.surcharge": ("node_surcharge", ("flood_m3 DESC", "surcharge_m DESC", "node_id")),
    "network.rail": ("rail_zone", ("number",)),
    "network.risk": ("segment_risk", ("rank",)),
    "examination": ("indicator", ("code", "unit_id")),
}
"""Table of findings of each kind of analysis, and the order that puts what matters first."""

_RUNS = """
SELECT run_id, kind, subject, parameters, data_version, software_version, viewer, seconds, left_out, finished_at
FROM run.analysis_latest ORDER BY kind, subject
"""


class Run(Schema):
    """A finished run of an analysis."""

    run_id = Integer(required=True)
    kind = String(required=True)
    subject = String(required=True, metadata={"description": "What it was run on: a network, a year"})
    parameters = Dict(required=True, allow_none=True)
    data_version = Integer(required=True, metadata={"description": "Data version that it read"})
    software_version = String(required=True)
    viewer = String(required=True, metadata={"description": "Who asked"})
    seconds = number()
    left_out = Dict(required=True, allow_none=True, metadata={"description": "What could not be used, and why"})
    finished_at = DateTime(required=True)


class Runs(Schema):
    """Newest finished run of each kind and subject."""

    analyses = List(Nested(Run), required=True)


class Findings(Schema):
    """What a run found."""

    run = Nested(Run, required=True, allow_none=True, metadata={"description": "null where none has finished"})
    findings = List(
        Dict(),
        required=True,
        metadata={"description": f"Rows of one of result.{', '.join(table for table, _ in FINDINGS.values())}"},
    )


class FindingsQuery(Schema):
    """Which findings."""

    subject = String(metadata={"description": "A network, a year; without it the newest run"})
    limit = Integer(load_default=100, validate=Range(1, 5000), metadata={"description": "Most findings"})


@blueprint.get("/analyses")
@blueprint.output(Runs)
@blueprint.doc(summary="Runs of analyses", operation_id="analyses")
@fresh
def analyses() -> Response:
    """List the newest finished run of each kind and subject."""
    return json_body({"analyses": context.store().rows(context.viewer(), _RUNS)})


@blueprint.get("/analyses/<string:kind>")
@blueprint.input(FindingsQuery, location="query", arg_name="query")
@blueprint.output(Findings)
@blueprint.doc(summary="Findings of an analysis", operation_id="findings", responses=[400])
@fresh
def findings(kind: str, query: dict[str, object]) -> Response:
    """List what the newest run of a kind found, the gravest first."""
    if kind not in FINDINGS:
        raise BadRequest("kind", kind, f"known are {', '.join(FINDINGS)}")
    store, viewer = context.store(), context.viewer()
    runs = [
        run
        for run in store.rows(viewer, _RUNS)
        if run["kind"] == kind and query.get("subject") in (None, run["subject"])
    ]
    if not runs:
        return json_body({"run": None, "findings": []})
    run = max(runs, key=lambda row: row["run_id"])
    table, order = FINDINGS[kind]
    columns = [column.name for column in TABLES[f"result.{table}"].columns.values() if column.name != "geom"]
    statement = sql.SQL("SELECT {} FROM result.{} WHERE run_id = %(run)s ORDER BY {} LIMIT %(limit)s").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier(table),
        sql.SQL(", ").join(sql.SQL(term) for term in order),
    )
    rows = store.rows(viewer, statement, {"run": run["run_id"], "limit": query["limit"]})
    return json_body({"run": run, "findings": rows})
