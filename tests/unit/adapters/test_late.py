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
loaded = {"scipy.special._support_alternative_backends", "numpy.f2py", "numpy.testing", "numpy.ma",
          "ibis.backends.sql.compilers.oracle"}
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


def test_every_special_function_is_there_and_the_compiled_ones_are_the_same_as_before() -> None:
    code = """
from scipy.special import chdtrc, gammaln, ndtri
before = {one.__name__: one for one in (chdtrc, gammaln, ndtri)}
from scipy.special import logsumexp
assert "scipy.special._support_alternative_backends" in sys.modules
assert all(getattr(scipy.special, name) is one for name, one in before.items())
assert all(hasattr(scipy.special, name) for name in scipy.special.__all__) and len(scipy.special.__all__) > 300
assert scipy.special.__doc__ and not hasattr(scipy.special, "nonsense")
import scipy.stats, sklearn.linear_model
try:
    from scipy.special import nonsense
except ImportError:
    print(logsumexp([0.0]))
"""
    assert _python(code) == "0.0"


def test_it_is_loaded_once_where_two_threads_ask_for_it() -> None:
    code = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    found = list(pool.map(lambda _: scipy.special.logsumexp, range(8)))
print(len(set(map(id, found))))
"""
    assert _python(code) == "1"
