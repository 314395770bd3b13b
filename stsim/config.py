"""The whole of a run in one frozen, validated object."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)

from stsim import levers
from stsim.band import FEW
from stsim.draws import SHIPPED
from stsim.given import LAST_YEAR, PostsVariant
from stsim.params import Params
from stsim.population import BURN_IN_YEARS, START_YEARS
from stsim.quantities import Between, Overlay, Timeline, is_plain, nearest, short

#: The students of the first start population entered this many years before it.
FIRST_LAW_YEAR = min(START_YEARS) - BURN_IN_YEARS
PROCESSORS = os.cpu_count() or 1
JOBS = (
    "run", "levers", "assumptions", "history", "calibrate", "hindcast", "attribution", "compare",
    "sweep", "seek", "uncertainty", "information", "report",
    "explore", "reproduce",
)  # fmt: skip


#: The key under `policy.` that is no lever: it scales those of a scenario (`budget`).
BUDGET = "budget_yen_per_year"
#: The parameter set that the shipped draws are around.
FITTED = "fitted"


class ConfigError(ValueError):
    """The configuration cannot be run; the message is one line for the user."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Text(_Frozen):
    """A text in English and Japanese."""

    en: StrictStr = Field(min_length=1, max_length=5000)
    ja: StrictStr = Field(min_length=1, max_length=5000)

    @field_validator("en", "ja")
    @classmethod
    def _steers_no_terminal(cls, text: str) -> str:
        if not is_plain(text):
            raise ValueError(
                f"{short(text)} holds a character that cannot be printed; leave it out"
            )
        return text


class Law(_Frozen):
    """One lever as the law stands: its value by year, where it comes from, how sure that is."""

    values: dict[StrictInt, StrictInt | StrictFloat] = Field(min_length=1)
    kind: Literal["observed", "derived", "assumption", "definition"]
    source: StrictStr = Field(min_length=1)
    between: Between = "hold"

    @field_validator("values")
    @classmethod
    def _reaches_back(cls, values: dict[int, float]) -> dict[int, float]:
        if min(values) > FIRST_LAW_YEAR:
            raise ValueError(
                f"the first year is {min(values)}, but a run needs the law from "
                f"{FIRST_LAW_YEAR} on; add its value then"
            )
        return values

    def check_range(self, name: str) -> None:
        """Raise ValueError where a value is outside what the lever of this name allows."""
        try:
            levers.check(name, self.values)
        except ValueError as error:
            raise ValueError(str(error).replace("policy.", "law.", 1)) from None

    @property
    def timeline(self) -> Timeline:
        """The values as a timeline."""
        return Timeline.of(self.values, self.between)


class Years(_Frozen):
    """First and last year whose 1 May is counted."""

    first: StrictInt
    last: StrictInt

    @model_validator(mode="after")
    def _known(self) -> Years:
        if self.first not in START_YEARS:
            known = " or ".join(map(str, START_YEARS))
            raise ValueError(f"years.first={self.first}: no start population; give {known}")
        if not self.first < self.last <= LAST_YEAR:
            raise ValueError(
                f"years.last={self.last} is outside {self.first + 1} to {LAST_YEAR}, "
                "the years for which population is projected"
            )
        return self


#: Replicates of one dataset: stocks and flows of each are kept whole, some 60 MB.
MOST_REPLICATES = 100


class Precision(_Frozen):
    """When `replicates=auto` has enough: the standard error of one indicator in one year."""

    indicator: StrictStr
    year: StrictInt
    standard_error: StrictInt | StrictFloat = Field(gt=0, lt=math.inf)
    most: StrictInt = Field(ge=2, le=MOST_REPLICATES)


class Sweep(_Frozen):
    """What job=sweep makes of the values given: which points, what is kept, who computes."""

    file: StrictStr | None
    design: Literal[
        "grid", "one_at_a_time", "latin_hypercube", "sobol", "futures_and_policies", "morris",
        "saltelli",
    ]  # fmt: skip
    points: StrictInt = Field(ge=1)
    keep: Literal["indicators", "stocks"]
    executor: Literal["processes", "dask"]
    scheduler: StrictStr | None
    export: Literal["none", "csv", "parquet"]


class Seek(_Frozen):
    """What job=seek is to reach: at least a value of each indicator in a year.

    Without a budget (yen of FY2024 a year beyond the law, in the dearest year) at least cost; with
    one as much of it as the budget buys. `draws` is from how many parameter sets ranges come.
    """

    file: StrictStr | None
    targets: dict[StrictStr, dict[StrictInt, StrictInt | StrictFloat]]
    budget: StrictInt | StrictFloat | None = Field(gt=0)
    draws: StrictInt = Field(ge=2, le=SHIPPED)


class Report(_Frozen):
    """What job=report is of: results that are there (none: it runs), and the title of the page."""

    of: StrictStr | None
    title: StrictStr | None = Field(max_length=300)


