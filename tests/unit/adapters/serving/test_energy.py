"""Counters of energy: real folders as Linux lays them out, and a library with NVML's calls."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sluice.adapters.serving import energy
from sluice.adapters.serving.energy import NO_GPU, NO_RAPL, Counter, Meter, Meters, energy_of, gpus, processors


def zone(root: Path, folder: str, name: str, used_uj: int, range_uj: int = 262_143_328_850) -> Path:
    made = root / folder
    made.mkdir(parents=True)
    for file, text in (("name", name), ("energy_uj", used_uj), ("max_energy_range_uj", range_uj)):
        (made / file).write_text(f"{text}\n")
    return made / "energy_uj"


def test_packages_and_their_memory_count_and_nothing_that_is_in_them_or_holds_them(tmp_path: Path) -> None:
    counted = [
        zone(tmp_path, "intel-rapl:0", "package-0", 1_000_000),
        zone(tmp_path, "intel-rapl:1", "package-1", 5_000_000),
        zone(tmp_path, "intel-rapl:0:1", "dram", 2_000_000),
    ]
    others = [
        zone(tmp_path, "intel-rapl:0:0", "core", 7),
        zone(tmp_path, "intel-rapl:2", "psys", 7),
        zone(tmp_path, "intel-rapl-mmio:0", "package-0", 7),
    ]
    meter = processors(tmp_path)
    meter.look()
    for file in counted:
        file.write_text(str(int(file.read_text()) + 1_500_000))
    for file in others:
        file.write_text("999999999")
    assert meter.taken() == pytest.approx(4.5)
    assert meter.taken() == 0.0
    assert meter.reason == ""


def test_a_counter_that_began_anew_goes_on(tmp_path: Path) -> None:
    file = zone(tmp_path, "intel-rapl:0", "package-0", 65_000_000, 65_532_610)
    meter = processors(tmp_path)
    meter.look()
    for used in (65_500_000, 100_000, 300_000):
        file.write_text(str(used))
        meter.look()
    assert meter.taken() == pytest.approx(0.5 + 0.13261 + 0.2)


def test_a_machine_without_counters_says_so(tmp_path: Path) -> None:
    assert processors(tmp_path / "nowhere").reason == NO_RAPL
    zone(tmp_path, "intel-rapl:0:0", "core", 7)
    assert processors(tmp_path).reason == NO_RAPL


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_counter_that_only_root_may_read_is_named(tmp_path: Path) -> None:
    zone(tmp_path, "intel-rapl:0", "package-0", 7).chmod(0)
    assert "only root may read it" in processors(tmp_path).reason


@pytest.mark.parametrize("text", ["", "many", "-5", "1.5"])
def test_a_counter_that_holds_no_number_is_not_known(tmp_path: Path, text: str) -> None:
    file = zone(tmp_path, "intel-rapl:0", "package-0", 7)
    meter = processors(tmp_path)
    meter.look()
    file.write_text(text)
    assert meter.taken() == 0.0
    assert "holds no number" in meter.reason
    file.write_text("100")
    meter.look()
    assert meter.reason, "what was not known once is not known"
    file.unlink()
    assert "cannot be read" in processors(tmp_path).reason
    assert energy_of(meter, [1.0]).joules == ()


def test_a_counter_that_goes_back_or_was_not_read_for_long_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    values = iter([5.0, 4.0])
    meter = Meter([Counter(read=lambda: next(values))])
    meter.look()
    meter.look()
    assert meter.reason == "a counter of energy went back"
    values = iter([5.0, 6.0])
    late = Meter([Counter(read=lambda: next(values), range_j=10)])
    monkeypatch.setattr(energy, "MAX_GAP_S", -1.0)
    late.look()
    late.look()
    assert "may have begun anew" in late.reason
    assert Meter(()).reason


def test_energy_is_taken_where_rounds_end(tmp_path: Path) -> None:
    file = zone(tmp_path, "intel-rapl:0", "package-0", 0)
    meters = Meters(cpu=processors(tmp_path), gpu=Meter((), NO_GPU), ends=(2, 3))
    for sent in range(1, 4):
        meters.before()
        file.write_text(str(1_000_000 * sent))
        meters.after(sent)
    assert energy_of(meters.cpu, meters.cpu_j).joules == (pytest.approx(2.0), pytest.approx(1.0))
    assert energy_of(meters.gpu, meters.gpu_j).reason == NO_GPU


# -- GPUs -------------------------------------------------------------------------------------------

LIBRARY = """
static unsigned long long used = 5000;
int nvmlInit_v2(void) { return INIT; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = COUNT; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **device) { *device = (void *)(0x7f0000000000ULL + i); return 0; }
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *mj) {
    if ((unsigned long long)device < 0x7f0000000000ULL) return 2;
    used += 250; *mj = used; return ENERGY;
}
"""


def library(folder: Path, *, init: int = 0, count: int = 1, energy: int = 0) -> str:
    """A shared library with the calls of NVML that are used, and its C types."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    source, made = folder / "nvml.c", folder / f"nvml-{init}-{count}-{energy}.so"
    source.write_text(LIBRARY.replace("INIT", str(init)).replace("COUNT", str(count)).replace("ENERGY", str(energy)))
    subprocess.run(("cc", "-shared", "-fPIC", "-o", str(made), str(source)), check=True)
    return str(made)


def test_the_energy_of_gpus_is_that_of_their_driver(tmp_path: Path) -> None:
    meter = gpus(library(tmp_path, count=2), tmp_path)
    meter.look()
    # Each look reads both, and each reading is a quarter of a joule on.
    assert meter.taken() == pytest.approx(1.0)
    assert meter.reason == ""


def test_gpus_that_tell_nothing_are_not_known(tmp_path: Path) -> None:
    assert gpus(library(tmp_path, count=0), tmp_path).reason == NO_GPU
    assert "nvmlInit_v2 ended with 9" in gpus(library(tmp_path, init=9), tmp_path).reason
    assert "nvmlDeviceGetTotalEnergyConsumption ended with 3" in gpus(library(tmp_path, energy=3), tmp_path).reason


def test_a_machine_without_a_gpu_and_one_without_its_library(tmp_path: Path) -> None:
    assert gpus("libno-such-thing.so", tmp_path / "none").reason == NO_GPU
    (tmp_path / "0000:17:00.0").mkdir()
    assert "libno-such-thing.so is not there" in gpus("libno-such-thing.so", tmp_path).reason
