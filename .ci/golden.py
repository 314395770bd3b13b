"""Compare the summary.csv of a run with the golden headline numbers. Needs no package.

`python .ci/golden.py results/…/summary.csv expand_dc`: exit 1 where a number is missing or further
than 1e-9 (as a share of it) from tests/golden.json.
"""

import csv
import json
import math
import sys
from pathlib import Path

path, scenario = sys.argv[1:]
golden = json.loads((Path(__file__).parents[1] / "tests/golden.json").read_text(encoding="utf-8"))
with open(path, encoding="utf-8-sig", newline="") as file:
    rows = {(row["indicator"], row["year"]): row for row in csv.DictReader(file)}
wrong, compared, furthest = [], 0, 0.0
for run in ("baseline", scenario):
    for indicator, years in golden[run].items():
        for year, expected in years.items():
            found = rows.get((indicator, year), {}).get(run) or "nan"
            apart = abs(float(found) - expected) / max(abs(expected), 1e-300)
            compared += 1
            if math.isnan(apart) or apart > 1e-9:
                wrong.append(f"{run}, {indicator}, {year}: {found} instead of {expected!r}")
            else:
                furthest = max(furthest, apart)
print("\n".join(wrong) or f"{compared} golden numbers, the furthest {furthest:.1e} away")
sys.exit(bool(wrong) or compared == 0)
