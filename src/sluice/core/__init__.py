"""Decisions, pure: values in, values out; the shell around it reads, runs and writes."""
