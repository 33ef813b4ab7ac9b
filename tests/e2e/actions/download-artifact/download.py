"""Download as actions/download-artifact does: from this run, or from the one that is named."""

from __future__ import annotations

import io
import json
import os
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import quote


def fetch(url: str) -> bytes:
    """One call of the emulated GitHub, not counted among Sluice's own."""
    head = {"X-Bench-Label": "runner", "Authorization": f"token {os.environ['ARTIFACT_TOKEN']}"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=head), timeout=60) as answer:
        return answer.read()


def main() -> None:
    """Unpack the newest artifact of that name; an absent one ends the step, as the real one does."""
    name = os.environ["ARTIFACT_NAME"]
    root = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}"
    listed = json.loads(fetch(f"{root}/actions/runs/{os.environ['ARTIFACT_RUN']}/artifacts?name={quote(name)}"))
    if not listed["artifacts"]:
        raise SystemExit(f"download: the run has no artifact {name}")
    newest = max(listed["artifacts"], key=lambda row: row["id"])
    folder = Path(os.environ["GITHUB_WORKSPACE"]) / os.environ["ARTIFACT_PATH"]
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(fetch(newest["archive_download_url"]))) as archive:
        archive.extractall(folder)


main()
