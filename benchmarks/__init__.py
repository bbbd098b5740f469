"""Measures what the documents claim, as ratios within one run."""
