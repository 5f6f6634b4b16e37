"""The worker's part in security, put together: the audit trail is kept, and what somebody should look at is told."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncEngine

from ctl.ops.hook import AlarmHook
from ctl.ops.jobs import Job, State
from ctl.ops.watchman import Watchman
from ctl.runtime.client import SwitchboardClient
from ctl.security.audit import Ledger
from ctl.security.audit.keeping import Keeper
from ctl.security.audit.trail import Trail
from ctl.settings import Settings

CHAIN_REST_S = 2.0
SIGN_REST_S = 60.0
"""What is cut off at the end of the audit trail shows if it is older than this."""
VERIFY_REST_S = 3600.0
WATCH_REST_S = 10.0
ALERT_REST_S = 2.0
HOOK_REST_S = 5.0


class Guards:
    """``certificates``: files by what they are for; ``servers``: who serves which of them, where."""

    def __init__(
        self,
        settings: Settings,
        engine: AsyncEngine,
        certificates: Mapping[str, Path],
        servers: Mapping[str, tuple[str, int]] = MappingProxyType({}),
    ) -> None:
        switchboard = SwitchboardClient(settings)
        self.keeper = Keeper.of(settings, Ledger.of(settings, engine))
        self._watchman = Watchman(settings, switchboard, Trail(engine), self.keeper, certificates, servers)
        self.on_tables = [
            Job("audit_chain", self.keeper.catch_up, CHAIN_REST_S),
            Job("audit_sign", self.keeper.sign, SIGN_REST_S),
            Job("audit_verify", self.keeper.look, VERIFY_REST_S),
            Job("alert", self._watchman.happened, ALERT_REST_S),
        ]
        self.without_tables = [Job("watch", self._watchman.stand, WATCH_REST_S)]
        if settings.alarm_hook is not None:
            hook = AlarmHook(settings.alarm_hook, switchboard, settings.under("alarm_hook.json"))
            self.without_tables.append(Job("hook", hook.once, HOOK_REST_S))

    def look_at(self, shipping: State) -> None:
        """How the job does that carries the journal to Postgres."""
        self._watchman.shipping = shipping
