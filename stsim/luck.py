"""Luck: every draw belongs to a seed, a person, a year and a decision.

A person's draws are a hash of who they are, not the next numbers of a stream. So a person has the
same luck in every scenario, whoever else there is and in whatever order people are asked, and two
scenarios differ only by the policy. The hash is the finaliser of SplitMix64 (Steele, Lea and Flood
2014, with Stafford's constants).
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Half = NDArray[np.uint32]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
#: One more than the largest 32-bit draw.
WHOLE = 2.0**32


def _mixed(x: Bits) -> Bits:
    """Mix 64 bits so that every input bit changes every output bit half of the time; in place."""
    shifted = x >> _S30
    x ^= shifted
    x *= _FIRST
    np.right_shift(x, _S27, out=shifted)
    x ^= shifted
    x *= _SECOND
    np.right_shift(x, _S31, out=shifted)
    x ^= shifted
    return x


def key(*words: int | str) -> np.uint64:
    """The number that stands for a decision: seed, replicate, year and its name."""
    digest = hashlib.blake2b("|".join(map(str, words)).encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def of(numbers: NDArray[np.int64]) -> Bits:
    """The luck of those who bear these numbers: what all their draws are made from."""
    return _mixed(numbers.astype("<u8") * _GOLDEN)


def draw(luck: Bits, decision: np.uint64) -> Bits:
    """64 random bits for each person's decision."""
    return _mixed(luck ^ decision)


def halves(bits: Bits) -> tuple[Half, Half]:
    """Two independent 32-bit draws out of each of 64 bits."""
    pair = bits.view("<u4")
    return pair[0::2], pair[1::2]


def position(half: Half) -> NDArray[np.float64]:
    """A number between 0 and 1, neither included, from 32 random bits."""
    return np.asarray((half + 0.5) / WHOLE, dtype=np.float64)


def uniform(bits: Bits) -> NDArray[np.float64]:
    """A number between 0 and 1, neither included, from 52 of 64 random bits."""
    return np.asarray(((bits >> np.uint64(12)) + 0.5) * 2.0**-52, dtype=np.float64)


def one(*words: int | str) -> float:
    """A single number between 0 and 1 for what is no person, such as the rounding of a market."""
    return float(uniform(draw(np.zeros(1, dtype="<u8"), key(*words)))[0])
