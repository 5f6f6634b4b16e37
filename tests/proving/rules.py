"""What chaos has beside the flows of every laboratory: a queue that sends its callers on, and one that a deploy takes away.

Nobody who serves them is at work, so that nobody leaves them by being answered.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ruamel.yaml import YAML

from ctl.lab import flows
from ctl.switchboard.plan import Department

SENT_ON, TAKEN_AWAY = "3", "4"
"""Keys of the main menu."""
SENT_ON_QUEUE, TAKEN_AWAY_QUEUE, LEFT = "insurance", "welfare", "general"
"""The queues behind them, and the one that callers are led to when there is no such queue any more."""
SENT_ON_AFTER_S = 3
EXPERTS = "2043-2050"
"""Who alone could serve the queue that is taken away: their skill goes with it, else its callers would wait for them."""


def add(copy: Path, department: Department) -> None:
    """To flows that are not yet in force: who has waited for a while in the first queue is sent on to this department."""
    waited = {"when": "waited", "after_seconds": SENT_ON_AFTER_S, "department": department.code}
    for queue, rules in ((SENT_ON_QUEUE, [waited]), (TAKEN_AWAY_QUEUE, [])):
        flows.change_queue(copy, queue, stages=[{"group": queue, "max_level": 1}], overflow=rules)


@contextmanager
def taken_away(copy: Path) -> Iterator[None]:
    """While the context lasts, the files have no such queue and nobody who could serve it, and its key leads to another.

    Neither is in force before it is deployed.
    """
    queues, menu, people = copy / "queues.yaml", copy / "flows" / "main.yaml", copy / "operators.yaml"
    before = {path: path.read_bytes() for path in (queues, menu, people)}
    yaml = YAML()
    documents = {path: yaml.load(path) for path in before}
    del documents[queues]["queues"][TAKEN_AWAY_QUEUE]
    documents[menu]["nodes"][TAKEN_AWAY_QUEUE]["queue"] = LEFT
    (experts,) = [one for one in documents[people]["operators"] if one["extensions"] == EXPERTS]
    del experts["skills"][TAKEN_AWAY_QUEUE]
    for path, document in documents.items():
        yaml.dump(document, path)
    try:
        yield
    finally:
        for path, text in before.items():
            path.write_bytes(text)
