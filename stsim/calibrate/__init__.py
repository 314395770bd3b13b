"""Fitting the model to the record."""
