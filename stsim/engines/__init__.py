"""Engines take a table of rates and a start population from one count to the next."""