class Question(_Frozen):
    """Which number job=uncertainty and job=information are about, and which way is better."""

    indicator: StrictStr
    year: StrictInt
    better: Literal["higher", "lower"]


class Explore(_Frozen):
    """Where job=explore is found (`port` 0: any that is free) and where it saves policies."""

    port: StrictInt = Field(ge=0, le=65535)
    folder: StrictStr | None = Field(min_length=1, max_length=4000)


class Config(_Frozen):
    """One run: scenario, policy, law, parameters, years and how to compute them."""

    scenario: StrictStr
    title: Text
    about: Text
    engine: Literal["both", "stocks", "individuals"]
    job: Literal[JOBS]  # type: ignore[valid-type]
    seed: StrictInt = Field(ge=0)
    replicates: StrictInt | Literal["auto"]
    precision: Precision
    draws: StrictInt = Field(ge=1, le=SHIPPED)
    band: StrictBool
    persons_per_agent: StrictInt = Field(ge=1, le=100_000)
    posts: PostsVariant
    years: Years
    policy_start: StrictInt
    ramp_years: StrictInt = Field(ge=0, le=50)
    results_dir: StrictStr = Field(min_length=1, max_length=4000)
    language: Literal["en", "ja", "both"]
    workers: StrictInt
    careers: StrictBool
    cut: StrictInt | None
    sweep: Sweep
    seek: Seek
    report: Report
    question: Question
    explore: Explore
    law: dict[StrictStr, Law]
    parameter_set: StrictStr
    params: Params
    policy: dict[StrictStr, Any]
    #: What the policy has been scaled to; none where it is as the scenario has it.
    budget_yen_per_year: StrictFloat | None = None

    @model_validator(mode="after")
    def _cut_is_for_hindcasts(self) -> Config:
        if self.cut is not None and self.job != "hindcast":
            raise ValueError(f"cut={self.cut} is for job=hindcast, not job={self.job}")
        return self

    @model_validator(mode="after")
    def _both_languages_are_for_reports(self) -> Config:
        if self.language == "both" and self.job != "report":
            raise ValueError("language=both is for job=report: give en or ja")
        for key in ("of", "title"):
            value = getattr(self.report, key)
            if value is not None and self.job != "report":
                raise ValueError(f"report.{key}={short(value)} is for job=report")
        return self

    @field_validator("law")
    @classmethod
    def _law_is_complete(cls, law: dict[str, Law]) -> dict[str, Law]:
        for name in law:
            if name not in levers.NAMES:
                raise ValueError(f"law.{name}: no such lever{nearest(name, levers.NAMES)}")
        for name in levers.NAMES:
            if name not in law:
                raise ValueError(f"law.{name}: missing; every lever needs its value by year")
            law[name].check_range(name)
        return law

    @field_validator("policy")
    @classmethod
    def _policy_in_range(cls, policy: dict[str, Any]) -> dict[str, Any]:
        for name in policy:
            if name not in levers.NAMES:
                raise ValueError(f"policy.{name}: no such lever{nearest(name, levers.NAMES)}")
        checked = {name: levers.check(name, value) for name, value in policy.items()}
        return {name: value for name, value in checked.items() if value is not None}

    @field_validator("replicates", mode="before")
    @classmethod
    def _a_number_or_auto(cls, given: Any) -> Any:
        whole = isinstance(given, int) and not isinstance(given, bool)
        if given != "auto" and not (whole and 1 <= given <= MOST_REPLICATES):
            raise ValueError(
                f"replicates={short(given)}: give a whole number from 1 to {MOST_REPLICATES}, or "
                "auto, which goes on until precision.* is reached"
            )
        return given

    @field_validator("results_dir")
    @classmethod
    def _is_printable(cls, name: str) -> str:
        if not name.isprintable():  # the folder's path is a line of its own on stdout
            raise ValueError(
                f"results_dir={short(name)}: a line break, NUL or other character that cannot be "
                "printed; give a plain folder name"
            )
        return name

    @field_validator("workers")
    @classmethod
    def _fits_the_computer(cls, workers: int) -> int:
        if not 1 <= workers <= PROCESSORS:
            raise ValueError(
                f"workers={workers} is outside 1 to {PROCESSORS}, the processors of this computer"
            )
        return workers

    @model_validator(mode="after")
    def _chance_needs_individuals(self) -> Config:
        for key in ("replicates", "persons_per_agent"):
            value = getattr(self, key)
            if self.engine == "stocks" and value != 1:
                raise ValueError(
                    f"{key}={value}: the stock engine has no chance and no agents in it; "
                    "give engine=both or engine=individuals"
                )
        if self.careers and (self.engine == "stocks" or self.replicates != 1):
            raise ValueError(
                "careers=true writes the moves of people one by one: give engine=both or "
                "engine=individuals, and replicates=1"
            )
        if self.replicates == "auto" and not self.years.first <= self.precision.year <= (
            self.years.last
        ):
            raise ValueError(
                f"precision.year={self.precision.year} is outside "
                f"{self.years.first} to {self.years.last}"
            )
        return self

    @model_validator(mode="after")
    def _draws_are_of_the_fit(self) -> Config:
        if self.draws > 1 and self.parameter_set != FITTED:
            raise ValueError(
                f"draws={self.draws}: the draws are around the fitted parameters; leave out "
                f"params={self.parameter_set}, or draws"
            )
        if self.draws > 1 and not self.band:
            raise ValueError(
                f"draws={self.draws} asks for a range and band=false for none: leave one out"
            )
        return self

    @model_validator(mode="after")
    def _policy_is_not_in_the_past(self) -> Config:
        if self.policy_start < self.years.first:
            raise ValueError(
                f"policy_start={self.policy_start} is before {self.years.first}, the first year of "
                f"the run; give a year from {self.years.first} on"
            )
        for name, value in self.policy.items():
            for year in value if isinstance(value, dict) else ():
                if not self.years.first <= year <= LAST_YEAR:
                    raise ValueError(
                        f"policy.{name}: the year {year} is outside "
                        f"{self.years.first} to {LAST_YEAR}"
                    )
        return self

    @model_validator(mode="after")
    def _no_place_is_reserved_twice(self) -> Config:
        lines = [self.lever(name) for name in levers.RESERVED]
        for year in range(self.years.first, self.years.last + 1):
            shares = [line.at(year) for line in lines]
            if sum(shares) > 1 + 1e-12:
                said = " and ".join(
                    f"{name}={share:g}" for name, share in zip(levers.RESERVED, shares, strict=True)
                )
                raise ValueError(
                    f"policy.{said} reserve {sum(shares):.4g} of the places in {year}; "
                    "together they may be 1 at most"
                )
        return self

    @property
    def in_band(self) -> int:
        """How many draws are behind the range of the results; 0 where there is none."""
        if self.draws > 1:
            return self.draws
        return FEW if self.band and self.parameter_set == FITTED else 0

    def lever(self, name: str) -> Timeline | Overlay:
        """The lever's value by year: the law, and the policy over it if there is one."""
        law = self.law[name].timeline
        if name not in self.policy:
            return law
        value = self.policy[name]
        target = Timeline.of(value) if isinstance(value, dict) else float(value)
        return Overlay(law, target, self.policy_start, self.ramp_years)


