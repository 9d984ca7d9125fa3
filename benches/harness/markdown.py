"""Tables and numbers in Markdown."""

from collections.abc import Iterator, Sequence


def row(*cells: str) -> str:
    """Returns a row of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def head(*titles: str) -> Iterator[str]:
    """Yields the head of a table. A title that begins with ">" is that of a column of numbers."""
    yield row(*(title.removeprefix(">") for title in titles))
    yield row(*("---:" if title.startswith(">") else "---" for title in titles))


def number(value: float) -> str:
    """Returns a number with three significant digits, or all before the point."""
    places = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{places}f}"


def ratio(value: float, by_round: Sequence[float]) -> str:
    """Returns a ratio of medians with the least and the greatest of the single rounds."""
    return f"{value:.3f} ({min(by_round):.2f} to {max(by_round):.2f})"
