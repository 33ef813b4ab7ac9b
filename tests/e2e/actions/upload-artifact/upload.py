"""Upload as actions/upload-artifact does: the files of one folder, hidden ones left out, or one file by its name."""

from __future__ import annotations

import base64
import json
import os
import urllib.request
from pathlib import Path


def files(path: Path) -> dict[str, bytes]:
    """Names within the artifact, and the bytes; links are followed, as the real one does."""
    if path.is_file():
        return {path.name: path.read_bytes()}
    found = (file for file in sorted(path.rglob("*")) if file.is_file())
    named = {file.relative_to(path).as_posix(): file for file in found}
    hidden = {name for name in named if any(part.startswith(".") for part in name.split("/"))}
    return {name: file.read_bytes() for name, file in named.items() if name not in hidden}


def speak(path: str, body: dict[str, object] | None = None) -> object:
    """One call of the emulated GitHub, not counted among Sluice's own."""
    data = None if body is None else json.dumps(body).encode()
    head = {"X-Bench-Label": "runner"}
    request = urllib.request.Request(f"{os.environ['GITHUB_API_URL']}{path}", data, head)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def main() -> None:
    """Upload, or do what ``if-no-files-found`` says."""
    name, repository, run = os.environ["ARTIFACT_NAME"], os.environ["GITHUB_REPOSITORY"], os.environ["GITHUB_RUN_ID"]
    content = files(Path(os.environ["GITHUB_WORKSPACE"]) / os.environ["ARTIFACT_PATH"])
    if not content:
        print(f"upload: no files at {os.environ['ARTIFACT_PATH']}")
        raise SystemExit(os.environ["ARTIFACT_IF_NONE"] == "error")
    there = speak(f"/repos/{repository}/actions/runs/{run}/artifacts")
    assert isinstance(there, dict)
    if os.environ["ARTIFACT_OVERWRITE"] != "true" and name in {row["name"] for row in there["artifacts"]}:
        raise SystemExit(f"upload: the run has an artifact {name} already")
    encoded = {path: base64.b64encode(data).decode() for path, data in content.items()}
    speak("/_bench/artifacts", {"repo": repository, "run": int(run), "name": name, "files": encoded})
    print(f"upload: {name}, {len(content)} files")


main()
