"""`cim examine survey-forms`: empty form workbooks for inspectors."""

from __future__ import annotations

import re
from pathlib import Path

import click

from cim.analytics.examination.survey_forms.things import parts, things
from cim.analytics.examination.survey_forms.workbook import empty_forms
from cim.analytics.opening import CITY, opened_city
from cim.codes import LEVELS
from cim.settings import Settings
from cim.viewer import LOCAL


@click.command("survey-forms")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The .xlsx to write; a folder with --each.")
@click.option("--each", type=click.Choice(LEVELS[1:]), help="A workbook for each unit of this level.")
@CITY
def survey_forms_command(out: Path, each: str | None, city: str | None) -> None:
    """Write empty form workbooks: homes, compounds, blocks, streets, places, satisfaction.

    Inspectors fill them in; `cim load` reads them as a source of kind survey_forms.
    """
    with opened_city(Settings.from_env(), city) as store:
        if each is None:
            found = things(store, LOCAL)
            out.write_bytes(empty_forms(found))
            counts = ", ".join(f"{name} {len(rows):,}" for name, rows in found.rows.items())
            click.echo(f"wrote {out}: {counts}")
            return
        out.mkdir(parents=True, exist_ok=True)
        units = parts(store, LOCAL, each)
        for unit in units:
            name = re.sub(r"[^\w.-]+", "_", f"{unit['about']}-{unit['key']}")
            book = empty_forms(things(store, LOCAL, unit["feature_id"], unit["about"]))
            (out / f"{name}.xlsx").write_bytes(book)
        click.echo(f"wrote {out}: {len(units)} workbook{'s' if len(units) != 1 else ''}")
