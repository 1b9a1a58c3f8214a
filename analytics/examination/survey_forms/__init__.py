"""Empty form workbooks for a city: what inspectors and interviewers fill in, and `cim load` reads (`survey_forms`)."""

from __future__ import annotations

from cim.analytics.examination.survey_forms.things import Things, things
from cim.analytics.examination.survey_forms.workbook import empty_forms

__all__ = ["Things", "empty_forms", "things"]
