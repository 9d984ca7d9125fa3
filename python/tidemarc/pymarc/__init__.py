"""Everything that ``pymarc`` 5.4 has, over tidemarc's records and readers.

``import tidemarc.pymarc as pymarc`` is all that a program changes. What differs is listed in
``docs/pymarc.md``.
"""

# pymarc's modules say nothing of what is theirs, so `from pymarc import *` gives the modules that
# they import too, and programs have come to rely on that: `from pymarc import Optional`.
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
