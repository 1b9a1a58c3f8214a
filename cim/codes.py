"""Lists of codes that columns hold, as the schema checks them; apart from its models, which take 0.4 s to import."""

from __future__ import annotations

LEVELS = ("city", "district", "subdistrict", "block", "community", "compound")
"""Levels of administrative units, the largest first."""

NETWORKS = ("water", "storm", "sewage", "combined", "gas", "heat", "power", "telecom", "industrial")
"""Network types. Storm, sewage and combined are told apart; CJJ 61 has one drainage class."""

GRADES = ("meets", "near", "short", "not_assessable")
"""Grades of an indicator against its standard."""

PROBLEM_STATES = ("open", "assigned", "in_progress", "done", "closed", "dismissed", "reopened")
"""States of a problem: done is said by who did it; closed is seen by a later examination; dismissed was none."""

DEADLINES = ("within_time", "best_effort")
"""限时解决: to be solved by a day; 尽力解决: as far as possible."""

LIKELIHOOD_BASES = ("breaks", "published", "condition", "similar")
"""What a likelihood rests on: the city's own breaks, published (or assumed) rates alone, the sewer's inspection, or the
inspections of similar sewers."""

RENEWAL_RULE_STATES = ("in_force", "candidate", "lapsed")
"""A renewal rule holds; holds if a hazard is confirmed on site; or has passed its last day."""

CLEARANCE_RULES = ("horizontal", "vertical", "building", "cover")
"""What is judged: between pipes, and to trees and kerbs, in plan; at crossings; to buildings; ground on the crown."""

VERDICTS = ("violation", "suspected", "compliant")
"""违反, 疑似 (within the survey's tolerance of what is asked), 满足."""
