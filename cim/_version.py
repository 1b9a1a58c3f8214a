"""The one place that states the version of the platform."""

__version__ = "0.1.0"
