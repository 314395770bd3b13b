"""How long something takes when not everybody has been seen to the end.

Two different questions, two estimates of the share by time t:

- `net_share`, 1 − Kaplan–Meier: the chance of the event by t if nothing else could ever happen.
  Everything else counts like the end of the run, as if those gone still had the same chance.
- `incidence`, Aalen–Johansen: the share to whom each kind of event happens first by t, in the
  world as it is. These add up, with those to whom nothing has happened, to one.

Where many leave, the first is far above the second; a plan or a person wants the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stsim.careers.columns import Codes, Group
from stsim.vocabulary import Array

if TYPE_CHECKING:
    import xarray as xr


def net_share(duration: Array, happened: NDArray[np.bool_], at: Array) -> Array:
    """1 − Kaplan–Meier at these times; durations that end otherwise are censored on the right."""
    from scipy.stats import CensoredData, ecdf

    seen = ecdf(CensoredData.right_censored(duration, ~happened))
    return np.asarray(seen.cdf.evaluate(at), dtype=float)


def incidence(duration: Array, cause: Codes, causes: int, at: Array) -> Array:
    """Aalen–Johansen by (cause, time): the share to whom each happens first.

    `cause` is −1 where the duration ends with the run. Each event at t takes its share of those
    still waiting just before: Σ S(t−) d_k/n, with S the product of 1 − d/n over all events.
    """
    times, place = np.unique(duration, return_inverse=True)
    ending = np.bincount(place, minlength=len(times))
    waiting = np.cumsum(ending[::-1])[::-1]
    seen = cause >= 0
    events = np.bincount(cause[seen] * len(times) + place[seen], minlength=causes * len(times))
    shares = events.reshape(causes, len(times)) / waiting
    still = np.cumprod(1 - shares.sum(axis=0))
    reached = np.cumsum(np.append(1.0, still[:-1]) * shares, axis=1)
    before = np.zeros((causes, 1))
    return np.hstack([before, reached])[:, np.searchsorted(times, at, side="right")]


def split(groups: Sequence[Group], size: int) -> Iterator[tuple[tuple[int, ...], NDArray[np.intp]]]:
    """Who is in which combination of groups: its codes, and the places of those in it."""
    shape = tuple(len(labels) for _, labels in groups)
    code = np.zeros(size, dtype=np.intp)
    for codes, labels in groups:
        code = code * len(labels) + codes
    order = np.argsort(code, kind="stable")
    bounds = np.flatnonzero(np.diff(code[order])) + 1
    for inside in np.split(order, bounds):
        if len(inside):
            yield tuple(int(i) for i in np.unravel_index(code[inside[0]], shape)), inside


def curves(
    duration: Array,
    cause: Codes,
    causes: Sequence[str],
    followed: Array,
    groups: Mapping[str, Group],
    at: Array,
    persons_per_agent: int,
) -> xr.Dataset:
    """Both estimates by group, NaN beyond the time for which anybody of a group was followed.

    `followed` is how long each could have been seen at most; the event in question is the first
    of the `causes`. Dimensions: the groups, `cause`, `years`.
    """
    import xarray as xr

    shape = tuple(len(labels) for _, labels in groups.values())
    net = np.full((*shape, len(at)), np.nan)
    share = np.full((*shape, len(causes), len(at)), np.nan)
    waiting, persons = np.zeros((*shape, len(at))), np.zeros(shape)
    for where, who in split(list(groups.values()), len(duration)):
        known = at <= followed[who].max()
        own, why = duration[who], cause[who]
        persons[where] = len(who)
        waiting[where] = len(who) - np.searchsorted(np.sort(own), at, side="left")
        net[where] = np.where(known, net_share(own, why == 0, at), np.nan)
        share[where] = np.where(known, incidence(own, why, len(causes), at), np.nan)
    dims = tuple(groups)
    first = causes[0].replace("_", " ")
    return xr.Dataset(
        {
            "incidence": ((*dims, "cause", "years"), share, {
                "units": "share",
                "long_name": "share to whom this happens first (Aalen–Johansen)",
                "long_name_ja": "競合事象を考慮した累積発生割合（Aalen–Johansen推定）",
            }),
            "net_share": ((*dims, "years"), net, {
                "units": "share",
                "long_name": f"{first} if nothing else could happen (1 − Kaplan–Meier)",
                "long_name_ja": "他の事象がないと仮定した割合（1－Kaplan–Meier推定）",
            }),
            "waiting": ((*dims, "years"), waiting * persons_per_agent, {
                "units": "persons",
                "long_name": "seen to wait for at least so long",
                "long_name_ja": "この時点まで観察された人数",
            }),
            "persons": (dims, persons * persons_per_agent, {
                "units": "persons", "long_name": "persons at the beginning",
                "long_name_ja": "開始時の人数",
            }),
        },
        {
            "cause": list(causes),
            "years": ("years", at, {"units": "years"}),
            **{name: list(labels) for name, (_, labels) in groups.items()},
        },
    )  # fmt: skip


def by_words(careers: Any, by: Sequence[str], who: NDArray[np.intp]) -> dict[str, Group]:
    """The groups of these persons, by name."""
    found = {name: careers.group(name) for name in by}
    return {name: (codes[who], labels) for name, (codes, labels) in found.items()}