Model = TypeVar("Model", bound=BaseModel)


def validated(found: Any, model: type[Model], where: str = "") -> Model:
    """Turn something untrusted into a model, or raise ConfigError with one clear line.

    `where` says where it comes from, for the start of the line (`law file current.yaml`).
    """
    try:
        return model.model_validate(found)
    except ValidationError as error:
        line = _one_line(error, model)
        raise ConfigError(f"{where}: {line}" if where else line) from None


def _one_line(error: ValidationError, model: type[BaseModel]) -> str:
    """The first fault and how many more there are."""
    faults = error.errors(include_url=False)
    # a value that may be one of two kinds has a fault for each of them
    places = {tuple(p for p in fault["loc"] if p not in ("int", "float")) for fault in faults}
    more = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
    return _fault(faults[0], model) + more


def _fault(fault: Any, model: type[BaseModel]) -> str:
    where = ".".join(str(part) for part in fault["loc"] if part not in ("int", "float"))
    if fault["type"] == "value_error":
        said = str(fault["ctx"]["error"])
        return said if where.split(".")[0] in said else f"{where}: {said}"
    if fault["type"] == "extra_forbidden":
        return f"{where}: no such key{nearest(str(fault['loc'][-1]), _keys(model, fault['loc']))}"
    if fault["type"] == "missing":
        known = [str(key) for key in fault["input"]] if isinstance(fault["input"], dict) else []
        odd = [key for key in known if key not in _keys(model, fault["loc"])]
        return f"{where}: missing{nearest(str(fault['loc'][-1]), odd, 'is it')}"
    said = str(fault["msg"])
    if fault["type"] in ("model_type", "dict_type"):
        said = f"keys and values expected{_listed(_keys(model, (*fault['loc'], '')))}"
    given = f"{where}={short(fault['input'])}" if where else short(fault["input"])
    return f"{given}: {said[:1].lower()}{said[1:]}"


def _keys(model: Any, loc: Sequence[str | int]) -> list[str]:
    """The keys there are beside the last part of a place."""
    for part in loc[:-1]:
        fields = getattr(model, "model_fields", {})
        model = fields[part].annotation if part in fields else None
    return list(getattr(model, "model_fields", ()))


def _listed(keys: Sequence[str]) -> str:
    return f" ({', '.join(keys[:6])}{', …' if len(keys) > 6 else ''})" if keys else ""
