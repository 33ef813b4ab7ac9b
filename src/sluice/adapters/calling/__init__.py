"""Functions of the pull request, called in a process of their own with the Python that the training has."""
