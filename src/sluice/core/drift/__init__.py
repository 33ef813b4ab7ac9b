"""Drift of a table from its reference: what is counted, how the counts are tested, and what they come to."""
