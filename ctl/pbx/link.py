"""The link to the PBX: what `ctl.runtime` sees of Asterisk, and all it sees."""

from collections.abc import Callable, Mapping, Sequence

from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.effects import Effect
from ctl.switchboard.events import Event


class PbxLink:
    """Keeps ARI and AMI connected for ever, tells events in order, carries out effects.

    ``deliver`` is called in the event loop, once per event; it must not block.
    """

    def __init__(self, settings: Settings, secrets: Secrets, deliver: Callable[[Event], None]) -> None:
        self._settings = settings
        self._secrets = secrets
        self._deliver = deliver

    async def run(self) -> None:
        """Work until cancelled. Loss of the PBX is normal: it is noticed within 10 s and the link comes back."""
        raise NotImplementedError

    def submit(self, effects: Sequence[Effect]) -> None:
        """Carry out effects: in order per call, parallel across calls. Returns at once.

        `Record` and `Reply` are not ours and are passed over. What fails comes back as an event.
        """
        raise NotImplementedError

    @property
    def connected(self) -> bool:
        """True while events flow: from the moment the state of the PBX was read until the link breaks."""
        return False

    def health(self) -> Mapping[str, object]:
        """Figures for `/healthz`: ``ari``, ``ami``, ``backlog``, ``reconnects``, ``last_event_age_ms``."""
        return {"ari": False, "ami": False, "backlog": 0, "reconnects": 0}
