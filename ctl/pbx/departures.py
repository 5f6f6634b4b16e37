"""A leg has left Stasis: has it ended, or gone back to the dialplan? Asterisk says the same for both; we look again."""

import asyncio
import logging
from collections.abc import Callable

from ctl.pbx.ari import Ari, Refused
from ctl.pbx.hands import Hands, Held
from ctl.pbx.names import APPLICATION
from ctl.pbx.translate import arguments
from ctl.switchboard.events import Event, LegLeft
from ctl.switchboard.ids import LegId

log = logging.getLogger(__name__)

MISSING = 404
"""What Asterisk answers when it is asked for a channel that it has not."""

PATIENCE_S = 0.2
"""A channel that was hung up is destroyed within milliseconds of leaving Stasis, and tells its cause; not always:
when SIP is slow it lies around for seconds, and looks as if it were still in Stasis."""
ON_ITS_WAY_S = 1.0
"""Nor does the look that finds no channel come after the word that tells the cause: that may be on its way."""
CERTAIN_WITHIN_S = 2.0
"""So long the end of an operator's leg may be told later, when his caller has left Stasis and it is uncertain whereto."""


async def look_after(leg: LegId, ari: Ari, hands: Hands, tell: Callable[[Event], None]) -> bool:
    """Tell how a leg left us, if nobody else has told: `LegLeft`, or `LegEnded` when its end was not announced.

    True: it was the first, and the leg is in the dialplan's hands. ``hands.legs[leg].left`` says until then that it is
    uncertain. Raises `ari.Away`: the next look at everything tells.
    """
    held = hands.legs.get(leg)
    while held is not None and not await gone(held, PATIENCE_S) and hands.legs.get(leg) is held:
        try:
            channel = await ari.channels_get(leg)
        except Refused as refused:
            if refused.status != MISSING:
                continue  # Asterisk is not able to tell
            caller = hands.caller_leaving(leg)
            if caller is not None:
                await gone(caller, CERTAIN_WITHIN_S)
            await gone(held, ON_ITS_WAY_S)
            news = hands.end(leg, 0)
            if news is not None:
                tell(news)
            return False
        # Whoever hangs up is in the dialplan for the last time, in `h`, until the PBX has cleared him away.
        if held.left and not held.hanging_up and arguments(channel, APPLICATION) is None:
            hands.let_go(leg)
            log.info("leg_left leg=%s", leg)
            tell(LegLeft(leg))
            return True
        if not held.left:
            break  # it is in our hands after all
    return False


async def gone(held: Held, within_s: float) -> bool:
    """Wait until a leg is in our hands no more; False when it still is after this time."""
    try:
        async with asyncio.timeout(within_s):
            await held.gone.wait()
    except TimeoutError:
        return False
    return True
