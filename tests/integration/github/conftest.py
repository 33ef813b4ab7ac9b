"""One pull request on the emulated GitHub, and what publishing does to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from sluice.adapters.github import connect
from sluice.adapters.github.calls import Patience
from sluice.adapters.github.repository import Repository
from sluice.domain.report import Annotation, CheckRun, StickyComment

if TYPE_CHECKING:
    from ghbench.harness import Running

REPO = "acme/churn"
MARKER = "<!-- sluice:report -->"
NAMES = ("sluice/data", "sluice/training", "sluice/evaluation", "sluice/gate")
RUN_URL = "https://github.com/acme/churn/actions/runs/7"


class Scene:
    """A pull request, connections to its repository, and what stands there."""

    marker = MARKER
    names = NAMES
    run_url = RUN_URL
    repository = REPO

    def __init__(self, bench: Running, open_: ExitStack) -> None:
        self.bench = bench
        self._open = open_
        self._n_pulls = 0
        self.number = 0
        self.head = ""
        self.renew()

    def renew(self) -> None:
        """Go on with a pull request on which nothing stands yet, and without faults."""
        self.bench.delete("faults")
        self._n_pulls += 1
        branch = f"feat-{self._n_pulls}"
        self.bench.push(branch, {"train.py": f"print({self._n_pulls})\n"})
        pull = self.raw("POST", "/pulls", json={"title": branch, "head": branch, "base": "main"})
        self.number, self.head = pull["number"], pull["head"]["sha"]

    def raw(self, method: str, path: str, token: str = "tok_alice", **options: Any) -> Any:
        """A plain call on the repository, the answer decoded."""
        answer = self.bench.raw(method, f"/repos/{REPO}{path}", token, **options)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def connect(self, token: str = "ghs_job", prefix: str = "", **patience: Any) -> Repository:
        """A connection that is quick to try again."""
        quick = {"attempts": 4, "first_wait_s": 0.01, "longest_wait_s": 0.03, "total_wait_s": 10.0, "timeout_s": 2}
        made = connect(
            token=token,
            api_url=self.bench.url + prefix,
            repository=REPO,
            details_url=RUN_URL,
            patience=Patience(**{**quick, **patience}),
        )
        return self._open.enter_context(made)

    def checks(
        self, decision: str = "one", conclusion: Any = "success", annotations: tuple[Annotation, ...] = ()
    ) -> tuple[CheckRun, ...]:
        """The four checks of a decision; the annotations belong to the first."""
        return tuple(
            CheckRun(
                name=name,
                head_sha=self.head,
                conclusion=conclusion,
                title=f"{name} says {conclusion}",
                summary="## What was measured",
                external_id=f"sluice:{decision}",
                annotations=annotations if name == NAMES[0] else (),
            )
            for name in NAMES
        )

    def report(self, words: str = "All is well.") -> StickyComment:
        """A report on the head that the scene began with."""
        return StickyComment(pr_number=self.number, head_sha=self.head, body=f"{MARKER}\n{words}\n")

    def publish(self, to: Repository, words: str = "All is well.") -> int:
        """What a publisher does: checks, then the report."""
        to.set_checks(self.checks())
        return to.upsert_comment(self.report(words))

    def runs(self, head: str = "") -> list[dict[str, Any]]:
        """Every check run of the head, superseded ones too."""
        path = f"/commits/{head or self.head}/check-runs?filter=all&per_page=100"
        return self.raw("GET", path)["check_runs"]

    def comments(self) -> list[dict[str, Any]]:
        """Every comment, in order."""
        found: list[dict[str, Any]] = []
        for page in range(1, 20):
            listed = self.raw("GET", f"/issues/{self.number}/comments?per_page=100&page={page}")
            found += listed
            if len(listed) < 100:
                return found
        raise AssertionError("more comments than any test makes")

    def reports(self, author: str = "github-actions[bot]") -> list[str]:
        """The bodies of an author's reports."""
        found = [comment for comment in self.comments() if comment["user"]["login"] == author]
        return [comment["body"] for comment in found if comment["body"].startswith(MARKER)]

    def say(self, body: str, token: str = "tok_bob") -> int:
        """Somebody's comment; its id."""
        return self.raw("POST", f"/issues/{self.number}/comments", token, json={"body": body})["id"]

    @contextmanager
    def counting(self) -> Iterator[dict[str, Any]]:
        """What is called within: filled with the bench's summary (``calls``, ``reads``, ``writes``) at the end."""
        self.bench.delete("calls")
        counted: dict[str, Any] = {}
        yield counted
        counted.update(self.bench.get("summary"), recorded=self.bench.get("calls"))

    def published_once(self) -> None:
        """Fail unless there is exactly one report and one run of each check, each a success."""
        assert self.reports() == [self.report().body.strip()] or self.reports() == [self.report().body]
        assert sorted(run["name"] for run in self.runs()) == sorted(NAMES)
        assert {run["conclusion"] for run in self.runs()} == {"success"}


@pytest.fixture
def scene(checked: Running) -> Iterator[Scene]:
    """A fresh pull request on a bench that must end the test without a call GitHub would not know."""
    with ExitStack() as open_:
        yield Scene(checked, open_)
