"""The whole loop on one machine: an emulated GitHub, a repository with real data, four pull requests, the gate."""
