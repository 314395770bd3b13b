"""From a number back to what made it: results made again, and what changed between two runs."""
