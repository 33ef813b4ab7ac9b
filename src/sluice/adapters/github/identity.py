"""Who writes: the login under which this token's comments appear."""

from __future__ import annotations

from sluice.adapters.github.calls import Calls
from sluice.adapters.github.fields import inner, text
from sluice.adapters.github.refusals import Call

# Tokens of app installations, the job's GITHUB_TOKEN among them, begin so.
_INSTALLATION = "ghs_"
_BOT = "[bot]"


class Identity:
    """Learns the token's own login, from answers where they tell and else by asking once."""

    def __init__(self, calls: Calls, token: str) -> None:
        self._calls = calls
        self._is_installation = token.startswith(_INSTALLATION)
        self._login = ""
        self.app_slug = ""

    def learn(self, slug: str) -> None:
        """Take the app of a check run that this token has just written as its own."""
        if slug:
            self.app_slug, self._login = slug, slug + _BOT

    def login(self) -> str:
        """The login; one call where nothing has told it yet."""
        if not self._login:
            call = Call(doing="asking whose token this is", needs="metadata: read")
            # REST does not tell an installation token who it is.
            query = "query{viewer{login}}"
            viewer = self._calls.attempt(call, lambda again: inner(self._calls.graphql(query), "viewer"))
            self._login = text(viewer, "login")
            if self._is_installation and not self._login.endswith(_BOT):
                self._login += _BOT
            if self._login.endswith(_BOT):
                self.app_slug = self._login.removesuffix(_BOT)
        return self._login
