"""A repository whose head is measured and decided on by the policy of its base, with all parts real but GitHub."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sluice.adapters.decode import evidence as stored
from sluice.adapters.decode.config import load_config
from sluice.adapters.git import Git
from sluice.core.contract_gates import Contracts
from sluice.core.gate import decide
from sluice.domain.decision import Decision
from sluice.domain.evidence import Evidence, Subject
from sluice.domain.planning import Plan
from sluice.entry.workshop import workshop
from sluice.pipeline.measuring import measure
from sluice.pipeline.order import Order


class Place:
    """A git repository in ``root``; evidence goes to ``out``. ``base`` is the commit whose policy decides."""

    base = ""

    def __init__(self, above: Path, *, ignored: str) -> None:
        self.root, self.scratch, self.out = above / "repo", above / "scratch", above / "out"
        for folder in (self.root, self.scratch, self.out):
            folder.mkdir()
        self.git("init", "-q", "-b", "main")
        (self.root / ".gitignore").write_text(ignored)

    def git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(("git", *identity, *arguments), cwd=self.root, check=True, capture_output=True)

    def commit_files(self, policy: str, **files: str) -> str:
        """A commit of the policy, in which PYTHON is this one, and of Python files by their names."""
        (self.root / "sluice.yaml").write_text(policy.replace("PYTHON", sys.executable))
        for name, text in files.items():
            (self.root / f"{name}.py").write_text(text)
        self.git("add", "-A")
        self.git("commit", "-qm", "x", "--allow-empty")
        return Git(self.root).head()

    def decided(self) -> tuple[Evidence, Decision]:
        """What becomes of the head, by the policy of the base, after a way through stored evidence."""
        git = Git(self.root)
        base = load_config(git.show(self.base, "sluice.yaml") or b"")
        subject = Subject(repository="o/r", head_sha=git.head(), base_sha=self.base)
        plan = Plan(
            stages=("training", "evaluation"),
            runs_on=(),
            head_sha=subject.head_sha,
            base_sha=self.base,
            policy_sha256=base.sha256,
        )
        head = load_config((self.root / "sluice.yaml").read_bytes())
        order = Order(subject=subject, plan=plan, head=head, policy=base, version="0")
        stored.write(measure(order, workshop(git, subject, self.scratch, lambda _: None)), self.out)
        evidence, sha256 = stored.read(self.out)
        return evidence, decide(base, evidence, sha256, subject=plan, contracts=Contracts(base={}))
