"""What serving costs, of real programs: functions, commands, endpoints and models of MLflow, good and bad ones."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from sluice.adapters.asking import answers
from sluice.adapters.serving.channels import Lines
from sluice.adapters.serving.load import UNKNOWN_MEMORY, Site, serve
from sluice.adapters.serving.turns import Side, serve_in_turn
from sluice.adapters.serving.watching import Failed, Watch
from sluice.adapters.trainers.tree import Tree
from sluice.core.serving.requests import bodies
from sluice.domain.errors import EvidenceError
from sluice.domain.probes import Serving
from sluice.domain.serving import Served

ROWS = bodies([{"a": 1, "b": 2.5}, {"a": 2, "b": 3.5}, {"a": 3, "b": 4.5}], 1, where="rows")
QUICK = Serving(inputs="rows.csv", warmup=3, requests=40, timeout_s=5, start_timeout_s=30, total_timeout_s=60)

ANSWERS = """import json, sys
for line in sys.stdin:
    print(json.dumps([row["a"] for row in json.loads(line)]), flush=True)
"""
ENDPOINT = """import http.server, json, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["dataframe_records"]
        body = json.dumps({"predictions": [row["a"] for row in rows]}).encode()
        self.send_response(STATUS)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def site(root: Path, said: list[str] | None = None, **more: Any) -> Site:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return Site(root=root, env=env, say=(said if said is not None else []).append, **more)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def assert_measured(served: Served, requests: int = 40) -> None:
    assert served.reason == ""
    assert len(served.latencies_ms) == requests
    assert min(served.latencies_ms) > 0


def none_left(marker: str) -> bool:
    """Whether no process that was started here is left; one that was just killed takes a moment to go."""
    for _ in range(50):
        mine = [one.info["cmdline"] or [] for one in psutil.process_iter(["cmdline"])]
        if not any(marker in word for words in mine for word in words):
            return True
        time.sleep(0.05)
    return False


# -- what can be served -----------------------------------------------------------------------------


def test_a_function_is_called_for_every_request(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import pathlib\n"
        "def predict(rows):\n"
        "    print('noise on the way')\n"
        "    with pathlib.Path('seen').open('a') as file: file.write(f'{[row[\"a\"] for row in rows]}\\n')\n"
        "    return [row['a'] * 2 for row in rows]\n"
    )
    said: list[str] = []
    served = serve(replace(QUICK, call="mine:predict"), ROWS, site(tmp_path, said))
    assert_measured(served)
    assert served.n_rows == 40
    assert served.peak_memory_bytes is not None and served.peak_memory_bytes > 4 * 2**20
    assert (tmp_path / "seen").read_text().split()[:4] == ["[1]", "[2]", "[3]", "[1]"]
    assert len((tmp_path / "seen").read_text().split()) == 43
    assert any("noise" in line for line in said)


