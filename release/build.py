"""Build what a release publishes: the crate, the sdist, and a wheel for each target.

`python build.py DIST`, with a Python that has maturin, zig and twine, and with cargo and rustup on
PATH. The wheels are built from the sdist, so an sdist that lacks a file builds none. The folder
DIST receives the sdist and the wheels, all that goes to PyPI; the crate goes to `target/package`.
"""

import argparse
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from shared import BIN, clean_environment, unpack
from wheels import TARGETS, Target

ROOT = Path(__file__).resolve().parent.parent

# Settings of the profile for `--quick`.
QUICK = {
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1",
    "CARGO_PROFILE_RELEASE_DEBUG": "0",
}


def main() -> int:
    """Build everything, or only the wheels of `--only`."""
    parser = argparse.ArgumentParser(description="Build the files of a release.")
    parser.add_argument("dist", type=Path, help="folder of the sdist and the wheels")
    parser.add_argument("--target-dir", type=Path, default=ROOT / "target")
    parser.add_argument("--only", action="append", choices=[target.name for target in TARGETS])
    parser.add_argument(
        "--quick", action="store_true", help="compile in a short time, to try all this"
    )
    chosen = parser.parse_args()
    targets = [target for target in TARGETS if chosen.only is None or target.name in chosen.only]

    environment = clean_environment()
    if chosen.quick:
        environment |= QUICK
    version, remarks = project_version()
    require_targets(targets, environment)
    dist = chosen.dist.resolve()
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir(parents=True)
    work = chosen.target_dir.resolve() / "release-wheels"

    build_crate(chosen.target_dir.resolve(), environment)
    sdist = build_sdist(dist, version, environment)
    source = unpack(sdist, work / "source")
    for target in targets:
        build_wheel(target, source, dist, work / "cargo", environment)
    files = sorted(dist.iterdir())
    run(BIN / "twine", "check", "--strict", *files, environment=environment)
    for file in files:
        print(f"release: {file.name}, {file.stat().st_size / 1e6:.1f} MB")
    if left_out := [target.name for target in TARGETS if target not in targets]:
        remarks.append(f"the wheels for {', '.join(left_out)} are missing")
    if chosen.quick:
        remarks.append("the wheels were compiled quickly and are slow")
    for remark in remarks:
        print(f"release: NOT for publishing: {remark}")
    return 0


def run(*command: str | Path, environment: dict[str, str], cwd: Path = ROOT) -> None:
    """Run a command, and end with its name if it fails."""
    print("release:", *(getattr(word, "name", word) for word in command), flush=True)
    if subprocess.run(command, cwd=cwd, env=environment).returncode != 0:
        raise SystemExit(f"release: {command[0]} failed")


def project_version() -> tuple[str, list[str]]:
    """Return the version, and a remark if the changelog has no section for it."""
    with open(ROOT / "Cargo.toml", "rb") as file:
        version = tomllib.load(file)["package"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    has_section = f"\n## {version}" in changelog
    return version, [] if has_section else [f"CHANGELOG.md has no section {version}"]


def require_targets(targets: list[Target], environment: dict[str, str]) -> None:
    """Add the targets that Rust lacks."""
    for target in targets:
        library = subprocess.run(
            ["rustc", "--print", "target-libdir", "--target", target.triple],
            capture_output=True, text=True, env=environment,
        )  # fmt: skip
        if library.returncode == 0 and Path(library.stdout.strip()).is_dir():
            continue
        if not shutil.which("rustup", path=environment["PATH"]):
            raise SystemExit(f"release: Rust has no target {target.triple}, and there is no rustup")
        run("rustup", "target", "add", target.triple, environment=environment)


def build_crate(target_dir: Path, environment: dict[str, str]) -> None:
    """Package the crate, and build the command from its own archive."""
    # Refuses files that are not committed: what is published has a commit.
    run(
        "cargo", "package", "--locked", "--features", "cli,index",
        "--target-dir", target_dir, environment=environment,
    )  # fmt: skip


def build_sdist(dist: Path, version: str, environment: dict[str, str]) -> Path:
    """Build the sdist and return its path."""
    run(BIN / "maturin", "sdist", "--out", dist, environment=environment)
    return dist / f"tidemarc-{version}.tar.gz"


def build_wheel(
    target: Target, source: Path, dist: Path, cargo: Path, environment: dict[str, str]
) -> None:
    """Build one wheel. Maturin fails if it needs more than its platform has."""
    run(
        BIN / "maturin", "build", "--release", "--locked", "--strip", "--zig",
        "--target", target.triple, "--compatibility", target.platform,
        "--target-dir", cargo, "--out", dist,
        environment=environment, cwd=source,
    )  # fmt: skip
    # A wheel may have an older name of the same platform before it, such as manylinux2014.
    if not list(dist.glob(f"*[-.]{target.tag}.whl")):
        raise SystemExit(f"release: {dist} has no wheel for {target.tag}")


if __name__ == "__main__":
    sys.exit(main())
