"""Documents made to exhaust their reader: each is refused in one sentence, by a child process under limits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

MAX_PEAK_BYTES = 200_000_000
# The bound is one second on an idle machine; the rest is for machines that are not.
MAX_CPU_S = 5.0

CHILD = """
import json, pathlib, resource, sys, time
kind, folder = sys.argv[1], pathlib.Path(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from sluice.domain.errors import SluiceError
from sluice.adapters.decode import config, evidence, metrics_file, payload
data = (folder / "evidence.json").read_bytes()
readers = {
    "config": lambda: config.load_config(data),
    "yaml metrics": lambda: metrics_file.read_metrics(data, path="m.yaml"),
    "evidence": lambda: evidence.read(folder),
    "payload": lambda: payload.event("push", data, repository="octo/ml", sha="a" * 40),
}
began = time.process_time()
try:
    readers[kind]()
    code, sentence = 0, ""
except SluiceError as error:
    code, sentence = error.exit_code, error.sentence
status = pathlib.Path("/proc/self/status")
if status.exists():
    # On Linux, ru_maxrss counts the parent's memory too: a child has it until it executes another program.
    peak = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM:")) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"cpu_s": time.process_time() - began, "peak": peak, "sentence": sentence}))
sys.exit(code)
"""

LAUGHS = b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (letter + 1, letter + 1, b",".join([b"*%c" % letter] * 10)) for letter in range(97, 120)
)
YAML = {
    "alias bomb": LAUGHS,
    "alias of a long text": b"a: &a " + b"x" * 100_000 + b"\nb: [" + b"*a," * 30_000 + b"]\n",
    "an alias of itself": b"a: &a {b: *a}\n",
    "lists 3,000 deep": b"a: " + b"[" * 3000 + b"]" * 3000,
    "mappings 3,000 deep": b"{a: " * 3000 + b"}" * 3000,
    "blocks 700 deep": b"".join(b" " * depth + b"a:\n" for depth in range(700)),
    "dashes": b"- " * 120_000,
    "many values": b"[" + b"1," * 120_000 + b"]",
    "many empty mappings": b"[" + b"{}," * 80_000 + b"]",
    "many keys": b"".join(b"k%d: 1\n" % index for index in range(25_000)),
    "long keys above many": b"{" + b"".join(b"%s: {" % (b"k" * 250) for _ in range(60)) + b"a,b,c," * 40_000,
    "a long key": b"k" * 250_000 + b": 1",
    "a long number": b"version: " + b"9" * 250_000,
    "an open quote": b"a: '" + b"x\n" * 120_000,
    "escapes": b'a: "' + b"\\u0041" * 40_000 + b'"',
    "directives": b"%A\n" * 80_000,
    "documents": b"---\n" * 60_000,
    "anchors": b"".join(b"- &a%d x\n" % index for index in range(20_000)),
    "tags": b"!a " * 80_000,
    "not UTF-8": b"\xff" * 250_000,
    "NUL": b"\0" * 250_000,
    "too large": b"#" * 30_000_000,
}
JSON = {
    "lists 3,000 deep": b"[" * 3000 + b"]" * 3000,
    "mappings without end": b'{"a":' * 800_000,
    "many empty lists": b"[" + b"[]," * 300_000 + b"[]]",
    "many mappings": b"[" + b'{"a":0},' * 600_000 + b"0]",
    "many numbers": b"[" + b"0.5," * 1_200_000 + b"0]",
    "one key often": b"{" + b'"a":0,' * 800_000 + b'"a":0}',
    "a long number": b"[" + b"9" * 4_900_000 + b"]",
    "an open quote": b'["' + b"x" * 4_900_000,
    "escapes": b'["' + b"\\u0041" * 800_000 + b'"]',
    "half characters": b'["' + b"\\ud800" * 800_000 + b'"]',
    "not UTF-8": b"\xff" * 4_900_000,
    "too large": b" " * 30_000_000,
}


def refused(kind: str, data: bytes, exit_code: int, folder: Path) -> None:
    (folder / "evidence.json").write_bytes(data)
    command = [sys.executable, "-c", CHILD, kind, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == exit_code, done.stderr[-2000:]
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert said["sentence"]
    assert len(said["sentence"]) < 400
    assert said["sentence"].isprintable()
    assert said["peak"] < MAX_PEAK_BYTES
    assert said["cpu_s"] < MAX_CPU_S


@pytest.mark.parametrize("name", YAML)
def test_configurations(tmp_path: Path, name: str) -> None:
    refused("config", YAML[name], 2, tmp_path)


# In the others a metric has no value, or its value.
@pytest.mark.parametrize("name", [name for name in YAML if name not in ("many keys", "a long number", "escapes")])
def test_metric_files_in_yaml(tmp_path: Path, name: str) -> None:
    refused("yaml metrics", YAML[name], 1, tmp_path)


@pytest.mark.parametrize("name", JSON)
def test_evidence(tmp_path: Path, name: str) -> None:
    refused("evidence", JSON[name], 1, tmp_path)


@pytest.mark.parametrize("name", JSON)
def test_payloads(tmp_path: Path, name: str) -> None:
    refused("payload", JSON[name], 2, tmp_path)
