"""GitHub's own OpenAPI description: which operation a call is, and whether it is well formed.

Each schema is compiled once with jsonschema-rs against one shared registry
(about 0.3 s to load, tens of microseconds a body); no de-referencing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema_rs

_METHODS = ("get", "put", "post", "patch", "delete")
_MANY = {"ref", "path", "basehead", "branch", "environment_name", "name", "base", "head"}
_URN = "urn:github-openapi"
# A path GitHub answers without describing it any more: PyGithub's Commit.get_statuses.
_OLD_PATHS = [("GET", "/repos/{owner}/{repo}/statuses/{ref}", "/repos/{owner}/{repo}/commits/{ref}/statuses")]
# PyGithub (and every client before 2020) sends labels as a bare list.
_LISTS_TAKEN = {"issues/add-labels", "issues/set-labels"}


def _to_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 schema -> JSON Schema: nullable, and references into the registry."""
    if isinstance(node, list):
        return [_to_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    out = {k: _to_json_schema(v) for k, v in node.items() if k not in ("example", "examples", "discriminator", "xml")}
    ref = out.get("$ref")
    if isinstance(ref, str) and ref.startswith("#"):
        out["$ref"] = _URN + ref
    if out.pop("nullable", False) is True:
        if isinstance(out.get("type"), str):
            out["type"] = [out["type"], "null"]
            if "enum" in out and None not in out["enum"]:
                out["enum"] = [*out["enum"], None]
        else:
            out = {"anyOf": [out, {"type": "null"}]}
    return out


@dataclass
class Operation:
    """One method of one path of the description."""

    method: str
    template: str
    id: str
    parameters: list[dict]
    raw: dict = field(repr=False)

    @property
    def segments(self) -> list[str]:
        return self.template.strip("/").split("/")


# The first words of the API's paths: what else a client asks for belongs to the site.
_API_ROOTS = (
    "app", "installation", "meta", "organizations", "orgs", "rate_limit", "repos", "repositories", "search", "teams",
    "user", "users",
)  # fmt: skip


def _fit(op: Operation, parts: list[str]) -> dict[str, str] | None:
    """The parameters of a path of as many parts as the operation's template; None when it is another's path."""
    params: dict[str, str] = {}
    for want, have in zip(op.segments, parts, strict=True):
        if want.startswith("{") and want.endswith("}"):
            params[want[1:-1]] = unquote(have)
        elif "{" in want:
            found = re.fullmatch(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(want)), have)
            if not found:
                return None
            params.update({k: unquote(v) for k, v in found.groupdict().items()})
        elif want != have:
            return None
    return params


class NoSpec:
    """Stands in when GitHub's description is absent or switched off: knows no operation and finds no fault."""

    def __init__(self, why: str):
        self.version = f"none ({why})"
        self.operations: dict[str, Operation] = {}
        self.roots = frozenset(_API_ROOTS)

    def match(self, method: str, path: str) -> tuple[None, dict[str, str]]:
        """No operation, whatever the call."""
        return None, {}


