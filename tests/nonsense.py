"""A record in which nothing after some year is true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stsim.observed import Record, Row


def after(record: Record, cut: int, seed: int = 1) -> Record:
    """The record with every number after a cut multiplied by chance, and ledger and breaks too."""
    rng = np.random.default_rng(seed)

    def changed(value: float, most: float = np.inf) -> float:
        return min(value * float(rng.uniform(0.2, 5)), most)

    def false(row: Row) -> Row:
        share = row.unit in ("fraction", "share")
        return row._replace(value=changed(row.value, 1.0 if share else np.inf))

    rows = tuple(false(row) if row.year > cut else row for row in record.rows)
    by_series: dict[str, list[Row]] = {}
    for row in rows:
        by_series.setdefault(row.series, []).append(row)
    return replace(
        record,
        rows=rows,
        sha256="nonsense",
        _by_series={name: tuple(some) for name, some in by_series.items()},
        _ledger=tuple(row._replace(persons=changed(row.persons)) for row in record._ledger),
        _breaks={
            cell: {year: changed(f) if year > cut else f for year, f in factors.items()}
            for cell, factors in record._breaks.items()
        },
    )
