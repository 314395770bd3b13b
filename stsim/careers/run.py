"""From the words of the command line to careers."""

from __future__ import annotations

from stsim.careers.columns import Careers
from stsim.compose import compose
from stsim.engines.people import Log
from stsim.simulation import prepare


def simulate(*overrides: str, replicate: int = 1) -> Careers:
    """Run one scenario with the individual engine and return everybody's careers.

    The words are those of `stsim.simulate`, for instance `"scenario=expand_dc"`; with
    `"persons_per_agent=20"` it is quicker and coarser. The same seed and replicate give the same
    people the same luck in every scenario.
    """
    config = compose(overrides)
    log = Log()
    run = prepare(config).individuals(replicate, log=log)
    return Careers.of(log, run, config.persons_per_agent)
