"""Two examinations compared: two years of a city on equal extent and definition, or two cities.

>>> from cim.analytics.examination.comparison import compare
>>> compare(store, viewer, then=2026, now=2027).table  # doctest: +SKIP
"""

from cim.analytics.examination.comparison.compare import compare, compare_cities, compared
from cim.analytics.examination.comparison.keeping import compare_years
from cim.analytics.examination.comparison.result import Comparison

__all__ = ["Comparison", "compare", "compare_cities", "compare_years", "compared"]