def test_a_function_may_return_what_numpy_has(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import numpy\ndef predict(rows): return numpy.arange(len(rows)) / 2\n")
    two = bodies([{"a": 1}, {"a": 2}, {"a": 3}], 2, where="rows")
    served = serve(replace(QUICK, call="mine:predict", batch_rows=2), two, site(tmp_path))
    assert_measured(served)
    assert served.n_rows == 80


def test_a_command_answers_lines(tmp_path: Path) -> None:
    (tmp_path / "serve.py").write_text(ANSWERS)
    assert_measured(serve(replace(QUICK, command="python serve.py"), ROWS, site(tmp_path)))


def test_a_slow_request_is_not_left_out(tmp_path: Path) -> None:
    slow = ANSWERS.replace("for line", "import time\nfor n, line", 1).replace("sys.stdin", "enumerate(sys.stdin)")
    (tmp_path / "serve.py").write_text(slow.replace("    print", "    time.sleep(0.3 if n == 10 else 0)\n    print"))
    served = serve(replace(QUICK, command="python serve.py"), ROWS, site(tmp_path))
    assert_measured(served)
    assert max(served.latencies_ms) >= 300


def test_an_endpoint_is_started_asked_and_ended(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "serve.py").write_text(ENDPOINT.replace("STATUS", "200"))
    serving = replace(QUICK, url=f"http://127.0.0.1:{port}/invocations", start=f"python serve.py {port} & wait")
    served = serve(serving, ROWS, site(tmp_path))
    assert_measured(served)
    assert served.peak_memory_bytes is not None
    with socket.socket() as one:
        assert one.connect_ex(("127.0.0.1", port)) != 0, "the endpoint is ended with all its children"


def test_the_memory_of_an_endpoint_that_somebody_else_serves_is_not_known(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "serve.py").write_text(ENDPOINT.replace("STATUS", "200"))
    process = psutil.Popen((sys.executable, str(tmp_path / "serve.py"), str(port)))
    try:
        served = serve(replace(QUICK, url=f"http://localhost:{port}/"), ROWS, site(tmp_path))
    finally:
        process.kill()
        process.wait()
    assert_measured(served)
    assert served.peak_memory_bytes is None
    assert served.memory_reason == UNKNOWN_MEMORY


MODEL = """import mlflow
class Doubles(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        assert list(model_input.columns) == ["a", "b"]
        return model_input["b"] * 2
mlflow.models.set_model(Doubles())
"""
SAVES = """import mlflow.pyfunc
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema
schema = Schema([ColSpec(DataType.long, "a"), ColSpec(DataType.double, "b")])
signature = ModelSignature(inputs=schema)
mlflow.pyfunc.save_model("model", python_model="model_code.py", signature=signature, pip_requirements=[])
"""


def test_a_model_of_mlflow_is_loaded_and_asked(tmp_path: Path) -> None:
    pytest.importorskip("mlflow.pyfunc")
    (tmp_path / "model_code.py").write_text(MODEL)
    subprocess.run((sys.executable, "-c", SAVES), cwd=tmp_path, check=True, capture_output=True)
    said: list[str] = []
    served = serve(replace(QUICK, model="model", start_timeout_s=60), ROWS, site(tmp_path, said))
    assert served.reason == "", said
    assert_measured(served)
    assert served.peak_memory_bytes is not None and served.peak_memory_bytes > 50 * 2**20


# -- what has no cost that counts ------------------------------------------------------------------

BAD = {
    "garbage": ("print('[1', flush=True)", "is not valid JSON"),
    "not a number": ("print('[NaN]', flush=True)", "was answered by"),
    "null": ("print('[null]', flush=True)", "0 predictions for 1 rows"),
    "too many": ("print('[1, 2]', flush=True)", "2 predictions for 1 rows"),
    "no list": ("print('1', flush=True)", "no list of predictions"),
    "two lines": ("print('[1]\\n[1]', flush=True)", "more than one line"),
    "an end": ("sys.exit(3)", "ended with exit code 3"),
    "a crash": ("os.kill(os.getpid(), 11)", "ended by SIGSEGV"),
    "silence": ("time.sleep(60)", "not answered in time"),
    "drops": ("sys.stdout.write('['), sys.stdout.flush(), time.sleep(60)", "not answered in time"),
    "too long": ("print('[' + ' ' * 20_000_000 + '1]', flush=True)", "more than can be read"),
    "an error": ('print(\'{"error": "no luck"}\', flush=True)', "an error: no luck"),
}


@pytest.mark.parametrize("kind", BAD)
def test_one_bad_answer_spoils_all(tmp_path: Path, kind: str) -> None:
    does, said = BAD[kind]
    (tmp_path / "serve.py").write_text(
        "import os, sys, time\n"
        "for n, line in enumerate(sys.stdin):\n"
        f"    if n == 20: {does}\n"
        "    else: print('[1]', flush=True); time.sleep(0.02)\n"
    )
    served = serve(replace(QUICK, command="python serve.py", timeout_s=1), ROWS, site(tmp_path))
    assert served.latencies_ms == ()
    assert said in served.reason
    assert served.reason.startswith(("request 18 of 40", "request 19 of 40"))


def test_an_answer_that_comes_before_its_request_counts_as_none() -> None:
    said = (sys.executable, "-c", "print('[1]', flush=True); input()")
    with subprocess.Popen(said, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdin is not None and process.stdout is not None
        watch = Watch(tree=Tree(), process=process, memory_bytes=2**30, ends=time.monotonic() + 20)
        watch.wait(process.stdout.fileno(), watch.ends)
        with pytest.raises(Failed, match="before it was sent"):
            Lines(watch).ask(b"[]", watch.ends)


def test_a_function_that_raises_is_named_by_its_error(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def predict(rows): raise KeyError('a secret')\n")
    served = serve(replace(QUICK, call="mine:predict"), ROWS, site(tmp_path))
    assert served.reason == "warm-up request 1 was answered by an error: KeyError"


def test_a_function_that_is_not_there_is_told(tmp_path: Path) -> None:
    served = serve(replace(QUICK, call="nowhere:predict"), ROWS, site(tmp_path))
    assert "ModuleNotFoundError" in served.reason


def test_the_first_request_has_its_own_time_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "serve.py").write_text("import time\ntime.sleep(60)\n")
    started = time.monotonic()
    served = serve(replace(QUICK, command="python serve.py", start_timeout_s=1), ROWS, site(tmp_path))
    assert served.reason == "warm-up request 1 was not answered in time"
    assert time.monotonic() - started < 10


def test_all_requests_together_have_a_limit(tmp_path: Path) -> None:
    slow = ANSWERS.replace("    print", "    import time; time.sleep(0.2)\n    print")
    (tmp_path / "serve.py").write_text(slow)
    served = serve(replace(QUICK, command="python serve.py", total_timeout_s=2), ROWS, site(tmp_path))
    assert "before the time for all requests was over" in served.reason


def test_whoever_takes_too_much_memory_is_ended(tmp_path: Path) -> None:
    (tmp_path / "serve.py").write_text("import sys, time\nx = bytearray(300_000_000)\n" + ANSWERS)
    served = serve(replace(QUICK, command="python serve.py"), ROWS, site(tmp_path, memory_bytes=200_000_000))
    assert "GiB of memory" in served.reason


def test_a_model_that_answers_quickly_and_keeps_more_and_more_is_ended_when_it_is_asked(tmp_path: Path) -> None:
    (tmp_path / "greedy.py").write_text(
        "import time\nkept = []\n"
        "def predict(rows):\n    kept.append(bytearray(b'1' * 30_000_000))\n    time.sleep(0.1)\n    return [0.5]\n"
    )
    asked = answers("call", "greedy:predict", [b"[{}]"] * 40, site(tmp_path, memory_bytes=200_000_000), total_s=60)
    with pytest.raises(EvidenceError, match="GiB of memory"):
        list(asked)


def test_what_it_started_is_ended_too(tmp_path: Path) -> None:
    marker = f"4711{os.getpid()}"
    detached = f"import subprocess\nsubprocess.Popen(['sleep', '{marker}'], start_new_session=True)\n"
    (tmp_path / "serve.py").write_text(detached + ANSWERS)
    assert_measured(serve(replace(QUICK, command="python serve.py"), ROWS, site(tmp_path)))
    assert none_left(marker)


@pytest.mark.parametrize(("status", "said"), [("500", "status 500"), ("302", "status 302"), ("204", "status 204")])
def test_another_status_than_200_is_a_failure(tmp_path: Path, status: str, said: str) -> None:
    port = free_port()
    (tmp_path / "serve.py").write_text(ENDPOINT.replace("STATUS", status))
    serving = replace(QUICK, url=f"http://127.0.0.1:{port}/", start=f"python serve.py {port}")
    assert said in serve(serving, ROWS, site(tmp_path)).reason


def test_an_endpoint_that_never_comes_is_told(tmp_path: Path) -> None:
    serving = replace(QUICK, url=f"http://127.0.0.1:{free_port()}/", start="exit 7")
    assert "exit code 7" in serve(serving, ROWS, site(tmp_path)).reason


def test_what_listened_before_is_not_measured_as_the_model(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        serving = replace(QUICK, url=f"http://127.0.0.1:{port}/", start="true")
        assert "before `start` was run" in serve(serving, ROWS, site(tmp_path)).reason


def test_an_endpoint_that_drips_is_late(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "serve.py").write_text(
        "import socket, sys, time\n"
        "with socket.create_server(('127.0.0.1', int(sys.argv[1]))) as server:\n"
        "    while True:\n"
        "        one, _ = server.accept()\n"
        "        for sign in b'HTTP/1.1 200 OK\\r\\n' * 99: one.send(bytes([sign])); time.sleep(0.1)\n"
    )
    serving = replace(QUICK, url=f"http://127.0.0.1:{port}/", start=f"python serve.py {port}", start_timeout_s=2)
    started = time.monotonic()
    assert "not answered in time" in serve(serving, ROWS, site(tmp_path)).reason
    assert time.monotonic() - started < 15


# -- in turn with a baseline -------------------------------------------------------------------------


def sides(tmp_path: Path, ours: str, theirs: str, requests: int = 40) -> tuple[Side, Side, list[str]]:
    said: list[str] = []
    made: list[Side] = []
    for name, text in (("ours", ours), ("theirs", theirs)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "serve.py").write_text(text)
        serving = replace(QUICK, command="python serve.py", requests=requests)
        made.append(Side(serving=serving, site=site(folder, said)))
    return made[0], made[1], said


def test_both_are_served_in_turn_with_the_same_requests_and_never_at_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    tells = f"""import json, os, sys
def note(*words):
    with open({str(log)!r}, "a") as file: print(*words, file=file, flush=True)
me = os.path.basename(os.getcwd())
note(me, "starts")
for line in sys.stdin:
    note(me, json.loads(line)[0]["a"])
    print(json.dumps([1]), flush=True)
note(me, "ends")
"""
    ours, theirs, _said = sides(tmp_path, tells, tells)
    one, other = serve_in_turn(ours, theirs, ROWS)
    assert_measured(one)
    assert_measured(other)
    lines = [line.split() for line in log.read_text().splitlines()]
    starts = [who for who, what in lines if what == "starts"]
    assert starts == ["theirs", "ours", "ours", "theirs", "theirs", "ours", "ours", "theirs", "theirs", "ours"]
    asked = {who: [what for name, what in lines if name == who and what.isdigit()] for who in ("ours", "theirs")}
    assert asked["ours"] == asked["theirs"]
    # 3 warm-up requests and 8 measured ones a round, each round from where the last one ended.
    assert [asked["ours"][start] for start in range(0, 55, 11)] == ["1", "3", "2", "1", "3"]


def test_a_baseline_that_fails_spoils_itself_alone(tmp_path: Path) -> None:
    ours, theirs, said = sides(tmp_path, ANSWERS, "import sys\nprint('no luck', file=sys.stderr)\nsys.exit(4)\n")
    one, other = serve_in_turn(ours, theirs, ROWS)
    assert_measured(one)
    assert other.latencies_ms == ()
    assert other.reason.startswith("in round 1 of 5, warm-up request 1")
    assert "exit code 4" in other.reason
    assert said.count("  no luck") == 1


def test_a_candidate_that_fails_ends_everything(tmp_path: Path) -> None:
    ours, theirs, _said = sides(tmp_path, "print('garbage', flush=True)\ninput()\n", ANSWERS)
    one, _other = serve_in_turn(ours, theirs, ROWS)
    assert one.reason.startswith("in round 1 of 5, ")
    assert len(theirs.served) == 1


def test_all_rounds_of_a_side_share_its_time(tmp_path: Path) -> None:
    slow = ANSWERS.replace("    print", "    import time; time.sleep(0.1)\n    print")
    ours, theirs, _said = sides(tmp_path, ANSWERS, slow)
    theirs.serving = replace(theirs.serving, total_timeout_s=2)
    one, other = serve_in_turn(ours, theirs, ROWS)
    assert_measured(one)
    assert "before the time for all requests was over" in other.reason


def test_energy_of_the_machine_is_told_for_every_round(tmp_path: Path) -> None:
    root = tmp_path / "powercap"
    (root / "intel-rapl:0").mkdir(parents=True)
    for name, text in (("name", "package-0"), ("energy_uj", "1000000"), ("max_energy_range_uj", "262143328850")):
        (root / "intel-rapl:0" / name).write_text(text)
    counter = str(root / "intel-rapl:0" / "energy_uj")
    uses = ANSWERS.replace(
        "    print", f"    n = int(open({counter!r}).read()); open({counter!r}, 'w').write(str(n + 1000))\n    print"
    )
    (tmp_path / "serve.py").write_text(uses)
    served = serve(replace(QUICK, command="python serve.py"), ROWS, site(tmp_path, powercap=root))
    assert_measured(served)
    assert served.cpu.joules == (pytest.approx(0.008),) * 5
    assert serve(replace(QUICK, command="python serve.py"), ROWS, site(tmp_path, powercap=tmp_path)).cpu.reason
