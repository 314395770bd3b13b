"""Model beside record from 2007 on, given observed seats and entrants: `job=history`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from stsim import observed
from stsim.config import Config
from stsim.engines import stockflow
from stsim.given import BASE_YEAR
from stsim.observed import FIELDS, DataError
from stsim.rulebook import JAPAN
from stsim.rulebook.stages import DOCTORAL, FACULTY, SEEKING_FIXED_TERM
from stsim.simulation import prepare
from stsim.vocabulary import AGES, Array

BANDS = {"25-39": (25, 39), "40-49": (40, 49), "50-59": (50, 59), ">=60": (60, AGES[-1])}


@dataclass(frozen=True)
class Row:
    """One number of the record and the model's: persons, unless the series says otherwise.

    `counted` is false where what stands beside the model is an estimate or an assumption.
    """

    series: str
    what: str
    year: int
    record: float
    model: float
    counted: bool = True

    def __post_init__(self) -> None:
        if not self.record > 0:
            raise DataError(
                f"record of {self.series}, {self.what}, {self.year}: {self.record:g} cannot be "
                "compared with the model"
            )

    @property
    def error(self) -> float:
        """Model over record, less one."""
        return self.model / self.record - 1


def _rows_of(
    run: stockflow.Run, rules: Sequence[str], sources: set[str] | None = None
) -> list[int]:
    return [
        k
        for k, (r, source, _) in enumerate(run.rulebook.pairs)
        if r.name in rules and (sources is None or source.name in sources)
    ]


#: Origins that were counted in one year; the two overlap.
COUNTED_ORIGINS = {"working": "working_adult", "international": "international"}


def doctoral_comparison(config: Config, run: stockflow.Run | None = None) -> Iterator[Row]:
    """Enrolment, degrees (total and by field), completers and the fit of the start population."""
    prepared = prepare(config)
    scale = next(item.value for item in prepared.start.items if item.name == "doctoral_scale")
    return doctoral_rows(run or prepared.run(only=DOCTORAL), scale)


def doctoral_rows(run: stockflow.Run, scale: float) -> Iterator[Row]:
    """The same of a run whose students of the first year were scaled to the count by `scale`."""
    record = observed.record()
    names = [stage.name for stage in run.rulebook.stages]
    students = [names.index(stage.name) for stage in DOCTORAL]
    enrolled = run.stock[0][:, students].sum(axis=(1, 2, 3, 4))
    counted = record.series("doctoral_enrolment") | record.series(
        "doctoral_enrolment", status="preliminary"
    )
    for i, year in enumerate(run.years):
        if year in counted:
            yield Row("enrolment", "all", year, counted[year], float(enrolled[i]))
    for origin, status in COUNTED_ORIGINS.items():
        at = [names.index(stage.name) for stage in DOCTORAL if origin in stage.tags]
        for year, persons in record.series("doctoral_enrolment", status=status).items():
            if year in run.years:
                model = float(run.stock[0, run.years.index(year), at].sum())
                yield Row("enrolment by origin", origin, year, persons, model)
    yield Row("scale", "start population (ratio)", run.years[0], 1.0, 1 / scale, counted=False)
    flow = run.flow[0].sum(axis=(2, 3))
    with_degree = _rows_of(run, ["complete_with_degree"])
    without = _rows_of(run, ["complete_without_degree"])
    degrees = flow[:, with_degree + _rows_of(run, ["doctorates_without_course"])].sum(axis=1)
    total = record.series("doctorates_awarded")
    by_field = record.by_field("doctorates_awarded")
    completers = record.series("doctoral_completers")
    withdrew = record.series("doctoral_completers", status="withdrew_with_full_credits")
    for i, year in enumerate(run.years[:-1]):
        if year in total:
            yield Row("degrees", "all fields", year, total[year], float(degrees[i].sum()))
            for j, field in enumerate(FIELDS):
                yield Row(
                    "degrees by field", field, year, by_field[field][year], float(degrees[i, j])
                )
        if year + 1 in completers:  # those who completed by March are in the survey of that May
            model = float(flow[i][with_degree + without].sum())
            yield Row("completers", "all", year, completers[year + 1], model)
        if year + 1 in withdrew:
            model = float(flow[i][without].sum())
            yield Row("withdrawals", "without a degree", year, withdrew[year + 1], model)


def faculty_comparison(config: Config, run: stockflow.Run | None = None) -> Iterator[Row]:
    """The four cells of the national chart, all-university age bands, hires, ledger flows."""
    record = observed.record()
    run = run or prepare(config).run()
    names = [stage.name for stage in JAPAN.stages]
    by_age = run.stock[0].sum(axis=(3, 4))
    age = np.array(AGES)
    for contract in ("permanent", "fixed_term"):
        seats = [k for k, name in enumerate(names) if name.startswith(f"{contract}_national")]
        people = by_age[:, seats].sum(axis=1)
        for label, ages in (("<40", age < 40), (">=40", age >= 40)):
            counted = record.series("national_university_faculty", age=label, status=contract)
            for i, year in enumerate(run.years):
                if i and year in counted:
                    factor = record.scope_factor(
                        "national_university_faculty", year, label, contract
                    )
                    yield Row(
                        "national",
                        f"{contract} {label}",
                        year,
                        counted[year] / factor,
                        float(people[i, ages].sum()),
                    )
    faculty = by_age[:, [names.index(stage.name) for stage in FACULTY]].sum(axis=1)
    surveyed = record.series("university_faculty", age=">=25")
    for label, (low, high) in BANDS.items():
        share = record.series("university_faculty_age_share", age=label)
        cells = (age >= low) & (age <= high)
        for i, year in enumerate(run.years):
            if i and year in share:
                model = float(faculty[i, cells].sum())
                yield Row("all universities", label, year, share[year] * surveyed[year], model)
    hires = _hires(run)
    for survey, persons in record.series("university_faculty_hires", age=">=25").items():
        if run.years[0] < survey - 1 <= run.years[-1]:  # the survey counts the year before
            of_year = hires[run.years.index(survey - 1)]
            yield Row("hires", "from outside faculty", survey - 1, persons, float(of_year.sum()))
            for label, (low, high) in BANDS.items():
                of_hires = record.series("university_faculty_hires_age_share", age=label)[survey]
                model = float(of_year[(age >= low) & (age <= high)].sum())
                yield Row("hires by age", label, survey - 1, persons * of_hires, model)
    if BASE_YEAR in run.years[1:]:
        yield from _ledger_rows(run)


def _hires(run: stockflow.Run) -> Array:
    """Entries into faculty from outside faculty, by year and age.

    Those whose faculty contract ended the day before go straight on: the survey calls them
    transfers.
    """
    inside = {*(stage.name for stage in FACULTY), SEEKING_FIXED_TERM.name}
    entering = [
        k
        for k, (_, source, target) in enumerate(run.rulebook.pairs)
        if target in FACULTY and source.name not in inside
    ]
    return np.asarray(run.flow[0][:, entering].sum(axis=(1, 3, 4)))


#: Exits from faculty by age band in FY2022, share of the band a year: from a fit of single-age
#: hazards to the surveys of 1986-2022 (docs/decisions/0005). An estimate, not a count.
EXIT_RATES = {"25-39": 0.046, "40-49": 0.040, "50-59": 0.023, ">=60": 0.108}


def exit_rates(run: stockflow.Run) -> Iterator[Row]:
    """Exits from faculty in the last full year of a run beside the estimate for FY2022.

    Those whose contract ends and who are faculty again in the same spring have not left.
    """
    names = [stage.name for stage in run.rulebook.stages]
    inside = {*(stage.name for stage in FACULTY), SEEKING_FIXED_TERM.name}
    leaving, back, year = [], [], len(run.years) - 2
    for k, (rule, source, target) in enumerate(run.rulebook.pairs):
        if source in FACULTY and target not in FACULTY:
            leaving.append((k, year + (rule.kind == "posts")))
        if source is SEEKING_FIXED_TERM and target.name in inside:
            back.append((k, year + 1))
    moved = sum(run.flow[0][i, k].sum(axis=(1, 2)) for k, i in leaving) - sum(
        run.flow[0][i, k].sum(axis=(1, 2)) for k, i in back
    )
    people = run.stock[0][year, [names.index(stage.name) for stage in FACULTY]].sum(axis=(0, 2, 3))
    age = np.array(AGES)
    for label, (low, high) in BANDS.items():
        cells = (age >= low) & (age <= high)
        rate = float(np.asarray(moved)[cells].sum() / people[cells].sum())
        yield Row("exit rates", label, run.years[year], EXIT_RATES[label], rate, counted=False)


def _ledger_rows(run: stockflow.Run) -> Iterator[Row]:
    """The hires of the base-year ledger, by the market and the group people come from."""
    record = observed.record()
    groups = {
        "new doctorates": ("doctoral", {"seeking_doctorate"}),
        "postdocs": ("postdoc", {"postdoc_fellow", "postdoc_project", "seeking_postdoc"}),
        "outside": ("outside", {"outside", "seeking_returner"}),
    }
    year = run.years.index(BASE_YEAR)
    for target in (
        "permanent_national",
        "permanent_other",
        "fixed_term_national",
        "fixed_term_other",
    ):
        rules = [f"{target.removesuffix(f'_{s}')}_posts_{s}" for s in ("national", "other")
                 if target.endswith(s)]  # fmt: skip
        if target.startswith("fixed_term"):
            rules += [rule.replace("fixed_term", "tenure_track") for rule in rules]
        for label, (row, sources) in groups.items():
            persons = record.ledger_flow(row, target)
            model = run.flow[0][year, _rows_of(run, rules, sources)].sum()
            yield Row("ledger", f"{label} to {target}", BASE_YEAR, persons, float(model), False)
        total = sum(
            record.ledger_flow(s, target)
            for s in (
                "doctoral",
                "postdoc",
                "fixed_term_national",
                "fixed_term_other",
                "permanent_national",
                "permanent_other",
                "public_institute",
                "firm",
                "outside",
            )
            if s != target
        )
        model = run.flow[0][year, _rows_of(run, rules)].sum()
        yield Row("ledger", f"all to {target}", BASE_YEAR, total, float(model), False)
