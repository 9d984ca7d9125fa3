"""Fields, and the named tuples that they consist of."""

import logging as logging
import typing as typing
from collections import defaultdict as defaultdict
from collections.abc import Iterator as Iterator
from collections.abc import Sequence as Sequence
from typing import NamedTuple as NamedTuple

from .._tidemarc import Field as Field
from .._tidemarc import RawField as RawField
from .._types import Indicators as Indicators
from .._types import Subfield as Subfield
from .constants import END_OF_FIELD as END_OF_FIELD
from .constants import SUBFIELD_INDICATOR as SUBFIELD_INDICATOR
from .marc8 import marc8_to_unicode as marc8_to_unicode

logger = logging.getLogger("pymarc")


def map_marc8_field(f: Field) -> Field:
    """Decodes the MARC-8 values of a field, in place."""
    if f.control_field:
        f.data = marc8_to_unicode(f.data)
    else:
        f.subfields = [Subfield(code, marc8_to_unicode(value)) for code, value in f.subfields]
    return f
