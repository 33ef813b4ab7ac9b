"""Clone as actions/checkout does; and, first in a job, have the job's token hold what its ``permissions`` grant."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import urllib.request
from pathlib import Path


def grant() -> None:
    """GitHub makes a token for each job; act has one for all, so its permissions change when a job begins."""
    granted = json.loads(os.environ["BENCH_PERMISSIONS"]).get(os.environ["GITHUB_JOB"])
    if granted is not None:
        body = json.dumps({"token": os.environ["CHECKOUT_TOKEN"], "permissions": granted}).encode()
        urllib.request.urlopen(f"{os.environ['GITHUB_SERVER_URL']}/_bench/tokens", body, timeout=30).close()


def header() -> str:
    """The credentials as git sends them."""
    word = base64.b64encode(f"x-access-token:{os.environ['CHECKOUT_TOKEN']}".encode()).decode()
    return f"AUTHORIZATION: basic {word}"


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git with the token in its environment alone."""
    secret = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraheader", "GIT_CONFIG_VALUE_0": header()}
    return subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **secret}, check=False, text=True)


def fetched(folder: Path, *what: str) -> bool:
    """Fetch, quietly; whether it worked."""
    options = ("--quiet", "--no-tags", "--prune", *(word for word in what if word.startswith("--")))
    refspecs = (word for word in what if not word.startswith("--"))
    return git(folder, "fetch", *options, "origin", *refspecs).returncode == 0


def fetch(folder: Path, wanted: str, depth: str) -> None:
    """Fetch one commit or reference, or all branches and tags and, where it is in none of them, that one too."""
    whole = depth == "0"
    if whole and not fetched(folder, "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"):
        raise SystemExit("checkout: the branches could not be fetched")
    if whole and git(folder, "cat-file", "-e", f"{wanted}^{{commit}}").returncode == 0:
        return
    limit = () if whole else (f"--depth={depth}",)
    if not fetched(folder, *limit, f"+{wanted}:refs/remotes/wanted"):
        raise SystemExit(f"checkout: {wanted} could not be fetched")


def main() -> None:
    """Clone into the folder that was asked for, in the place of what is there."""
    grant()
    repository, ref = os.environ["CHECKOUT_REPOSITORY"], os.environ["CHECKOUT_REF"]
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise SystemExit(f"checkout: {repository!r} is not OWNER/NAME")
    folder = Path(os.environ["GITHUB_WORKSPACE"]) / os.environ["CHECKOUT_PATH"]
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet")
    git(folder, "remote", "add", "origin", f"{os.environ['GITHUB_SERVER_URL']}/{repository}.git")
    wanted = ref or os.environ["GITHUB_REF"]
    fetch(folder, wanted, os.environ["CHECKOUT_DEPTH"])
    known = git(folder, "rev-parse", "--quiet", "--verify", "refs/remotes/wanted").returncode == 0
    done = git(folder, "checkout", "--quiet", "--force", "--detach", "refs/remotes/wanted" if known else wanted)
    if os.environ["CHECKOUT_PERSIST"].lower() == "true":
        git(folder, "config", "--local", "http.extraheader", header())
    raise SystemExit(done.returncode)


main()
