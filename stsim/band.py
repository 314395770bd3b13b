"""The range that a few runs with different parameters span, and what so few runs can say."""

from __future__ import annotations

import numpy as np

from stsim.vocabulary import Array

#: The part of all parameter sets that a range is to hold.
PART = 0.9
#: Draws behind the range of the main job: the fewest whose lowest and highest hold 90 % of all on
#: average. Two scenarios with them take about as long as the rest of the main job beside them.
FEW = 19


def ends(values: Array) -> tuple[Array, Array]:
    """Low and high end of the range of values that differ along the first axis, the draws.

    The ends are at the places 0.05 (n + 1) and 0.95 (n + 1) of n values in order, so that the range
    holds nine tenths of all parameter sets on average (Weibull 1939; type 6 of Hyndman and Fan
    1996). Fewer than 19 values reach from the lowest to the highest, which holds less.
    """
    low, high = np.quantile(values, [(1 - PART) / 2, (1 + PART) / 2], axis=0, method="weibull")
    return np.asarray(low), np.asarray(high)


def held(number: int) -> tuple[float, float]:
    """The part of all parameter sets that a range from so many draws holds: nine times in ten.

    Between the r-th and the s-th of n independent draws lies a part of the distribution that is
    Beta(s − r, n + 1 − s + r), whatever the distribution (Wilks 1941).
    """
    from scipy.special import betaincinv

    outside = 2 * max(1.0, (1 - PART) / 2 * (number + 1))
    within = number + 1 - outside
    return float(betaincinv(within, outside, 0.05)), float(betaincinv(within, outside, 0.95))
