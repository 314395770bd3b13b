"""Forecasts of years that are known, from what was known before them."""
