"""The outside: decoding, GitHub, git, tables, trainers. Each imports only the domain."""
