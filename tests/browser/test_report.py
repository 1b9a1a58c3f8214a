"""The examination's report in a browser: on a phone, in both languages, without a word to anybody else."""

from __future__ import annotations

import re


def test_the_report_fits_a_phone_in_both_languages(chromium, site) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    complaints, strangers = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: strangers.append(request.url) if not request.url.startswith(site) else None)
    page.goto(f"{site}/api/examination/report.html")
    assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]
    heading = page.locator("#summary")
    assert re.sub(r"\s+", " ", heading.inner_text()) == "1 总体结论"
    drawn = page.locator("#H01 ~ .figures svg:visible").first
    drawn.scroll_into_view_if_needed()
    at = drawn.bounding_box()
    assert at is not None
    # As wide as the page: its letters are as large as on paper.
    assert at["x"] >= 0
    assert at["x"] + at["width"] <= 390
    assert at["width"] > 300

    page.get_by_text("English", exact=True).click()
    assert heading.inner_text().endswith("Summary")
    assert "synthetic data" in page.locator(".bar").inner_text()
    assert page.locator('main [lang="zh-CN"]:visible').count() == 0
    assert complaints == strangers == []
    context.close()
