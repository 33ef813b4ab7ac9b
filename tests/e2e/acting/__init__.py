"""Plays GitHub's runner for the end-to-end tests: act runs the workflows, the emulated GitHub answers them."""
