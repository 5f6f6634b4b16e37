"""The measurements, one module each. Every one returns rows of the report, read from captures by the same rules for
both sides."""

from tests.bench.cases.decisions import decide, memory
from tests.bench.cases.digits import digits
from tests.bench.cases.durable import durable
from tests.bench.cases.entry import entry
from tests.bench.cases.freed import freed
from tests.bench.cases.growth import growth
from tests.bench.cases.load import load
from tests.bench.cases.mixed import mixed
from tests.bench.cases.pops import pops
from tests.bench.cases.recovery import recovery
from tests.bench.cases.rows import rows
from tests.bench.cases.screens import screens
from tests.bench.cases.watchers import watch
from tests.bench.cases.words import words

__all__ = [
    "decide",
    "digits",
    "durable",
    "entry",
    "freed",
    "growth",
    "load",
    "memory",
    "mixed",
    "pops",
    "recovery",
    "rows",
    "screens",
    "watch",
    "words",
]
