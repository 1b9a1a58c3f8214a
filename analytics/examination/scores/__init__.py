"""Composite scores of units: optional, beside the grades, and never without the interval that each rank may lie in.

>>> from cim.analytics.examination.scores import scores
>>> scores(exam, "community", weights="critic").table  # doctest: +SKIP
"""

from cim.analytics.examination.scores.score import Scores, kept_scores, scores

__all__ = ["Scores", "kept_scores", "scores"]
