"""Units that files come in, and their size in the units that we keep."""

from __future__ import annotations

METRES_PER_FOOT = 0.3048
"""International foot."""

METRES_PER_US_FOOT = 1200 / 3937
"""US survey foot."""

MILLIMETRES_PER_INCH = 25.4

CUBIC_METRES_PER_US_GALLON = 0.003785411784
