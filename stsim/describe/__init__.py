"""docs/model.md and its diagram, printed from the rulebook: `python -m stsim.describe`."""
