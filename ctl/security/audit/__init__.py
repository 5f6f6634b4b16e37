"""The audit trail: who did what, when, from where, to what. Only ever added to, and every forgery shows.

Rules
-----
* Entries are numbered from 1 without gaps. Each is sealed with a key of the centre over its content, its number and
  the seal before it (`chain`), so that an entry that was changed, put in, taken out or moved does not fit any more.
* Postgres lets the program's role add entries and read them, nothing else.
* The newest seal is signed and written to a second place from time to time (`heads`): entries cut off at the end, or
  a chain that was made anew with a stolen key, do not fit these.
* While Postgres is away entries wait in files (`spool`), and are chained in their order when it is back.
"""

from ctl.security.audit.entry import Entry, Outcome
from ctl.security.audit.ledger import Ledger

__all__ = ["Entry", "Ledger", "Outcome"]
