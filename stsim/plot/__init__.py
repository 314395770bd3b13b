"""Pictures of results: `import stsim.plot`, then `stsim.plot.scenarios(ds, "under40_share")`.

Needs the extra `report` (matplotlib, and matplotlib-fontja for Japanese). Functions take and
return matplotlib `Axes`; `ax.figure.savefig("picture.png")` writes a file.
"""

from importlib.util import find_spec

if not (find_spec("matplotlib") and find_spec("matplotlib_fontja")):
    raise ImportError("stsim.plot needs matplotlib and its fonts: pip install 'stsim[report]'")

from stsim.plot.bars import money, tornado
from stsim.plot.fan import fan
from stsim.plot.flows import flows
from stsim.plot.forecasts import forecasts
from stsim.plot.lines import scenarios
from stsim.plot.published import PUBLISHED, Published
from stsim.plot.pyramid import age_pyramid

__all__ = [
    "PUBLISHED",
    "Published",
    "age_pyramid",
    "fan",
    "flows",
    "forecasts",
    "money",
    "scenarios",
    "tornado",
]
