"""What docs/seeds.md promises of a seed."""

from __future__ import annotations

import numpy as np

import stsim
from stsim import luck

PEOPLE = ("engine=individuals", "persons_per_agent=200", "band=false")


def test_the_luck_of_a_person_is_pinned_for_all_versions() -> None:
    numbers = np.array([0, 1, 2, 10**9], dtype=np.int64)
    decision = luck.key(1, 1, 2030, "leave_doctoral")
    people = luck.of(numbers)
    assert hex(int(decision)) == "0x3432eecdc5fcb0dd"
    assert [hex(int(one)) for one in people] == [
        "0x0",
        "0xe220a8397b1dcdaf",
        "0x6e789e6aa1b965f4",
        "0xdaaaf7c790d99cf8",
    ]
    assert [hex(int(one)) for one in luck.draw(people, decision)] == [
        "0x97afb92794e3f51b",
        "0x73bd178d5fc96736",
        "0x5977ac199da11c5",
        "0x7916b3bd208f8c36",
    ]
    assert luck.first_bytes(luck.short(people), decision).tolist() == [
        96,
        156,
        201,
        140,
        230,
        127,
        194,
        18,
        155,
        181,
        122,
        225,
        200,
        66,
        202,
        188,
    ]
    assert luck.one(1, 1, 2030, "market") == 0.039369408215309876


def test_expected_numbers_have_no_seed() -> None:
    short = ("engine=stocks", "years.last=2026", "band=false")
    one, other = stsim.simulate(*short, "seed=1"), stsim.simulate(*short, "seed=2")
    for name in ("stock", "flow"):
        assert one[name].values.tobytes() == other[name].values.tobytes()


def test_more_replicates_are_added_behind() -> None:
    few = stsim.simulate(*PEOPLE, "years.last=2025", "replicates=2")
    more = stsim.simulate(*PEOPLE, "years.last=2025", "replicates=3")
    for name in ("stock", "flow"):
        assert few[name].values.tobytes() == more[name].isel(replicate=slice(2)).values.tobytes()
        assert few[name][0].values.tobytes() != few[name][1].values.tobytes()
    alone = stsim.simulate(*PEOPLE, "years.last=2025")
    assert alone["stock"].values.tobytes() == few["stock"][0].values.tobytes()


def test_a_longer_run_begins_as_a_shorter_one() -> None:
    short = stsim.simulate(*PEOPLE, "years.last=2025")
    longer = stsim.simulate(*PEOPLE, "years.last=2027")
    same = longer["stock"].sel(time=short["time"].values)
    assert short["stock"].values.tobytes() == same.values.tobytes()
