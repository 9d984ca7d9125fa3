"""Install each file of a release into an empty environment, and try it there.

`python check.py DIST`, with a Python that has pip and auditwheel. A wheel is tried without Rust:
under every Python of this machine if it is for this machine, and otherwise under the Python that
`interpreter.sh` prepares. The sdist and the crate need Rust and are compiled.
"""

import argparse
import io
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from elftools.elf.elffile import ELFFile
from shared import clean_environment, unpack
from wheels import TARGETS, Target

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
FIXTURES = ROOT / "tests" / "fixtures"
CHECK_WHEEL = ROOT / "tests" / "wheel" / "check.py"


def main() -> int:
    """Check the sdist, the crate and all wheels, and name those that fail."""
    parser = argparse.ArgumentParser(description="Try the files of a release.")
    parser.add_argument("dist", type=Path, help="folder of the sdist and the wheels")
    parser.add_argument("--target-dir", type=Path, default=ROOT / "target")
    chosen = parser.parse_args()
    dist, target_dir = chosen.dist.resolve(strict=True), chosen.target_dir.resolve()

    results = []
    for wheel in sorted(dist.glob("*.whl")):
        (target,) = (target for target in TARGETS if target.tag in wheel.name)
        results.append((wheel.name, check_wheel(wheel, target)))
    (sdist,) = dist.glob("*.tar.gz")
    results.append((sdist.name, check_sdist(sdist, target_dir)))
    crate = target_dir / "package" / f"{sdist.name.removesuffix('.tar.gz')}.crate"
    results.append((crate.name, check_crate(crate, target_dir)))
    print()
    for name, verdict in results:
        print(f"release: {name}: {verdict or 'works'}")
    return int(any(verdict for _, verdict in results))


def ends_well(*command: str | Path, env: dict[str, str] | None = None) -> bool:
    """Run a command, and return true if it succeeds."""
    print("release:", *(getattr(word, "name", word) for word in command), flush=True)
    return subprocess.run(command, env=env).returncode == 0


def check_wheel(wheel: Path, target: Target) -> str:
    """Return the reason for which a wheel fails, or nothing."""
    if problem := check_platform(wheel, target):
        return problem
    options: list[str | Path] = []
    if target.name != f"gnu-{platform.machine()}":
        interpreter = subprocess.run(
            [HERE / "interpreter.sh", target.name], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHON": sys.executable},
        )  # fmt: skip
        if interpreter.returncode != 0:
            return "NOT tried: there is no interpreter for it"
        options += ["--python", interpreter.stdout.strip()]
        if not target.name.startswith("gnu"):
            options += ["--tag", target.tag]
    return "" if ends_well(sys.executable, CHECK_WHEEL, *options, wheel) else "fails"


def check_platform(wheel: Path, target: Target) -> str:
    """Return the reason for which the module needs more than the platform has, or nothing."""
    if not target.name.startswith("gnu"):
        # musl has no versions of symbols. Its loader provides everything that is named libc.so;
        # auditwheel takes a file of this machine for it and fails.
        needed = needed_libraries(wheel)
        return "" if needed == ["libc.so"] else f"needs {', '.join(needed)}"
    shown = subprocess.run(
        [sys.executable, "-m", "auditwheel", "show", wheel], capture_output=True, text=True
    )
    # It finds the oldest platform by itself; the lines of its report are wrapped.
    if f'"{target.tag}"' in " ".join(shown.stdout.split()):
        return ""
    return f"auditwheel does not find {target.tag}: {shown.stdout}{shown.stderr}"


def needed_libraries(wheel: Path) -> list[str]:
    """Return the shared libraries that the module of a wheel needs."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".so"))
        module = ELFFile(io.BytesIO(archive.read(name)))
    tags = module.get_section_by_name(".dynamic").iter_tags()
    return [tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED"]


def check_sdist(sdist: Path, target_dir: Path) -> str:
    """Return the reason for which the sdist fails, or nothing."""
    with tempfile.TemporaryDirectory(prefix="tidemarc-sdist-") as directory:
        # pip builds the wheel as it does for a user, with a maturin that it fetches itself.
        build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
        if not ends_well(*build, directory, sdist, env=quick_environment(target_dir)):
            return "pip cannot build it"
        (wheel,) = Path(directory).glob("*.whl")
        command = [sys.executable, CHECK_WHEEL, "--python", sys.executable, wheel]
        return "" if ends_well(*command) else "the wheel that it builds fails"


def check_crate(crate: Path, target_dir: Path) -> str:
    """Return the reason for which the crate fails, or nothing."""
    with tempfile.TemporaryDirectory(prefix="tidemarc-crate-") as directory:
        project = unpack(crate, Path(directory, "crate"))
        command: list[str | Path] = ["cargo", "install", "--quiet", "--locked", "--debug"]
        command += ["--features", "cli", "--path", project, "--root", directory]
        if not ends_well(*command, env=quick_environment(target_dir)):
            return "cargo cannot install it"
        installed = Path(directory, "bin", "tidemarc")
        return "" if ends_well(installed, "check", FIXTURES / "books.mrc") else "the command fails"


def quick_environment(target_dir: Path) -> dict[str, str]:
    """Return the environment for a build that only has to succeed."""
    return {
        **clean_environment(),
        "CARGO_TARGET_DIR": str(target_dir / "release-check"),
        "CARGO_PROFILE_RELEASE_LTO": "off",
        "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
        "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0",
    }


if __name__ == "__main__":
    if not shutil.which("cargo"):
        raise SystemExit("release: the sdist and the crate need cargo")
    sys.exit(main())
