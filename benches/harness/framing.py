"""Records of a sound file of ISO 2709, as bytes."""


def record_starts(octets: bytes) -> list[int]:
    """Returns the offset of each record, and that of the end of the file."""
    starts = [0]
    while starts[-1] < len(octets):
        starts.append(starts[-1] + int(octets[starts[-1] : starts[-1] + 5]))
    return starts


def control_number(octets: bytes, start: int) -> str:
    """Returns the first field of the record at `start`, which is 001."""
    base = start + int(octets[start + 12 : start + 17])
    length, offset = int(octets[start + 27 : start + 31]), int(octets[start + 31 : start + 36])
    return octets[base + offset : base + offset + length - 1].decode()
