"""Webhook payloads that keep the published shape.

A payload starts as GitHub's own example for that event and action (@octokit/webhooks-examples); live values replace
the example's wherever the example has the same key.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

if TYPE_CHECKING:
    from .context import Context

# Live keys that are kept although the chosen example lacks them.
_KEEP = {
    "pull_request", "performed_via_github_app", "inputs", "client_payload", "installation", "draft", "changes", "label",
    "before", "after", "is_template", "web_commit_signoff_required", "topics", "visibility", "custom_properties",
    "allow_forking", "has_discussions", "requested_action", "reason", "auto_merge", "active_lock_reason",
    "requested_reviewer", "merge_commit_sha",
}  # fmt: skip
# A run carries the short form of its repository, and more of itself than the older examples show.
_KEEP_IN_RUN = {"triggering_actor", "actor", "path", "display_title", "run_started_at"}
_NOT_FROM_EXAMPLES = ("installation", "organization", "enterprise")


def _shape(template: Any, live: Any, keep: set[str] = _KEEP) -> Any:
    if isinstance(template, dict) and isinstance(live, dict):
        if not template:
            return live
        out = {}
        for key, value in template.items():
            inner = _KEEP_IN_RUN if key == "workflow_run" else keep
            out[key] = _shape(value, live[key], inner) if key in live else copy.deepcopy(value)
        out.update({k: live[k] for k in live if k in keep and k not in out})
        return out
    if isinstance(template, list) and isinstance(live, list) and template and isinstance(template[0], dict):
        return [_shape(template[0], item, keep) for item in live]
    return live


def _organization(cx: Context, owner: dict) -> dict:
    url = f"{cx.api}/orgs/{owner['login']}"
    return {
        "login": owner["login"], "id": owner["id"], "node_id": owner["node_id"], "url": url,
        "repos_url": url + "/repos",
        "events_url": url + "/events", "hooks_url": url + "/hooks", "issues_url": url + "/issues",
        "members_url": url + "/members{/member}", "public_members_url": url + "/public_members{/member}",
        "avatar_url": owner["avatar_url"], "description": "",
    }  # fmt: skip


class Payloads:
    """GitHub's examples and schemas; FileNotFoundError when the packages that hold them are not installed."""

    def __init__(self, node_modules: Path):
        self._examples: dict[tuple[str, str | None], dict] = {}
        examples = node_modules / "@octokit/webhooks-examples/api.github.com/index.json"
        for group in json.loads(examples.read_text()):
            for example in group["examples"]:
                key = (group["name"], example.get("action"))
                better = "pull_request" in example.get("issue", {}) or "installation" in example
                if key not in self._examples or better:
                    self._examples[key] = example
                self._examples.setdefault((group["name"], None), example)
        schema = node_modules / "@octokit/webhooks-schemas/schema.json"
        self._definitions: dict[str, Any] = json.loads(schema.read_text())["definitions"]
        self._validators: dict[str, Any] = {}

    def errors_in(self, event: str, action: str | None, payload: dict) -> list[str]:
        """Where a payload does not fit the published schema of its event."""
        free = event == "repository_dispatch"  # its action is whatever the caller named
        key = f"{event}${action}" if action and not free else f"{event}$event"
        if key not in self._definitions:
            return [f"no published schema for {key}"]
        if key not in self._validators:
            root = {"$ref": f"#/definitions/{key}", "definitions": self._definitions}
            self._validators[key] = jsonschema_rs.Draft7Validator(root)
        # the published schema of repository_dispatch demands an installation, which only an app's hook has
        return [
            "/".join(map(str, error.instance_path)) + ": " + error.message[:140]
            for error in self._validators[key].iter_errors(payload)
            if not (free and '"installation"' in error.message)
        ]

    def _template(self, event: str, action: str | None, cx: Context) -> dict:
        """The example nearest to an event, with this bench's addresses."""
        found = self._examples.get((event, action)) or self._examples.get((event, None)) or {}
        text = json.dumps({k: v for k, v in found.items() if k not in _NOT_FROM_EXAMPLES})
        here = cx.full_name or ""
        swaps = {
            "Codertocat/Hello-World": here,
            "octokit/webhooks-examples": here,
            "https://api.github.com": cx.api,
            "https://github.com": cx.web,
        }
        for old, new in swaps.items():
            text = text.replace(old, new)
        return json.loads(text)

    def build(self, event: str, action: str | None, live: dict, cx: Context, repository: dict) -> dict:
        """The payload of an event: ``live`` in the example's shape, with repository, sender and organisation."""
        template = self._template(event, action, cx)
        live = {**live, "repository": repository, "sender": cx.sender()}
        if action:
            live["action"] = action
        body = _shape(template, live) if template else live
        owner = repository["owner"]
        if owner["login"] in cx.world.config.orgs and owner.get("type") == "Organization":
            body["organization"] = _organization(cx, owner)
        return body
