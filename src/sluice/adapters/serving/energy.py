"""What the machine's own counters say of its energy: of its processors (RAPL, by Linux's powercap) and NVIDIA's GPUs.

They count the whole machine: what else runs there is in them. Source: Linux, Documentation/power/powercap; NVIDIA,
NVML reference, nvmlDeviceGetTotalEnergyConsumption.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sluice.domain.serving import Energy

POWERCAP = Path("/sys/class/powercap")
NVML = "libnvidia-ml.so.1"
GPUS = Path("/proc/driver/nvidia/gpus")
NO_RAPL = "the machine does not tell the energy of its processors (no `intel-rapl` below /sys/class/powercap)"
NO_GPU = "the machine has no NVIDIA GPU"

MAX_GAP_S = 60.0
"""Counters that were not read for longer may have begun anew more than once: the least range is some 65 kJ."""

_LOOK_S = 1.0
_MAX_BYTES = 100
_J_PER_UJ = 1e-6
_J_PER_MJ = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """One counter of joules: it begins anew at ``range_j``, never where that is 0; ``read`` raises ``OSError``."""

    read: Callable[[], float]
    range_j: float = 0.0


class Meter:
    """The joules of several counters together; with a ``reason`` they are not known, and never will be."""

    def __init__(self, counters: Sequence[Counter], reason: str = "") -> None:
        self.reason = reason or ("" if counters else "there is no counter")
        self._counters = counters
        self._last: list[float] = []
        self._looked = 0.0
        self._joules = 0.0

    def look(self) -> None:
        """Add what was used since the last look; to be called at least every ``MAX_GAP_S``."""
        if self.reason:
            return
        now = time.monotonic()
        try:
            values = [counter.read() for counter in self._counters]
        except OSError as error:
            self.reason = f"a counter of energy cannot be read: {_said(error)}"
            return
        if self._last and now - self._looked > MAX_GAP_S:
            self.reason = (
                f"the counters of energy were not read for {now - self._looked:.0f} s, and may have begun anew"
            )
            return
        for counter, before, after in zip(self._counters, self._last or values, values, strict=True):
            if after < before and not counter.range_j:
                self.reason = "a counter of energy went back"
                return
            self._joules += after - before if after >= before else after - before + counter.range_j
        self._last, self._looked = values, now

    def taken(self) -> float:
        """The joules since the last call, or since the first look."""
        self.look()
        joules, self._joules = self._joules, 0.0
        return joules


@dataclass(slots=True, kw_only=True)
class Meters:
    """The counters of energy, read where rounds end, and often enough in between."""

    cpu: Meter
    gpu: Meter
    ends: tuple[int, ...]
    cpu_j: list[float] = field(default_factory=list[float])
    gpu_j: list[float] = field(default_factory=list[float])
    _looked: float = 0.0

    def before(self) -> None:
        """A measured request is to be sent."""
        if time.monotonic() > self._looked + _LOOK_S:
            self.cpu.look()
            self.gpu.look()
            self._looked = time.monotonic()

    def after(self, measured: int) -> None:
        """So many requests were measured."""
        if measured in self.ends:
            self.cpu_j.append(self.cpu.taken())
            self.gpu_j.append(self.gpu.taken())


def energy_of(meter: Meter, joules: list[float]) -> Energy:
    """What a meter told of every round."""
    return Energy(reason=meter.reason) if meter.reason else Energy(joules=tuple(joules))


def processors(root: Path = POWERCAP) -> Meter:
    """A meter of every processor and of its memory, where the machine tells of both apart.

    Of all zones the packages and `dram` count: others are parts of these, or hold them.
    """
    zones = [zone for zone in sorted(root.glob("intel-rapl:*")) if _counts(zone)]
    if not any(_name(zone).startswith("package") for zone in zones):
        return Meter((), NO_RAPL)
    try:
        return Meter([_rapl(zone) for zone in zones])
    except OSError as error:
        denied = isinstance(error, PermissionError)
        who = "; only root may read it, unless the machine's owner allows more" if denied else ""
        return Meter((), f"the energy of the processors cannot be read: {_said(error)}{who}")


def _counts(zone: Path) -> bool:
    return _name(zone).startswith("package") or _name(zone) == "dram"


def _name(zone: Path) -> str:
    try:
        return (zone / "name").read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _rapl(zone: Path) -> Counter:
    counter = Counter(
        read=lambda: _number(zone / "energy_uj") * _J_PER_UJ,
        range_j=_number(zone / "max_energy_range_uj") * _J_PER_UJ,
    )
    counter.read()
    return counter


def _number(file: Path) -> int:
    text = file.read_bytes()[:_MAX_BYTES].strip()
    if not text.isdigit():
        raise OSError(f"{file.name} holds no number")
    return int(text)


def gpus(library: str = NVML, devices: Path = GPUS) -> Meter:
    """A meter of every NVIDIA GPU, by the library that comes with its driver."""
    try:
        nvml = ctypes.CDLL(library)
    except OSError:
        there = devices.is_dir() and any(devices.iterdir())
        return Meter((), f"the GPUs' energy is not known: {library} is not there" if there else NO_GPU)
    try:
        _call(nvml, "nvmlInit_v2")
        count = ctypes.c_uint(0)
        _call(nvml, "nvmlDeviceGetCount_v2", ctypes.byref(count))
        if not count.value:
            return Meter((), NO_GPU)
        counters = [_gpu(nvml, index) for index in range(count.value)]
    except (OSError, AttributeError) as error:
        return Meter((), f"the GPUs' energy is not known: {_said(error)}")
    return Meter(counters)


def _gpu(nvml: ctypes.CDLL, index: int) -> Counter:
    device = ctypes.c_void_p()
    _call(nvml, "nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(index), ctypes.byref(device))

    def read() -> float:
        used = ctypes.c_ulonglong(0)
        _call(nvml, "nvmlDeviceGetTotalEnergyConsumption", device, ctypes.byref(used))
        return used.value * _J_PER_MJ

    read()
    return Counter(read=read)


def _call(nvml: ctypes.CDLL, name: str, *arguments: object) -> None:
    code = nvml[name](*arguments)
    if code:
        raise OSError(f"{name} ended with {code}")


def _said(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error)
