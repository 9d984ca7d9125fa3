"""Install a wheel into a fresh environment of every CPython on this machine, and try it there.

`python check.py WHEEL`, with a Python that has pip. The interpreters are those of 3.11 and later
on PATH and under pyenv; a free-threaded build is passed over, because abi3 does not cover it.
`--python` names another one instead, such as one for another machine under qemu.

An environment has neither packages nor Rust: its PATH has no folder with cargo or rustc.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parent / "fixtures"

OLDEST = (3, 11)
NAMES = ["python3", *(f"python3.{minor}" for minor in range(11, 21))]

# Prints implementation, version, whether free-threaded, and the interpreter itself: a shim or a
# virtual environment is followed to what it stands for.
PROBE = """
import os, sys, sysconfig
print(sys.implementation.name, "%d.%d.%d" % sys.version_info[:3],
      int(bool(sysconfig.get_config_var("Py_GIL_DISABLED"))),
      os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable), sep="\\t")
"""


def candidates() -> Iterator[Path]:
    """Yield what may be an interpreter, with repetitions."""
    yield Path(sys.executable)
    for name in NAMES:
        # Not only the first on PATH: /usr/bin/python3.11 counts beside a pyenv shim.
        for directory in os.get_exec_path():
            if found := shutil.which(name, path=directory):
                yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob("versions/*/bin/python3"))


def interpreters() -> list[tuple[str, Path]]:
    """Return version and path of each CPython that the wheel is made for, oldest first."""
    found: dict[Path, str] = {}
    for candidate in candidates():
        probe = subprocess.run([candidate, "-c", PROBE], capture_output=True, text=True)
        if probe.returncode != 0:  # a shim of a version that is not switched on
            continue
        name, version, free_threaded, path = probe.stdout.rstrip("\n").split("\t")
        supported = tuple(map(int, version.split(".")))[:2] >= OLDEST
        if name == "cpython" and free_threaded == "0" and supported:
            found.setdefault(Path(path), version)
    return sorted(
        ((version, path) for path, version in found.items()),
        key=lambda pair: tuple(map(int, pair[0].split("."))),
    )


def version_of(python: Path) -> str:
    """Return the version and the machine of an interpreter."""
    probe = "import platform as p; print(p.python_version(), p.machine())"
    return subprocess.run(
        [python, "-c", probe], check=True, capture_output=True, text=True
    ).stdout.strip()


def check_contents(wheel: Path) -> None:
    """Check what every installation relies on: types, licences, one module for all versions."""
    if "-cp311-abi3-" not in wheel.name:
        raise SystemExit(f"{wheel.name}: not an abi3 wheel for Python 3.11 and later")
    with zipfile.ZipFile(wheel) as archive:
        names = [name.split("/", 1)[1] for name in archive.namelist()]
        if "pyspark_tidemarc/__init__.py" not in archive.namelist():
            raise SystemExit(f"{wheel.name}: pyspark_tidemarc is missing")
    for wanted in ("py.typed", "_tidemarc.pyi", "licenses/LICENSE-MIT", "licenses/LICENSE-APACHE"):
        if wanted not in names:
            raise SystemExit(f"{wheel.name}: {wanted} is missing")


def bare_environment() -> dict[str, str]:
    """Return the environment of a user who has neither Rust nor settings of Python."""
    foreign = ("PYTHON", "CARGO", "RUST", "VIRTUAL_ENV")
    bare = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    folders = [
        folder
        for folder in os.get_exec_path()
        if not any(Path(folder, name).exists() for name in ("cargo", "rustc", "rustup"))
    ]
    bare["PATH"] = os.pathsep.join(folders)
    return bare


def check_under(python: Path, wheel: Path, tag: str | None = None) -> None:
    """Install the wheel into an environment of this Python and run `smoke.py` there.

    Where pip cannot run or cannot recognise the platform, `tag` names it, and the pip of this
    script installs for it. The command is then started by its function instead of its script.
    """
    environment = bare_environment()
    with tempfile.TemporaryDirectory(prefix="tidemarc-wheel-") as directory:
        # Debian's Python has no ensurepip; the pip that runs this script serves all.
        subprocess.run([python, "-m", "venv", "--without-pip", directory], check=True)
        inner = Path(directory, "bin", "python")
        pip: list[str | Path] = [sys.executable, "-m", "pip", "--quiet"]
        if tag is None:
            install = [*pip, "--python", inner, "install", "--no-index", "--no-deps", wheel]
            command: list[str | Path] = [inner.with_name("tidemarc")]
        else:
            (packages,) = Path(directory, "lib").glob("python3*/site-packages")
            install = [*pip, "install", "--no-index", "--no-deps", "--target", packages]
            install += ["--only-binary", ":all:", "--platform", tag, "--python-version"]
            install += [packages.parent.name.removeprefix("python"), wheel]
            start = "import sys; from tidemarc._command import main; sys.exit(main())"
            command = [inner, "-c", start]
        subprocess.run(install, check=True, env=environment)
        # -W error: no version of Python may warn about us; -P: nothing comes from this directory.
        smoke = [inner, "-P", "-W", "error", HERE / "smoke.py", FIXTURES]
        subprocess.run(smoke, check=True, cwd=directory, env=environment)
        check_command(command, Path(directory), environment)


def check_command(command: list[str | Path], directory: Path, environment: dict[str, str]) -> None:
    """Run the command on files and in a pipe."""
    books = FIXTURES / "books.mrc"

    def run(*arguments: str | Path, stdin: bytes = b"") -> bytes:
        ended = subprocess.run(
            [*command, *arguments], input=stdin, stdout=subprocess.PIPE, cwd=directory,
            env=environment, check=True,
        )  # fmt: skip
        return ended.stdout

    assert run("--version").startswith(b"tidemarc ")
    run("check", books)
    run("convert", books, "-o", "books.xml.gz")
    assert run("convert", "--to", "iso2709", "books.xml.gz") == books.read_bytes()
    assert run("count", "--bare", "-", stdin=books.read_bytes()) == b"60\n"


def main() -> int:
    """Check the wheel under every interpreter, and name those under which it fails."""
    parser = argparse.ArgumentParser(description="Try a wheel under every CPython here.")
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--python", type=Path, help="try it under this one only")
    parser.add_argument("--tag", help="platform of this Python, if its pip cannot find it")
    chosen = parser.parse_args()
    wheel = chosen.wheel.resolve(strict=True)
    check_contents(wheel)
    failed = 0
    pythons = [(version_of(chosen.python), chosen.python)] if chosen.python else interpreters()
    for version, python in pythons:
        try:
            check_under(python, wheel, chosen.tag)
        except subprocess.CalledProcessError:
            failed += 1
            print(f"wheel: fails under CPython {version} ({python})", file=sys.stderr)
        else:
            print(f"wheel: works under CPython {version} ({python})", flush=True)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
