"""Real git behind every emulated repository: bare repositories read and written with git's own plumbing."""
