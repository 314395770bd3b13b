"""The whole of a run in one frozen, validated object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)

from stsim import levers
from stsim.given import LAST_YEAR, PostsVariant
from stsim.params import Params
from stsim.population import START_YEARS
from stsim.quantities import Between, Overlay, Timeline, nearest

JOBS = ("run", "levers", "assumptions", "history")


class ConfigError(ValueError):
    """The configuration cannot be run; the message is one line for the user."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Text(_Frozen):
    """A text in English and Japanese."""

    en: StrictStr = Field(min_length=1)
    ja: StrictStr = Field(min_length=1)


class Law(_Frozen):
    """One lever as the law stands: its value by year, where it comes from, how sure that is."""

    values: dict[StrictInt, StrictInt | StrictFloat] = Field(min_length=1)
    kind: Literal["observed", "derived", "assumption", "definition"]
    source: StrictStr = Field(min_length=1)
    between: Between = "hold"

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


class Config(_Frozen):
    """One run: scenario, policy, law, parameters, years and how to compute them."""

    scenario: StrictStr
    title: Text
    about: Text
    engine: Literal["stocks"]
    job: Literal[JOBS]  # type: ignore[valid-type]
    seed: StrictInt = Field(ge=0)
    replicates: Literal[1]
    draws: Literal[1]
    persons_per_agent: Literal[1]
    posts: PostsVariant
    years: Years
    policy_start: StrictInt
    ramp_years: StrictInt = Field(ge=0, le=50)
    results_dir: StrictStr = Field(min_length=1)
    language: Literal["en", "ja"]
    law: dict[StrictStr, Law]
    params: Params
    policy: dict[StrictStr, Any]

    @field_validator("law")
    @classmethod
    def _law_is_complete(cls, law: dict[str, Law]) -> dict[str, Law]:
        for name in law:
            if name not in levers.NAMES:
                raise ValueError(f"law.{name}: no such lever{nearest(name, levers.NAMES)}")
        for name in levers.NAMES:
            if name not in law:
                raise ValueError(f"law.{name}: missing; every lever needs its value by year")
            for year, value in law[name].values.items():
                levers.check(name, {year: value})
        return law

    @field_validator("policy")
    @classmethod
    def _policy_in_range(cls, policy: dict[str, Any]) -> dict[str, Any]:
        for name in policy:
            if name not in levers.NAMES:
                raise ValueError(f"policy.{name}: no such lever{nearest(name, levers.NAMES)}")
        checked = {name: levers.check(name, value) for name, value in policy.items()}
        return {name: value for name, value in checked.items() if value is not None}

    @model_validator(mode="after")
    def _policy_is_not_in_the_past(self) -> Config:
        if not self.years.first <= self.policy_start <= LAST_YEAR:
            raise ValueError(
                f"policy_start={self.policy_start} is outside {self.years.first} to {LAST_YEAR}: "
                "a policy cannot begin before the first year of the run"
            )
        for name, value in self.policy.items():
            for year in value if isinstance(value, dict) else ():
                if not self.years.first <= year <= LAST_YEAR:
                    raise ValueError(
                        f"policy.{name}: the year {year} is outside "
                        f"{self.years.first} to {LAST_YEAR}"
                    )
        return self

    def lever(self, name: str) -> Timeline | Overlay:
        """The lever's value by year: the law, and the policy over it if there is one."""
        law = self.law[name].timeline
        if name not in self.policy:
            return law
        value = self.policy[name]
        target = Timeline.of(value) if isinstance(value, dict) else float(value)
        return Overlay(law, target, self.policy_start, self.ramp_years)


def validated(mapping: Mapping[str, Any]) -> Config:
    """Turn an untrusted mapping into a Config, or raise ConfigError with one clear line."""
    try:
        return Config.model_validate(mapping)
    except ValidationError as error:
        raise ConfigError(_one_line(error)) from None


def _one_line(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("int", "float"))
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    if first["type"] == "extra_forbidden":
        parent: Any = Config
        for part in first["loc"][:-1]:
            parent = (
                parent.model_fields[part].annotation if hasattr(parent, "model_fields") else None
            )
        known = list(getattr(parent, "model_fields", ()))
        return f"{where}: no such key{nearest(str(first['loc'][-1]), known)}"
    given = first["input"]
    if where in ("engine", "replicates", "persons_per_agent", "draws"):
        why = {
            "engine": "only 'stocks' can be run so far",
            "replicates": "the stock engine has no chance in it, so only 1 replicate",
            "persons_per_agent": "stocks have no agents, so only 1",
            "draws": "no fitted parameter sets are shipped yet, so only 1 draw",
        }[where]
        return f"{where}={given!r}: {why}"
    return f"{where}={given!r}: {first['msg'][:1].lower()}{first['msg'][1:]}"
