"""The workflow files of a repository, and the records of those GitHub knows."""

from __future__ import annotations

from typing import Any

import yaml

from .context import Context
from .replies import ApiError, now

_FOLDER = ".github/workflows"


def files(cx: Context, ref: str | None = None) -> dict[str, dict]:
    """Path -> parsed workflow file at a ref (default branch when None); a file that is not YAML is empty."""
    sha = cx.git.resolve(ref or cx.repo.default_branch)
    folder = cx.git.lookup(sha, _FOLDER) if sha else None
    out = {}
    for entry in cx.git.entries(folder.sha) if folder and folder.kind == "tree" else []:
        if entry.path.endswith((".yml", ".yaml")):
            try:
                parsed = yaml.safe_load(cx.git.blob(entry.sha) or b"")
            except yaml.YAMLError:
                parsed = None
            out[f"{_FOLDER}/{entry.path}"] = parsed if isinstance(parsed, dict) else {}
    return out


def triggers(workflow: dict) -> dict[str, Any]:
    """The events of a workflow; YAML 1.1 reads the key ``on`` as true."""
    on = workflow.get("on", workflow.get(True))
    if isinstance(on, str):
        return {on: None}
    return dict.fromkeys(on) if isinstance(on, list) else on or {}


def record(cx: Context, path: str, name: str) -> dict:
    """The record of a workflow, made when new."""
    blank = {"id": next(cx.world.ids), "path": path, "state": "active", "created_at": now()}
    found = cx.repo.workflows.setdefault(path, blank)
    found["name"] = name
    return found


def known(cx: Context) -> list[dict]:
    """Every workflow GitHub knows: those on the default branch, and those that ran."""
    for path, parsed in files(cx).items():
        record(cx, path, parsed.get("name") or path)
    return list(cx.repo.workflows.values())


def render(cx: Context, workflow: dict) -> dict:
    """A workflow as the REST API writes it."""
    return {
        "id": workflow["id"], "node_id": f"W_{workflow['id']}", "name": workflow["name"], "path": workflow["path"],
        "state": workflow["state"], "created_at": workflow["created_at"], "updated_at": workflow["created_at"],
        "url": f"{cx.repo_url}/actions/workflows/{workflow['id']}",
        "html_url": f"{cx.web}/{cx.full_name}/blob/{cx.repo.default_branch}/{workflow['path']}",
        "badge_url": f"{cx.web}/{cx.full_name}/workflows/{workflow['id']}/badge.svg",
    }  # fmt: skip


def check_inputs(declared: dict, given: dict) -> dict[str, str]:
    """The inputs of a dispatch, completed; 422 where they do not fit what the workflow declares."""
    unknown = [k for k in given if k not in declared]
    if unknown:
        raise ApiError(422, f"Unexpected inputs provided: {unknown!r}".replace("'", '"'))
    out = {}
    for name, declaration in declared.items():
        spec = declaration or {}
        value = given.get(name, spec.get("default"))
        if value in (None, "") and spec.get("required") and "default" not in spec:
            raise ApiError(422, f"Required input '{name}' not provided")
        allowed = {"choice": [str(o) for o in spec.get("options", [])], "boolean": ["true", "false"]}.get(
            str(spec.get("type"))
        )
        text = str(value).lower() if isinstance(value, bool) or spec.get("type") == "boolean" else str(value)
        if value is not None and allowed is not None and text not in allowed:
            raise ApiError(422, f"Provided value '{value}' for input '{name}' not in the list of allowed values")
        out[name] = "" if value is None else text
    return out
