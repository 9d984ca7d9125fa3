"""All names of ``pymarc`` 5.4, on top of tidemarc's records and readers.

A program only has to write ``import tidemarc.pymarc as pymarc``. ``docs/pymarc.md`` lists the
differences.
"""

# pymarc's modules have no `__all__`, so `from pymarc import *` also imports the modules and names
# that they import. Programs rely on that: `from pymarc import Optional`.
from typing import Optional as Optional

from . import marc8_mapping as marc8_mapping
from .constants import *
from .exceptions import *
from .field import *
from .leader import *
from .marc8 import MARC8ToUnicode as MARC8ToUnicode
from .marc8 import marc8_to_unicode as marc8_to_unicode
from .marcjson import *
from .marcxml import *
from .reader import *
from .record import *
from .writer import *
