"""Redaction: nobody reads in a log, a trace or on a page who called, and how to reach them.

::

    redactor.py           Redactor: texts, values, arguments; the only door
    ├── secrets.py            tokens, keys, URLs, values after a telling key
    ├── errors.py             values that errors quote
    ├── mail.py               addresses, written and dictated
    ├── written_numbers.py    telephone numbers and IBANs in figures
    ├── spoken_numbers.py     … and in words
    ├── addresses.py          streets with their house numbers, postal codes
    ├── births.py             birthdays
    ├── details.py            number plates, numbers of offices and insurances, spelt names
    ├── introduced_names.py   whom a sentence names, and whose a number is
    │   └── introductions.py      "mein Name ist …", "Frau …"
    └── known_names.py        names that the call is known to be about
    disguises.py          percent-encoding, signs nobody sees, figures of other scripts
    keys.py               which keys tell what about their values
    number_words.py       the German numerals
    spans.py              how findings are joined; RE2, the only engine

Every search is linear in the length of the text. Dates, times, prices, ids, order numbers and IP
addresses stay: callers come by telephone, so the addresses that appear are those of servers and
proxies.
"""

from askpro.guards.redaction.known_names import forget_names, remember_names
from askpro.guards.redaction.redactor import Redactor
from askpro.guards.redaction.secrets import shown_path

__all__ = ["Redactor", "forget_names", "remember_names", "shown_path"]
