"""A job, and those who do it: the types of the plan."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["rust", "python", "command"]
Side = Literal["ours", "peer", "limit"]
"""tidemarc, other software, or a limit of the machine or the language."""
Mode = Literal["pinned", "unpinned"]


@dataclass(frozen=True)
class Contender:
    """One program doing one job."""

    name: str
    label: str
    kind: Kind
    argument: str
    """The name of the job in the Rust binary, of the contender in `python_jobs.py`, or a command.

    A command is a program and its arguments, as a shell takes them. `{file}` stands for the path of
    the file, `{NAME}` for that of another kind of file, and `{cache}` for the folder of the cache.
    """
    file: str = "full"
    side: Side = "ours"
    alone: str | None = None
    """Name of the contender that does the same work on one thread, if this one uses more."""
    copies: int = 1
    """Number of processes that do the whole work at the same time."""
    mode: Mode = "pinned"
    """Pinned to the chosen cores, or free to use all that the harness may use."""
    status: int = 0
    """Exit status of a command that has done its work."""
    starts: int = 1
    """Number of times that a command is started, one after the other, in one run."""
    before: bool = False
    """True for the build that the current one is compared with."""

    @property
    def needs(self) -> str:
        """The kind, or for a command the name of its program."""
        return self.argument.split()[0] if self.kind == "command" else self.kind

    @property
    def files(self) -> frozenset[str]:
        """The kinds of file that this contender reads."""
        named = re.findall(r"\{(\w+)\}", self.argument) if self.kind == "command" else []
        return frozenset((self.file, *named)) - {"file", "cache"}

    @property
    def title(self) -> str:
        """Label with the ways in which this contender differs from the one in the plan."""
        parts = [self.label]
        if self.copies > 1:
            parts.append(f"{self.copies} copies")
        if self.mode == "unpinned":
            parts.append("unpinned")
        if self.before:
            parts.append("before")
        return ", ".join(parts)


@dataclass(frozen=True)
class Job:
    """Contenders that do the same work, run in turns."""

    name: str
    title: str
    contenders: tuple[Contender, ...]
    note: str = ""
    work: str | None = None
    """Name of the function in `python_jobs.py`, if it is not the job's."""
    timed: bool = True
    """False if only the memory counts."""
    group: str | None = None
    """Name by which several jobs are chosen together."""
