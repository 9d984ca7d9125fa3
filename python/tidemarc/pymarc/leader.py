"""The leader of a record."""

from typing import Union as Union

from .._tidemarc import Leader as Leader
from .constants import LEADER_LEN as LEADER_LEN
from .exceptions import BadLeaderValue as BadLeaderValue
from .exceptions import RecordLeaderInvalid as RecordLeaderInvalid
