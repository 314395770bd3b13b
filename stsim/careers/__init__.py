"""Careers: what the moves of a run of the individual engine say about people's lives.

`simulate("scenario=expand_dc")` runs a scenario and gives its careers, `Careers.of(log, run)`
those of a run that is there; `save` and `open_careers` keep them in a parquet file (extra
`careers`). `measures` gives the indicators; `time_to_permanent_post`, `first_years`,
`contract_lengths`, `sequences` and `sankey` what is behind them; `present` counts people and
`displaced` compares two runs of the same seed person by person.
"""

from stsim.careers.columns import Careers
from stsim.careers.compare import NotComparableError, displaced
from stsim.careers.contracts import contract_lengths
from stsim.careers.doctorate import first_years, time_to_permanent_post
from stsim.careers.file import CareersError, open_careers, save
from stsim.careers.measures import measures
from stsim.careers.present import present
from stsim.careers.run import simulate
from stsim.careers.steps import sankey, sequences

__all__ = [
    "Careers",
    "CareersError",
    "NotComparableError",
    "contract_lengths",
    "displaced",
    "first_years",
    "measures",
    "open_careers",
    "present",
    "sankey",
    "save",
    "sequences",
    "simulate",
    "time_to_permanent_post",
]
