"""From problems to projects: what the ledger holds, grouped by renewal area and works, with bands of cost.

>>> from cim.analytics.examination.projects import project_list
>>> project_list(store, viewer).projects  # doctest: +SKIP
"""

from cim.analytics.examination.projects.project import Project, ProjectList
from cim.analytics.examination.projects.project_list import project_list

__all__ = ["Project", "ProjectList", "project_list"]
