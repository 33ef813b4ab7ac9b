"""Contracts that people already have, in other languages, as drafts of a contract of ours.

A file is foreign input: it is read within bounds, and comes to a draft or to one ``ConfigError``. What a draft has no
words for is listed, not dropped in silence.
"""
