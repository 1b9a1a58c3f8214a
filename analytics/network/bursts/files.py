"""A 关阀分析报告 as PDF and as a workbook."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from cim.analytics.file_format import XLSX, FileFormat
from cim.analytics.network.bursts.map import burst_map
from cim.analytics.network.bursts.report import BurstReport
from cim.analytics.network.bursts.tables import (
    Listing,
    affected_listing,
    notes,
    notice,
    reopening_listing,
    segment_facts,
    service_listing,
    unlinked_listing,
    valve_listings,
)
from cim.analytics.network.bursts.words import say
from cim.analytics.network.sheet_words import city_title

_ON_PAPER = 25
"""Most buildings on paper; the workbook has all."""


def burst_pdf(report: BurstReport, language: str = "zh") -> bytes:
    """Return the report as a PDF of A4 pages: facts, map, valves in order, who is without, reopening, notice.

    Parameters
    ----------
    report
        What it tells.
    language
        zh or en.
    """
    from reportlab.platypus import Flowable, KeepTogether, PageBreak

    from cim.sheets.pages import Drawn, document, heading, paragraph, table

    def listed(listing: Listing, most: int | None = None) -> list[Flowable]:
        rows = listing.rows[:most]
        flow: list[Flowable] = [heading(listing.title), table(listing.head, rows, listing.widths)]
        if len(rows) < len(listing.rows):
            flow.append(paragraph(say("more", language, count=len(listing.rows) - len(rows)), 8))
        return flow

    facts = segment_facts(report, language)
    pairs = [(*facts[place], *facts[place + 1]) for place in range(0, len(facts), 2)]
    flow: list[Flowable] = [
        paragraph(say("title", language), 18, alignment=1, spaceAfter=2),
        paragraph(city_title(report.city, language), 10, alignment=1, spaceAfter=4),
        heading(say("burst", language), 10),
        table((), pairs, (28, 63, 28, 63)),
        heading(say("map", language), 10),
        Drawn(burst_map(report, language)),
    ]
    valves = valve_listings(report, language)
    if not report.valves("close"):
        bounded = report.valves("closed") or report.valves("reopen")
        flow.append(paragraph(say("no valve" if bounded else "no bound", language), 10))
    for listing in valves:
        flow += listed(listing)
    flow += listed(affected_listing(report, language))
    if report.found.services:
        flow += listed(service_listing(report, language), _ON_PAPER)
    if report.found.unlinked:
        flow += listed(unlinked_listing(report, language), _ON_PAPER)
    flow += listed(reopening_listing(report, language))
    flow.append(PageBreak())
    flow.append(heading(say("notice", language)))
    title, *paragraphs, signed = notice(report, language)
    draft = [paragraph(title, 16, alignment=1, spaceBefore=12, spaceAfter=12)]
    draft += [paragraph(text, 11, firstLineIndent=22, spaceAfter=6) for text in paragraphs]
    flow.append(KeepTogether([*draft, paragraph(signed, 11, alignment=2, spaceAfter=20)]))
    flow.append(heading(say("notes", language)))
    flow += [paragraph(f"{number}. {text}", 8.5) for number, text in enumerate(notes(report, language), 1)]
    foot = f"{say('title', language)} · {report.found.segment['key']} · {report.made_on.isoformat()}"
    return document(say("title", language), flow, foot)


def burst_xlsx(report: BurstReport, language: str = "zh") -> bytes:
    """Return the report as a workbook: a sheet for the facts, the valves, the effect, the buildings, reopening, notice.

    Parameters
    ----------
    report
        What it tells.
    language
        zh or en.
    """
    import xlsxwriter

    held = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(held, options) as book:
        title = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format({"bold": True, "bg_color": "#E8EDF2", "border": 1, "text_wrap": True, "valign": "top"})
        cell = book.add_format({"border": 1, "valign": "top", "text_wrap": True})

        def page(name: str, listings: Sequence[Listing]) -> None:
            sheet = book.add_worksheet(name[:31])
            row = 0
            for listing in listings:
                sheet.write(row, 0, listing.title, title)
                sheet.write_row(row + 1, 0, listing.head, head)
                for line in listing.rows:
                    sheet.write_row(row + 2, 0, line, cell)
                    row += 1
                row += 4
                for column, width in enumerate(listing.widths):
                    sheet.set_column(column, column, max(8, width / 1.8))
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)

        facts = Listing(say("burst", language), ("", ""), segment_facts(report, language), (40, 80))
        page(say("title", language), [facts, affected_listing(report, language)])
        unlinked = [unlinked_listing(report, language)] if report.found.unlinked else []
        page(say("valve", language), valve_listings(report, language))
        page(say("services", language), [service_listing(report, language), *unlinked])
        page(say("reopening", language)[:31], [reopening_listing(report, language)])
        for name, texts in (("notice", notice), ("notes", notes)):
            words = Listing(say(name, language), ("",), [(text,) for text in texts(report, language)], (180,))
            page(say(name, language), [words])
    return held.getvalue()


REPORTS: Mapping[str, FileFormat[BurstReport]] = {
    "pdf": FileFormat("application/pdf", burst_pdf),
    "xlsx": FileFormat(XLSX, burst_xlsx),
}
"""Formats by the ending of their files."""
