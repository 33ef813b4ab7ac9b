"""GitHub for acceptance tests: on one machine, without the network, recording, checking and spoiling every call.

git repositories are real (one bare repository behind each), ``emulate`` (npm)
keeps users, issues, comments, labels, releases and apps, and this package owns
the rest: pull requests, checks, statuses, protection, Actions, webhooks.
"""

__version__ = "0.2.0"
