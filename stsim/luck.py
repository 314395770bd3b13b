"""Luck: every draw belongs to a seed, a person, a year and a decision.

A person's draws are a hash of who they are, not the next numbers of a stream. So a person has the
same luck in every scenario, whoever else there is and in whatever order people are asked, and two
scenarios differ only by the policy.

A draw is a first byte and 44 bits that follow it. Four decisions share the 32-bit hash that gives
their first bytes; the bits that follow come from a 64-bit hash for the decision alone, which is
made only for the few whom the first byte does not rule out. The hashes are the finaliser of
SplitMix64 (Steele, Lea and Flood 2014, with Stafford's constants) and lowbias32 (Wellons 2018).
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from stsim.vocabulary import Array

Bits = NDArray[np.uint64]
Words = NDArray[np.uint32]
Bytes = NDArray[np.uint8]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_THIRD, _FOURTH = np.uint32(0x7FEB352D), np.uint32(0x846CA68B)
_S15, _S16 = np.uint32(15), np.uint32(16)
_LOW = np.uint64(0xFFFFFFFF)


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


def whose(luck: Bits) -> NDArray[np.int64]:
    """The numbers of those whose luck this is: `of` the other way round."""
    x = luck ^ (luck >> _S31) ^ (luck >> np.uint64(62))
    x *= _inverse(_SECOND)
    x ^= (x >> _S27) ^ (x >> np.uint64(54))
    x *= _inverse(_FIRST)
    x ^= (x >> _S30) ^ (x >> np.uint64(60))
    x *= _inverse(_GOLDEN)
    return np.asarray(x, dtype=np.int64)


def _inverse(odd: np.uint64) -> np.uint64:
    """What undoes a multiplication of 64 bits."""
    return np.uint64(pow(int(odd), -1, 1 << 64))


def draw(luck: Bits, decision: np.uint64) -> Bits:
    """64 random bits for each person's decision."""
    return _mixed(luck ^ decision)


def uniform(bits: Bits) -> Array:
    """A number between 0 and 1, neither included, from 52 of 64 random bits."""
    return np.asarray(((bits >> np.uint64(12)) + 0.5) * 2.0**-52, dtype=float)


def short(luck: Bits) -> Words:
    """The half of people's luck that their first bytes are made from."""
    return luck.astype(np.uint32)


def first_bytes(short: Words, decisions: np.uint64) -> Bytes:
    """The first bytes of each person's draws for four decisions, (people × 4)."""
    x = short ^ np.uint32(decisions & _LOW)
    shifted = x >> _S16
    x ^= shifted
    x *= _THIRD
    np.right_shift(x, _S15, out=shifted)
    x ^= shifted
    x *= _FOURTH
    np.right_shift(x, _S16, out=shifted)
    x ^= shifted
    return x.view(np.uint8)


def begun(first: Bytes, bits: Bits) -> Array:
    """A number between 0 and 1, neither included, that begins with a byte; 44 bits follow it."""
    finer = ((bits >> np.uint64(20)) + 0.5) * 2.0**-44
    return np.asarray((first + finer) * 2.0**-8, dtype=float)


def one(*words: int | str) -> float:
    """A single number between 0 and 1 for what is no person, such as the rounding of a market."""
    return float(uniform(draw(np.zeros(1, dtype="<u8"), key(*words)))[0])
