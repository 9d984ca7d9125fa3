"""The wheels of a release, one for each target of Rust."""

from typing import NamedTuple


class Target(NamedTuple):
    """One wheel: the machine and the C library that it is for."""

    # Name by which `--only` selects it, and by which `interpreter.sh` finds a Python for it.
    name: str
    # Target of Rust, which rustup can add.
    triple: str
    # Oldest C library that it runs with, as a platform tag without the machine.
    platform: str

    @property
    def machine(self) -> str:
        """Return the processor, as the tags of wheels spell it."""
        return self.triple.split("-", 1)[0]

    @property
    def tag(self) -> str:
        """Return the platform tag that the file name of the wheel must contain."""
        return f"{self.platform}_{self.machine}"


TARGETS = [
    Target("gnu-x86_64", "x86_64-unknown-linux-gnu", "manylinux_2_17"),
    Target("gnu-aarch64", "aarch64-unknown-linux-gnu", "manylinux_2_17"),
    Target("musl-x86_64", "x86_64-unknown-linux-musl", "musllinux_1_2"),
    Target("musl-aarch64", "aarch64-unknown-linux-musl", "musllinux_1_2"),
]