class Spec:
    """The description, indexed by method and path."""

    def __init__(self, description: Path):
        data = json.loads(Path(description).read_text())
        self.version = data["info"]["version"]
        self._raw = data
        shared = _to_json_schema({"components": {"schemas": data["components"]["schemas"]}})
        self._registry = jsonschema_rs.Registry([(_URN, shared)])
        self._validators: dict[Any, Any] = {}
        self._exact: dict[tuple[str, int], list[Operation]] = {}
        self._spanning: dict[str, list[tuple[re.Pattern, Operation]]] = {}
        self.operations: dict[str, Operation] = {}
        for template, methods in data["paths"].items():
            for method in _METHODS:
                if method in methods:
                    self._index(method.upper(), template, methods)
        for method, old, new in _OLD_PATHS:
            self._index(method, old, data["paths"][new])

        self.roots = {op.segments[0] for op in self.operations.values()}

    def _index(self, method: str, template: str, item: dict) -> None:
        raw = item[method.lower()]
        parameters = [self._resolve(p) for p in [*item.get("parameters", []), *raw.get("parameters", [])]]
        op = Operation(method, template, raw["operationId"], parameters, raw)
        self.operations[op.id] = op
        self._exact.setdefault((method, len(op.segments)), []).append(op)
        if any(s[1:-1] in _MANY for s in op.segments if s.startswith("{")):
            pattern = re.sub(
                r"\{([^}]+)\}",
                lambda m: "(.+)" if m.group(1) in _MANY else "([^/]+)",
                re.sub(r"([.+?()])", r"\\\1", template),
            )
            self._spanning.setdefault(method, []).append((re.compile(pattern + "$"), op))

    def _resolve(self, node: dict) -> dict:
        while "$ref" in node:
            target: Any = self._raw
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def match(self, method: str, path: str) -> tuple[Operation | None, dict[str, str]]:
        """The operation a raw (still percent-encoded) path belongs to, and its path parameters."""
        if path.endswith("/contents/"):  # the root directory, as PyGithub asks for it
            path += "%20"
        parts = path.strip("/").split("/")
        exact = [(op, _fit(op, parts)) for op in self._exact.get((method, len(parts)), [])]
        fitting = [(op, params) for op, params in exact if params is not None]
        if not fitting:
            fitting = self._match_spanning(method, "/" + "/".join(parts))
        if not fitting:
            return None, {}
        return max(fitting, key=lambda found: sum("{" not in s for s in found[0].segments))

    def _match_spanning(self, method: str, path: str) -> list[tuple[Operation, dict[str, str]]]:
        """The operations with a parameter that may hold slashes."""
        found = []
        for pattern, op in self._spanning.get(method, []):
            held = pattern.match(path)
            if held:
                names = re.findall(r"\{([^}]+)\}", op.template)
                found.append((op, {n: unquote(v) for n, v in zip(names, held.groups(), strict=True)}))
        return found

    def _validator(self, key: Any, schema: dict, formats: bool) -> Any:
        if key not in self._validators:
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                _to_json_schema(schema), registry=self._registry, validate_formats=formats
            )
        return self._validators[key]

    @staticmethod
    def _describe(errors: Any, limit: int = 20) -> list[str]:
        out = []
        for error in errors:
            where = "/".join(str(p) for p in error.instance_path)
            out.append(f"{where or '.'}: {error.message[:200]}")
            if len(out) == limit:
                break
        return out

    def check_request(
        self, op: Operation, params: dict[str, str], query: dict[str, str], body: bytes, content_type: str
    ) -> tuple[list[str], list[str]]:
        """(errors, warnings) for one request."""
        errors: list[str] = []
        warnings: list[str] = []
        known = {p["name"]: p for p in op.parameters if p["in"] == "query"}
        for name, parameter in known.items():
            if parameter.get("required") and name not in query:
                errors.append(f"query {name}: required")
        for name, value in query.items():
            if name.removesuffix("[]") not in known:
                warnings.append(f"query {name}: not in the description")
            else:
                errors += self._check_scalar(op, "query " + name, known[name].get("schema", {}), value)
                if name == "per_page" and value.isdigit() and int(value) > 100:
                    warnings.append("query per_page: GitHub caps it at 100")
        for parameter in op.parameters:
            if parameter["in"] == "path" and parameter["name"] in params:
                errors += self._check_scalar(
                    op, "path " + parameter["name"], parameter.get("schema", {}), params[parameter["name"]]
                )
        errors_body, warnings_body = self._check_body(op, body, content_type)
        return errors + errors_body, warnings + warnings_body

    def _check_scalar(self, op: Operation, label: str, schema: dict, text: str) -> list[str]:
        schema = self._resolve(schema)
        value: Any = text
        if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text):
            value = int(text)
        elif schema.get("type") == "boolean" and text in ("true", "false"):
            value = text == "true"
        elif schema.get("type") == "array":
            return []
        validator = self._validator((op.id, label), schema, False)
        return [f"{label}: {e.message[:160]}" for e in validator.iter_errors(value)]

    def _check_body(self, op: Operation, body: bytes, content_type: str) -> tuple[list[str], list[str]]:
        request = op.raw.get("requestBody")
        if request is None:
            meaningful = body.strip() not in (b"", b"{}", b"null")
            return [], (["body: the description has none"] if meaningful else [])
        request = self._resolve(request)
        media = request["content"].get("application/json")
        if media is None:
            return [], []
        if not body.strip():
            return (["body: required"] if request.get("required") else []), []
        try:
            value = json.loads(body)
        except ValueError as error:
            return [f"body: not JSON ({error})"], []
        if isinstance(value, list) and op.id in _LISTS_TAKEN:
            return [], ["body: GitHub takes a bare list here, but its description does not say so"]
        schema = media["schema"]
        validator = self._validator((op.id, "body"), schema, True)
        errors = ["body " + text for text in self._describe(validator.iter_errors(value))]
        properties = self._resolve(schema).get("properties")
        warnings = []
        if properties is not None and isinstance(value, dict):
            warnings = [f"body {k}: not in the description" for k in value if k not in properties]
        return errors, warnings

    def check_response(self, op: Operation, status: int, body: Any) -> list[str]:
        responses = op.raw.get("responses", {})
        described = responses.get(str(status))
        if described is None:
            return [] if status >= 400 else [f"status {status} is not described ({', '.join(responses)})"]
        media = self._resolve(described).get("content", {}).get("application/json")
        if media is None or body is None or status >= 400:
            return []
        validator = self._validator((op.id, status), media["schema"], False)
        return self._describe(validator.iter_errors(body))
