"""Who may set a field: plain Python, no database."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Protection:
    """Who may set a field beside the system (superuser), and what others read who try.

    One object may protect several fields: they are refused in one sentence.

    :param groups: external ids, as of a field; "" for nobody
    :param sentence: lazily translated (`LazyTranslate`), with ``%(fields)s`` for the labels of the fields and, if it
        likes, ``%(record)s``; without a sentence what others write is left out in silence: for fields that clients
        send along
    :param derived: the value follows from other fields: nobody sets it, not even the system
    """

    groups: str = ""
    sentence: Any = None
    derived: bool = False

    def is_silent(self):
        """Tell whether values of whoever may not set it are left out in silence.

        >>> Protection().is_silent(), Protection("base.group_system", "no").is_silent(), Protection(derived=True).is_silent()
        (True, False, True)
        """
        return self.derived or not self.sentence


# Follows from other fields.
DERIVED = Protection(derived=True)
# Set by methods as superuser only; what clients send is left out.
SYSTEM = Protection()
