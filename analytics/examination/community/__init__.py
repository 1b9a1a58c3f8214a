"""A sheet for each community: its map, its indicators worst first, its problems and what is to be done, on one page."""

from cim.analytics.examination.community.gathering import Community, communities
from cim.analytics.examination.community.page import community_page

__all__ = ["Community", "communities", "community_page"]
