"""City Information Modelling: load a city's files into PostGIS, examine it, show it in 3D."""

from cim._version import __version__

__all__ = ["__version__"]
