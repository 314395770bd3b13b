"""What docs/seeds.md promises of a seed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from pools import Here

import stsim
from stsim import luck, simulation
from stsim.compose import compose
from stsim.config import ConfigError

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


@pytest.mark.parametrize(
    ("spread", "aim", "workers", "number"),
    [
        (1.0, 0.21, 1, 24),  # 1/√(n − 1) of ± 1 in turn: 0.209 at 24
        (0.0, 0.2, 1, 6),  # no fewer, though they do not differ
        (0.0, 0.2, 4, 8),  # as many at a time as there are workers
        (1.0, 0.01, 1, 30),  # no more than are allowed
        (1.0, 0.01, 4, 30),
    ],
)
def test_replicates_go_on_until_the_mean_is_precise(
    monkeypatch: pytest.MonkeyPatch, spread: float, aim: float, workers: int, number: int
) -> None:
    config = compose([*PEOPLE, "replicates=auto"])
    precision = config.precision.model_copy(update={"standard_error": aim, "most": 30})
    more = {"precision": precision, "workers": workers}
    prepared: Any = SimpleNamespace(config=config.model_copy(update=more))
    asked: list[int] = []

    def numbered(prepared: Any, numbers: range, *_: object) -> list[int]:
        asked.extend(numbers)
        return [*numbers]

    monkeypatch.setattr(simulation, "_numbered", numbered)
    monkeypatch.setattr(simulation, "_indicator", lambda k, prepared: spread * (-1) ** k)
    found = simulation._replicates(prepared, lambda year: None, lambda careers: None)
    assert len(found) == number
    assert asked == list(range(1, number + 1))  # each once, in order


def test_a_precision_of_what_is_not_known_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    config = compose([*PEOPLE, "replicates=auto", "precision.year=2030"])
    nothing = xr.DataArray([np.nan], dims="year", coords={"year": [2030]})
    monkeypatch.setattr(simulation.results, "label", lambda *_: None)
    monkeypatch.setattr(simulation.measures, "one", lambda ds, name: nothing)
    prepared: Any = SimpleNamespace(config=config, scope="")
    one: Any = SimpleNamespace(run=None, measured=None)
    said = r"^precision\.indicator=\w+: not known in 2030; give another precision\.year$"
    with pytest.raises(ConfigError, match=said):
        simulation._indicator(one, prepared)
    monkeypatch.setattr(simulation.measures, "one", lambda ds, name: nothing.fillna(0.25))
    assert simulation._indicator(one, prepared) == 0.25


def test_replicates_of_other_processes_are_those_of_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = compose([*PEOPLE, "years.last=2024", "replicates=2"])
    here = simulation.dataset(config)
    monkeypatch.setattr(simulation, "ProcessPoolExecutor", Here)
    there = simulation.dataset(config.model_copy(update={"workers": 2}))
    for name, values in here.items():
        assert there[name].values.tobytes() == values.values.tobytes(), name


def test_a_longer_run_begins_as_a_shorter_one() -> None:
    short = stsim.simulate(*PEOPLE, "years.last=2025")
    longer = stsim.simulate(*PEOPLE, "years.last=2027")
    same = longer["stock"].sel(time=short["time"].values)
    assert short["stock"].values.tobytes() == same.values.tobytes()
