"""The whole loop on one machine: an emulated GitHub, a repository with real data, three pull requests, the gate."""
