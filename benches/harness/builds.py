"""Building tidemarc: the working tree with the peers, and another commit to compare it with."""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from harness.commands import SetupError, call

ROOT = Path(__file__).resolve().parents[2]

PYMARC = "5.4.0"
MRRC = "0.9.2"


@dataclass
class Build:
    """The programs of one state of the sources."""

    commit: str
    python: Path
    """The interpreter of an environment that has the Python packages."""
    rust: Path | None = None
    rust_jobs: frozenset[str] = frozenset()
    modules: dict[str, str] = field(default_factory=dict)
    """Python packages that can be imported, with their versions."""
    notes: list[str] = field(default_factory=list)


_BARE = ["--no-default-features"]
_TIDEMARC = [*_BARE, "--features", "tidemarc"]
_PEERS = [*_BARE, "--features", "peers"]


def with_peers(data: Path) -> Build:
    """Builds the working tree, and installs the peers beside it."""
    build = _build(data, _line("describe", "--always", "--dirty"))
    for name, wanted in (("pymarc", PYMARC), ("mrrc", MRRC)):
        if _installed(build.python, name) != wanted:
            fault = call(*_pip(build), f"{name}=={wanted}")
            if fault:
                build.notes.append(f"{name} {wanted} could not be installed: {fault}")
    _python_package(build, data, ROOT)
    _rust_jobs(build, data, ROOT, [[], _TIDEMARC, _PEERS, _BARE])
    for name in ("pymarc", "mrrc"):
        if found := _installed(build.python, name):
            build.modules[name] = found
    return build


def pair(data: Path, commit: str) -> tuple[Build, Build]:
    """Builds the working tree and another commit, each with its own Rust jobs, without peers.

    Each has a folder of its own with an environment and cargo's target, so a second comparison
    builds only the changes.
    """
    sha = _line("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
    if not sha:
        raise SetupError(f"git knows no commit {commit}")
    folder = data / "against"
    tree = folder / sha[:12] / "tree"
    if not tree.exists():
        # --force: git may remember a work tree here that was deleted with the cache.
        fault = call("git", "-C", ROOT, "worktree", "add", "--force", "--detach", tree, sha)
        if fault:
            raise SetupError(f"{commit} could not be checked out: {fault}")
    return (
        _alone(folder / "current", ROOT, _line("describe", "--always", "--dirty")),
        _alone(folder / sha[:12], tree, _line("describe", "--always", sha)),
    )


def _alone(home: Path, source: Path, commit: str) -> Build:
    build = _build(home, commit)
    _python_package(build, home, source)
    _rust_jobs(build, home, source, [_TIDEMARC])
    build.notes = [f"{commit}: {note}" for note in build.notes]
    return build


def _line(*arguments: str) -> str:
    """Returns the line that git prints about this repository."""
    done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True)
    return done.stdout.strip()


def _build(home: Path, commit: str) -> Build:
    """Makes a virtual environment in `home`, if it has none yet."""
    environment = home / f"venv-{sys.version_info.major}.{sys.version_info.minor}"
    build = Build(commit, environment / "bin" / "python")
    if not build.python.exists():
        fault = call(sys.executable, "-m", "venv", environment)
        if fault:
            raise SetupError(f"no virtual environment could be made: {fault}")
    return build


def _pip(build: Build) -> tuple[str | Path, ...]:
    return (build.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")


def _python_package(build: Build, home: Path, source: Path) -> None:
    """Installs tidemarc from its sources; removes an older one if that fails."""
    command = (*_pip(build), "--no-deps", "--force-reinstall", source)
    if fault := call(*command, CARGO_TARGET_DIR=str(home / "target")):
        build.notes.append(f"tidemarc's Python package could not be built: {fault}")
        call(build.python, "-m", "pip", "uninstall", "--quiet", "--yes", "tidemarc")
    elif found := _installed(build.python, "tidemarc"):
        build.modules["tidemarc"] = found


def _installed(python: Path, package: str) -> str | None:
    """Returns the version of a package, if it can be imported."""
    program = f"import {package}, importlib.metadata as m; print(m.version({package!r}))"
    done = subprocess.run(
        [python, "-P", "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    return done.stdout.strip() if done.returncode == 0 else None


def _rust_jobs(build: Build, home: Path, source: Path, choices: list[list[str]]) -> None:
    """Builds `benches/rust` with the first of these sets of features that can be built."""
    target = home / "target"
    for features in choices:
        command = ("cargo", "build", "--quiet", "--release", *features)
        fault = call(*command, cwd=source / "benches" / "rust", CARGO_TARGET_DIR=str(target))
        if fault is None:
            break
        which = " ".join(features) or "whole"
        build.notes.append(f"The Rust jobs could not be built ({which}): {fault}")
    else:
        return
    build.rust = target / "release" / "jobs"
    listing = subprocess.run([build.rust, "list"], stdout=subprocess.PIPE, text=True, check=True)
    build.rust_jobs = frozenset(listing.stdout.split())
