"""Where data comes from other than as a file of the work tree: patterns, partitions, stores, revisions."""
