"""The pages of docs/ that follow the code, printed by `python -m stsim.describe`."""
