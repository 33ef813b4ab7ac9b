"""What is put off until it is asked for: unloaded at first, and the same when it is asked for."""

from __future__ import annotations

import subprocess
import sys

_BEGIN = """
import sys
from sluice.adapters import late
late.put_off()
late.put_off()
import ibis, scipy.special
"""


def _python(code: str) -> str:
    # A process of its own: this one has loaded all of it for other tests.
    done = subprocess.run([sys.executable, "-c", _BEGIN + code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_is_never_asked_for_is_not_loaded() -> None:
    code = """
table = ibis.table({"a": "float64"}, name="data")
assert "FLOOR" in str(ibis.to_sql(table.select(b=table.a.floor()), dialect="duckdb"))
assert scipy.special.ndtri(0.5) == 0
loaded = {"numpy.f2py.crackfortran", "numpy.testing._private.utils", "ibis.backends.sql.compilers.oracle"}
print(sorted(loaded & set(sys.modules)))
"""
    assert _python(code) == "[]"


def test_every_compiler_of_ibis_is_there_by_its_class_and_by_its_dialect() -> None:
    code = """
from importlib.util import find_spec
from pathlib import Path
import ast
import ibis.backends.sql.compilers as compilers
tree = ast.parse(Path(compilers.__file__).read_text())
named = [n for one in ast.walk(tree) if isinstance(one, ast.ImportFrom) and one.level == 0
         for n in (a.name for a in one.names) if n.endswith("Compiler")]
assert len(named) >= 20, named
for name in named:
    assert getattr(compilers, name).__name__ == name
table = ibis.table({"a": "float64"}, name="data")
for dialect in ("duckdb", "postgres", "pyspark", "snowflake", "bigquery", "trino"):
    assert ibis.to_sql(table, dialect=dialect)
try:
    ibis.to_sql(table, dialect="nonsense")
except ValueError as problem:
    print(problem)
"""
    assert _python(code) == "Unknown dialect nonsense"


def test_what_was_put_off_is_the_module_itself_once_it_is_asked_for() -> None:
    code = """
import numpy
numpy.testing.assert_allclose([1.0], [1.0])
from numpy.testing import assert_array_equal
print(numpy.f2py.__name__, hasattr(numpy.f2py, "run_main"))
"""
    assert _python(code) == "numpy.f2py True"
