"""A pool that computes in this process, where a test is about what is computed."""

from __future__ import annotations


class Here:
    """In the place of a pool of processes: computes in this one."""

    def __init__(self, *_: object) -> None:
        self.map = map

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        pass
