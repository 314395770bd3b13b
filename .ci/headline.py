"""Headline numbers and careers in this environment, or those of two environments compared.

`python .ci/headline.py FILE` writes them as JSON, `python .ci/headline.py ONE OTHER` compares:
stocks must agree to 1e-9 (as a share), careers in every byte. Exit 1 where they do not.
"""

from __future__ import annotations

import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBRARIES = ("numpy", "scipy", "xarray", "pandas", "pydantic", "hydra-core", "h5netcdf", "h5py")
#: A tenth of all people: everybody would take minutes.
PEOPLE = ("years.last=2035", "persons_per_agent=10")


def measured() -> dict[str, Any]:
    """Golden numbers of every scenario, and one hash of all moves by scenario."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    import golden

    from stsim.careers.run import simulate

    moves = {}
    for scenario in ("baseline", "expand_dc"):
        careers = simulate(*PEOPLE, f"scenario={scenario}")
        columns = (careers.person, careers.when, careers.pair, careers.cell)
        whole = b"".join(column.tobytes() for column in columns)
        moves[scenario] = [len(careers), hashlib.sha256(whole).hexdigest()]
    return {
        "versions": {name: version(name) for name in LIBRARIES},
        "headline": {name: golden.headline(golden.run(name)) for name in golden.stored()},
        "moves": moves,
    }


def flat(numbers: dict[str, Any]) -> dict[str, float]:
    """Headline numbers by scenario, indicator and year in one name."""
    return {
        f"{scenario}, {indicator}, {year}": value
        for scenario, indicators in numbers["headline"].items()
        for indicator, years in indicators.items()
        for year, value in years.items()
    }


def main(one: str, other: str) -> int:
    """Print how far two environments are apart."""
    pair = [json.loads(Path(path).read_text(encoding="utf-8")) for path in (one, other)]
    for found in pair:
        print("  ".join(f"{name} {number}" for name, number in found["versions"].items()))
    a, b = map(flat, pair)
    apart = {name: abs(a[name] - b[name]) / max(abs(a[name]), 1e-300) for name in a}
    where = max(apart, key=apart.__getitem__)
    print(f"{len(a)} headline numbers, the furthest apart {apart[where]:.1e} ({where})")
    same = pair[0]["moves"] == pair[1]["moves"]
    for scenario, (number, digest) in pair[0]["moves"].items():
        print(
            f"{scenario}: {number:,} moves {digest[:12]} and {pair[1]['moves'][scenario][1][:12]}"
        )
    return int(not (a.keys() == b.keys() and apart[where] <= 1e-9 and same))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        Path(sys.argv[1]).write_text(json.dumps(measured(), indent=1) + "\n", encoding="utf-8")
    else:
        sys.exit(main(*sys.argv[1:]))
