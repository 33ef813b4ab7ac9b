"""A harness that puts a fixed load on a model of the pull request, served in processes of its own."""
