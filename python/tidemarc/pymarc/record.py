"""Records."""

import json as json
import logging as logging
import re as re
import typing as typing
import unicodedata as unicodedata
import warnings as warnings
from re import Pattern as Pattern

from .._tidemarc import Record as Record
from ._replaced import watch
from .constants import DIRECTORY_ENTRY_LEN as DIRECTORY_ENTRY_LEN
from .constants import END_OF_FIELD as END_OF_FIELD
from .constants import END_OF_RECORD as END_OF_RECORD
from .constants import LEADER_LEN as LEADER_LEN
from .constants import SUBFIELD_INDICATOR as SUBFIELD_INDICATOR
from .exceptions import BadSubfieldCodeWarning as BadSubfieldCodeWarning
from .exceptions import BaseAddressInvalid as BaseAddressInvalid
from .exceptions import BaseAddressNotFound as BaseAddressNotFound
from .exceptions import FieldNotFound as FieldNotFound
from .exceptions import MissingLinkedFields as MissingLinkedFields
from .exceptions import NoFieldsFound as NoFieldsFound
from .exceptions import RecordDirectoryInvalid as RecordDirectoryInvalid
from .exceptions import RecordLeaderInvalid as RecordLeaderInvalid
from .exceptions import TruncatedRecord as TruncatedRecord
from .field import Field as Field
from .field import Indicators as Indicators
from .field import RawField as RawField
from .field import Subfield as Subfield
from .field import map_marc8_field as map_marc8_field
from .leader import Leader as Leader
from .marc8 import marc8_to_unicode as marc8_to_unicode

isbn_regex: Pattern[str] = re.compile(r"([0-9\-xX]+)")
logger = logging.getLogger("pymarc")


watch(
    __name__,
    *("Field", "Leader", "RawField", "isbn_regex", "json", "marc8_to_unicode"),
)


def map_marc8_record(record: Record) -> Record:
    """Decodes the MARC-8 values of a record, in place, and sets leader/09 to ``a``."""
    record.fields = [map_marc8_field(field) for field in record.fields]
    text = record.leader.leader
    record.leader = Leader(text[:9] + "a" + text[10:])
    return record


def normalize_subfield_code(subfield: bytes) -> tuple[str, int]:
    """Returns the ASCII letter on which a code is based, and the length of the code in bytes."""
    length = 1
    try:
        text = subfield.decode("utf-8")
        length = len(text[0].encode("utf-8"))
    except UnicodeDecodeError:
        text = subfield.decode("latin-1")
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return letters[0], length


def _bad_subfield_code(subfield: bytes) -> tuple[str, int]:
    """Warns about a code that is not ASCII, and returns an ASCII code for it."""
    # The warning is issued on one fixed line, as in pymarc: a filter that shows each line once
    # shows each subfield once.
    warnings.warn(BadSubfieldCodeWarning(subfield), stacklevel=1)
    return normalize_subfield_code(subfield)
