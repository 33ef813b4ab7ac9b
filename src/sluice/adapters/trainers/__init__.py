"""Ways to train; each runs the pull request's own code and reports how that ended."""
