"""AMI by panoramisk, with its faults mended. Each has a test that fails on the plain library.

* It decodes each TCP chunk by itself, so a character of several bytes that lies across two of them is lost.
* After a reconnect it sends again what was never answered: an Originate would ring twice, a Redirect would move a
  caller who has long gone on. Here an unanswered action fails, and whoever asked decides.
* It sends pings and never looks whether they are answered, so a half-open connection stays unnoticed.
* A message that it cannot make sense of ends the connection. Here it is logged and passed over.
* An action that was answered by nothing waits for ever. Here every question has a deadline.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from panoramisk import Manager
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

log = logging.getLogger(__name__)
# panoramisk logs every message as it stands, callers' numbers included, as debug
log.addFilter(lambda record: record.levelno > logging.DEBUG)

DEADLINE_S = 5.0
PING_S = 3.0
PONG_S = 3.0
"""An unanswered ping ends the connection: half-open is noticed within `PING_S` + `PONG_S`."""
RECONNECT_S = 1
LONGEST_MESSAGE = 1 << 20
"""Bytes; Asterisk's own are some thousand."""
END_OF_MESSAGE = b"\r\n\r\n"
SHUTTING_DOWN = "connection lost"


class AmiAway(Exception):
    """No answer: the connection is down, was lost meanwhile, or the deadline passed."""


class AmiRefused(Exception):
    """Asterisk answered with an error."""


class Everything:
    """Contains whatever is asked for."""

    def __contains__(self, item: object) -> bool:
        return True


class Question(Action):  # type: ignore[misc]
    """Ends with an error too where a list was asked for: the library would wait for the list's end."""

    def add_message(self, message: Message) -> bool:
        if not message.success and not self.future.done():
            self.future.set_result(message)
            return True
        return bool(super().add_message(message))


class WholeMessages(AMIProtocol):  # type: ignore[misc]
    """Decodes whole messages only, and fails what the connection's end leaves unanswered."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.held = b""

    def data_received(self, data: bytes) -> None:
        whole, end, rest = (self.held + data).rpartition(END_OF_MESSAGE)
        self.held = rest
        if end:
            super().data_received(whole + end)
        if len(rest) > LONGEST_MESSAGE:  # no end in sight: not AMI
            log.error("ami_message_endless")
            self.transport.abort()

    def handle_message(self, message: Message) -> None:
        try:
            super().handle_message(message)
        except Exception:  # one message that makes no sense would end the connection, and all that came with it be lost
            log.exception("ami_message_unreadable")

    def close(self) -> None:
        pending = {id(action): action for action in self.responses.values()}
        super().close()
        for action in pending.values():
            if not action.future.done():
                action.future.set_exception(AmiAway(SHUTTING_DOWN))
                action.future.exception()  # nobody may be waiting any more


class Ami(Manager):  # type: ignore[misc]
    """One AMI connection, kept for ever. ``on_event`` hears every event, ``on_up`` each time that Asterisk is ready."""

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        secret: str,
        on_event: Callable[[Message], None],
        on_up: Callable[[], None] = lambda: None,
        *,
        ping_s: float = PING_S,
        pong_s: float = PONG_S,
        reconnect_s: int = RECONNECT_S,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        super().__init__(
            host=host,
            port=port,
            username=user,
            secret=secret,
            protocol_factory=WholeMessages,
            forgetable_actions=Everything(),
            reconnect_timeout=reconnect_s,
            log=log,
        )
        self.ping_delay = self.ping_interval = ping_s
        self._pong_s = pong_s
        self._deadline_s = deadline_s
        self.up = False
        self._stopped = False
        self._on_up = on_up
        self._on_event = on_event
        self.register_event("FullyBooted", self._fully_booted)
        self.register_event("*", self._heard)

    async def ask(self, action: str, headers: Mapping[str, str] | None = None, *, many: bool = False) -> list[Message]:
        """Send an action and wait for its answer: the response and, with ``many``, the list that follows it.

        Raises `AmiAway` without an answer and `AmiRefused` for an error.
        """
        if not self.up:
            raise AmiAway("not connected")
        future = self.send_action(Question({"Action": action, **(headers or {})}), as_list=many)
        try:
            async with asyncio.timeout(self._deadline_s):
                answer = await future
        except TimeoutError as error:
            raise AmiAway(f"{action}: no answer in {self._deadline_s:g} s") from error
        answers = answer if isinstance(answer, list) else [answer]
        if not answers[0].success:
            raise AmiRefused(f"{action}: {answers[0].message}")
        return answers

    def stop(self) -> None:
        """Close, and do not come back."""
        self._stopped = True
        self.up = False
        self.close()

    # --- what panoramisk calls -------------------------------------------------------------------------------------

    def connect(self, *arguments: Any, **options: Any) -> Any:
        return None if self._stopped else super().connect(*arguments, **options)

    def connection_made(self, future: "asyncio.Future[Any]") -> None:
        if not self._stopped:
            super().connection_made(future)
        elif not future.cancelled() and future.exception() is None:
            future.result()[0].abort()

    def login(self, future: "asyncio.Future[Message]") -> bool:
        if future.cancelled() or future.exception() is not None:
            return False  # the connection went first
        if not super().login(future):
            log.error("ami_login_refused user=%s", self.config["username"])
            self.protocol.transport.abort()
        return bool(self.authenticated)

    def ping(self) -> None:
        if self.protocol is None or self.protocol.closed:
            return
        self.pinger = self.loop.call_later(self._pong_s, self._silent, self.protocol)
        answer = self.protocol.send({"Action": "Ping"})
        answer.add_done_callback(self._answered)

    def connection_lost(self, error: Exception | None) -> None:
        self.up = False
        super().connection_lost(error)

    # ---------------------------------------------------------------------------------------------------------------

    def _answered(self, future: "asyncio.Future[Message]") -> None:
        if not future.cancelled() and future.exception() is None and self.pinger is not None:
            self.pinger.cancel()
            self.pinger = self.loop.call_later(self.ping_interval, self.ping)

    def _silent(self, protocol: WholeMessages) -> None:
        log.warning("ami_half_open")
        protocol.transport.abort()

    def _heard(self, _: Manager, event: Message) -> None:
        if any(isinstance(told, list) for told in event.values()):
            # Asterisk names each field once; a number with a line break in it, which stands there as it is, names one more
            log.warning("ami_event_twofold event=%s", event.event)
            return
        try:
            self._on_event(event)
        except Exception:  # panoramisk would take it for a fault of the connection
            log.exception("ami_event_failed event=%s", event.event)

    def _fully_booted(self, *_: object) -> None:
        self.up = True
        self._on_up()
