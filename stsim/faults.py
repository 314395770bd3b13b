"""What can go wrong in a run, and how it is said in one line."""

from __future__ import annotations

import numpy as np

from stsim.draws import DrawsError
from stsim.engines.people import TooManyPeopleError
from stsim.observed import DataError
from stsim.quantities import YearError, plain
from stsim.rates import RateError
from stsim.smooth import SmoothError

#: A gap in the record, a rate that is none, ages that fit no profile, people lost, a market that
#: does not clear, numbers too large: the run cannot be made, with a message for the user.
FAULTS = (
    DataError, DrawsError, YearError, RateError, SmoothError, TooManyPeopleError, ArithmeticError,
)  # fmt: skip


#: Letters of an error line.
LONGEST = 1000


class SweepError(RuntimeError):
    """A sweep could not be finished; the message is one line for the user."""


class FitError(RuntimeError):
    """A fit has ended without an answer; the message is one line for the user."""


def strict() -> np.errstate:
    """While it is entered, a division by zero or overflow is an error, never a number."""
    return np.errstate(divide="raise", over="raise", invalid="raise")


def said(error: Exception) -> str:
    """The fault in one line that can be printed, whatever names are in it."""
    line = plain(" ".join(str(error).split()))
    if len(line) > LONGEST:  # the beginning says what is wrong, the end what to do
        line = f"{line[: LONGEST // 2]} … {line[-LONGEST // 2 :]}"
    if isinstance(error, ArithmeticError) and not type(error).__module__.startswith("stsim"):
        return f"the numbers given cannot be computed: {line}"
    return line
