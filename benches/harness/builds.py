"""Building tidemarc: the working tree with the peers, and another commit to compare it with."""

import os
import subprocess
import sys
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

from harness.commands import SetupError, call

ROOT = Path(__file__).resolve().parents[2]

PYMARC = "5.4.0"
MRRC = "0.9.2"
PYARROW = "26.0.1"
POLARS = "2.1.0"
MARCTABLE = "0.8.0"
POLARS_MARC21 = "0.3.0"
MARC21_CLI = "0.7.0"

# marctable needs a later Python than tidemarc does.
_TABLES_PYTHON = (3, 12)


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
    elsewhere: dict[str, Path] = field(default_factory=dict)
    """For packages that are in an environment of their own: its interpreter."""
    programs: dict[str, Path] = field(default_factory=dict)
    """The command `tidemarc`, the Python script of that name, and the interpreter."""
    peers: dict[str, Path] = field(default_factory=dict)
    """The commands of peers that were installed for the benchmark."""
    notes: list[str] = field(default_factory=list)


_BARE = ["--no-default-features"]
_TIDEMARC = [*_BARE, "--features", "tidemarc"]
_PEERS = [*_BARE, "--features", "peers"]


def with_peers(data: Path, needs: Set[str]) -> Build:
    """Builds what is needed of the working tree, and installs the peers beside it."""
    build = _build(data, _line("describe", "--always", "--dirty"))
    if "python" in needs:
        packages = {"pymarc": PYMARC, "mrrc": MRRC, "pyarrow": PYARROW, "polars": POLARS}
        _packages(build, build.python, packages)
        _tables(build, data)
    if "marc21" in needs:
        _marc21(build, data)
    _ours(build, data, ROOT, needs, [[], _TIDEMARC, _PEERS, _BARE])
    return build


def _ours(
    build: Build, home: Path, source: Path, needs: Set[str], choices: list[list[str]]
) -> None:
    """Builds what is needed of tidemarc: package, Rust jobs (see `_rust_jobs`), and command."""
    if needs & {"python", "tidemarc-script"}:
        _python_package(build, home, source)
    if "rust" in needs:
        _rust_jobs(build, home, source, choices)
    if "tidemarc" in needs:
        _command(build, home, source)


def _command(build: Build, home: Path, source: Path) -> None:
    """Builds the command `tidemarc`."""
    command = ("cargo", "build", "--quiet", "--release", "--features", "cli", "--bin", "tidemarc")
    if fault := call(*command, cwd=source, CARGO_TARGET_DIR=str(home / "target")):
        build.notes.append(f"The command tidemarc could not be built: {fault}")
    else:
        build.programs["tidemarc"] = home / "target" / "release" / "tidemarc"


def _marc21(build: Build, data: Path) -> None:
    """Installs the command of the crate marc21-cli, in a folder of its own for each version."""
    root = data / f"marc21-cli-{MARC21_CLI}"
    program = root / "bin" / "marc21"
    if not program.exists():
        command = ("cargo", "install", "--quiet", "marc21-cli", "--version", MARC21_CLI)
        fault = call(
            *command, "--locked", "--root", root,
            CARGO_PROFILE_RELEASE_LTO="fat",
            CARGO_PROFILE_RELEASE_CODEGEN_UNITS="1",
            CARGO_TARGET_DIR=str(data / "target-marc21"),
        )  # fmt: skip
        if fault:
            build.notes.append(f"marc21-cli {MARC21_CLI} could not be installed: {fault}")
            return
    build.peers["marc21"] = program


def _packages(build: Build, python: Path, wanted: dict[str, str]) -> None:
    """Installs these versions of Python packages, if they are not there."""
    for name, version in wanted.items():
        if _installed(python, name) != version:
            fault = call(*_pip(python), f"{name.replace('_', '-')}=={version}")
            if fault:
                build.notes.append(f"{name} {version} could not be installed: {fault}")
        if found := _installed(python, name):
            build.modules[name] = found


def _tables(build: Build, data: Path) -> None:
    """Installs the peers that make tables in an environment of their own."""
    base = next(filter(_is_recent, _interpreters()), None)
    if base is None:
        version = ".".join(map(str, _TABLES_PYTHON))
        build.notes.append(f"marctable and polars-marc21 need Python {version}, which is missing.")
        return
    python = data / "venv-tables" / "bin" / "python"
    if not python.exists() and (fault := call(base, "-m", "venv", data / "venv-tables")):
        build.notes.append(f"no environment for marctable could be made: {fault}")
        return
    wanted = {"marctable": MARCTABLE, "polars_marc21": POLARS_MARC21}
    _packages(build, python, wanted)
    build.elsewhere |= dict.fromkeys(wanted, python)


def _interpreters() -> Iterator[str]:
    """Returns the interpreters that may be there: this one, those on the PATH, those of pyenv."""
    yield sys.executable
    yield from (f"python3.{minor}" for minor in range(_TABLES_PYTHON[1], 16))
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob("versions/*/bin/python3")))


def _is_recent(python: str) -> bool:
    program = f"import sys; sys.exit(sys.version_info[:2] < {_TABLES_PYTHON})"
    try:
        return subprocess.run([python, "-c", program], capture_output=True).returncode == 0
    except OSError:
        return False


def pair(data: Path, needs: Set[str], commit: str) -> tuple[Build, Build]:
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
        _alone(folder / "current", ROOT, needs, _line("describe", "--always", "--dirty")),
        _alone(folder / sha[:12], tree, needs, _line("describe", "--always", sha)),
    )


def _alone(home: Path, source: Path, needs: Set[str], commit: str) -> Build:
    build = _build(home, commit)
    _ours(build, home, source, needs, [_TIDEMARC])
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
    build.programs["interpreter"] = build.python
    return build


def _pip(python: Path) -> tuple[str | Path, ...]:
    return (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")


def _python_package(build: Build, home: Path, source: Path) -> None:
    """Installs tidemarc from its sources; removes an older one if that fails."""
    command = (*_pip(build.python), "--no-deps", "--force-reinstall", source)
    if fault := call(*command, CARGO_TARGET_DIR=str(home / "target")):
        build.notes.append(f"tidemarc's Python package could not be built: {fault}")
        call(build.python, "-m", "pip", "uninstall", "--quiet", "--yes", "tidemarc")
    elif found := _installed(build.python, "tidemarc"):
        build.modules["tidemarc"] = found
        build.programs["tidemarc-script"] = build.python.parent / "tidemarc"


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
