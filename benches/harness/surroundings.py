"""Where a measurement took place, and with what."""

import datetime
import os
import platform
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.builds import MARC21_CLI
from harness.commands import first_line
from harness.job import Mode
from harness.process import Cores
from harness.setup import BENCHES, CORPUS, Bench

_TICK = 1.0 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Busy:
    """Seconds that a set of cores has worked since the machine started."""

    work: float
    stolen: float
    """By the other guests of the machine's host."""


def busy(cores: Sequence[int]) -> Busy:
    """What the kernel says of these cores now."""
    work = stolen = 0.0
    for line in _text("/proc/stat").splitlines():
        name, *numbers = line.split()
        if name in {f"cpu{core}" for core in cores}:
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, numbers[:8])
            work += (user + nice + system + irq + softirq) * _TICK
            stolen += steal * _TICK
    return Busy(work, stolen)


def describe(bench: Bench, cores: Cores, modes: Sequence[Mode]) -> dict[str, str]:
    """Returns machine, versions and corpus, by name."""
    path, records = bench.files["full"]
    places = {"pinned": _cores(cores.chosen), "unpinned": f"{len(cores.usable)} usable cores"}
    about: dict[str, str] = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": bench.current.commit,
        "machine": f"{_processor()}, {os.cpu_count()} logical processors, {_memory()} of memory",
        "system": f"{platform.system()} {platform.release()}, {' '.join(platform.libc_ver())}",
        **{mode: places[mode] for mode in modes},
        "corpus": f"{CORPUS}: {records:,} records, {path.stat().st_size:,} bytes, cached",
        "sample": f"{bench.files['sample'][1]:,} records of it, evenly spread",
        "Rust": first_line("rustc", "--version"),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "tidemarc": bench.current.modules.get("tidemarc", "no Python package"),
    }
    if bench.before:
        return about | {"before": bench.before.commit}
    return about | {
        "pymarc": bench.current.modules.get("pymarc", "took no part"),
        "mrrc (Python)": bench.current.modules.get("mrrc", "took no part"),
        **{f"{name} (Rust)": version for name, version in _locked("mrrc", "marc21")},
        "yaz-marcdump": first_line("yaz-marcdump", "-V"),
        "marc21 (command)": MARC21_CLI if "marc21" in bench.current.peers else "took no part",
    }


def _cores(cores: Sequence[int]) -> str:
    numbers = " and ".join(map(str, cores))
    return f"core {numbers}" if len(cores) == 1 else f"cores {numbers}"


def _processor() -> str:
    found = re.search(r"model name\s*: (.*)", _text("/proc/cpuinfo"))
    return found[1] if found else platform.machine()


def _memory() -> str:
    found = re.search(r"MemTotal:\s*(\d+)", _text("/proc/meminfo"))
    return f"{int(found[1]) / 1024**2:.0f} GiB" if found else "an unknown amount"


def _text(path: str | Path) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _locked(*names: str) -> Iterator[tuple[str, str]]:
    """Versions of crates as the lock file of the Rust jobs has them."""
    lock = _text(BENCHES / "rust" / "Cargo.lock")
    for name in names:
        found = re.search(rf'name = "{name}"\nversion = "([^"]+)"', lock)
        yield name, found[1] if found else "missing"
