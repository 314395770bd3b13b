"""From the words of the command line to careers."""

from __future__ import annotations

from stsim.careers.columns import Careers


def simulate(*overrides: str, replicate: int = 1) -> Careers:
    """Run one scenario with the individual engine and return everybody's careers.

    The words are those of `stsim.simulate`, for instance `"scenario=expand_dc"`; with
    `"persons_per_agent=20"` it is quicker and coarser. The same seed and replicate give the same
    people the same luck in every scenario.
    """
    # imported here: a simulation measures careers, so the package must not need it to be read
    from stsim.compose import compose
    from stsim.simulation import prepare

    return prepare(compose(overrides)).lives(replicate)[1]
