"""Bytes from outside into records, strictly: bounded, complete or refused with one sentence."""
