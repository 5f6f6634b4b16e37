"""The switchboard process: the parts put together, from the journal's last word to SIGTERM.

Order of a start: the journal gives the floor back; the plan of the current generation is put in force if it is a new
one; the door opens; the link connects, and what the PBX holds is reconciled with what we remember. A stop touches no
call: the PBX keeps them, and the next start goes on with them.
"""

import asyncio
import contextlib
import gc
import logging
import resource
import signal
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from ctl.journal.codec import CodecError
from ctl.journal.journal import Journal, Restored
from ctl.journal.store import JournalCorrupt, JournalError, set_aside
from ctl.pbx.link import PbxLink
from ctl.pbx.names import FALLBACK_LOG
from ctl.runtime import attention
from ctl.runtime.aside import Aside
from ctl.runtime.clock import Clock, booted_at, in_our_time, keep, kept, runs
from ctl.runtime.counters import Counters
from ctl.runtime.document import iso
from ctl.runtime.engine import Engine
from ctl.runtime.intrusion import Intrusion
from ctl.runtime.live import Live
from ctl.runtime.lookout import Lookout
from ctl.runtime.misuse import Misuse
from ctl.runtime.plans import NoPlan, current_flows, load_plan
from ctl.runtime.record import Entry, Recorder
from ctl.runtime.recovery import recover
from ctl.runtime.requests import BadRequest, Report
from ctl.runtime.service import LiveService, facts_since
from ctl.runtime.upkeep import keep_no_numbers, keep_small
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard import callback_wish, core
from ctl.switchboard.events import AlarmFound, AlarmKind, AlarmsFound, Event, PbxFound, PlanAdopted, TimePassed
from ctl.switchboard.ids import Millis

log = logging.getLogger(__name__)

CLOCK = ("journal", "clock.json")


async def serve(settings: Settings) -> None:
    """Be the switchboard until SIGTERM or SIGINT. Raises `JournalError`, or `NoPlan` when there has never been one."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    journal, restored = await asyncio.to_thread(remember, settings.journal_path)
    try:
        board = Switchboard(settings, journal, restored)
        await board.run(stopping)
    finally:
        journal.close()


class Switchboard:
    """The parts of one switchboard, put together."""

    def __init__(self, settings: Settings, journal: Journal, restored: Restored) -> None:
        self._settings = settings
        self._journal = journal
        ahead_s = kept(settings.under(*CLOCK))
        self._restored_at = restored.at
        self._booted = ahead_s is None and settings.asterisk_host is None  # and the PBX with us
        self._clock = Clock(restored.at, ahead_s=ahead_s)
        self._clock.busy = lambda: runs(self._engine.floor)
        recovered = recover(restored.floor, restored.events, core.step)
        log.info(
            "restored %d calls from entry %d (%d events replayed, %d skipped)",
            len(recovered.floor.calls),
            restored.seq,
            recovered.replayed,
            recovered.skipped,
        )
        self._aside = Aside(settings.journal_path.with_name("undigested.jsonl"))
        self._recorder = Recorder(journal, restored.seq, self._set_aside)
        self._intrusion = Intrusion(self._clock.now, self._happened)
        self._misuse = Misuse(self._clock.now, lambda: self._engine.floor, self._happened)
        self._link = PbxLink(settings, Secrets.of(settings), self._deliver, self._intrusion.refused)
        self._engine = Engine(
            recovered.floor,
            self._recorder,
            self._link.submit,
            self._set_aside,
            clock=self._clock,
            loop=asyncio.get_running_loop(),
            step=core.step,
            next_due=core.next_due,
            mark=callback_wish.marked,
            time_passed=lambda: TimePassed(deaf=not self._link.connected),
        )
        self._before_us = restored.seq
        self._service = LiveService()
        self._live = Live(self._engine, self._clock.now, self.health, self._adopt, self._service, self._reported)
        self._lookout = Lookout(
            self._engine,
            self._clock.now,
            self._service,
            lambda: self._link.connected,
            lambda: self._clock.off_s,
            self._unwritten,
            lambda: self._link.trunk.trouble,
        )
        self._counters = Counters()
        self._engine.watchers += (attention.turned, self._counters.turned)
        self._since = self._clock.now()
        self._adopting = asyncio.Lock()

    async def run(self, stopping: asyncio.Event) -> None:
        """Serve until ``stopping`` is set."""
        if self._booted:
            self._close_what_the_power_ended(booted_at())
        if self._engine.floor.plan is None:
            await self._adopt()
        async with self._live.listening(self._settings.command_socket), asyncio.TaskGroup() as tasks:
            self._engine.start()
            working = [
                tasks.create_task(self._adopt_at_start()),
                tasks.create_task(self._link.run()),
                tasks.create_task(self._recall()),
                tasks.create_task(self._lookout.run()),
                tasks.create_task(keep(self._clock, self._settings.under(*CLOCK))),
                tasks.create_task(keep_small(self._journal, self._clock.now)),
                tasks.create_task(
                    keep_no_numbers(self._journal, lambda: self._engine.floor, self._recorder.snapshot, self._clock.now)
                ),
            ]
            log.info("serving; commands at %s", self._settings.command_socket)
            spare_the_collector()
            await stopping.wait()
            log.info("stopping; calls stay with the PBX")
            for task in working:
                task.cancel()
        self._engine.stop()

    def _close_what_the_power_ended(self, booted_at: Millis) -> None:
        """Of what the journal knows nothing is left since the machine was booted. Told before any patience of then runs out, and at
        the last instant at which anything of the centre is known to have lived."""
        if not 0 < self._restored_at < booted_at:
            return
        lived_at = self._restored_at
        # The sentinel takes its report away when it is ended in order, and leaves a new one as soon as it starts.
        for sign in (
            self._settings.under(*CLOCK),
            self._settings.told_by("sentinel"),
            self._settings.under(*FALLBACK_LOG),
        ):
            with contextlib.suppress(OSError):
                seen_at = sign.stat().st_mtime_ns // 1_000_000
                if seen_at < booted_at:
                    lived_at = max(lived_at, seen_at)
        self._link.tell_served()
        self._deliver(PbxFound((), booted=True))
        self._engine.settle(lived_at)

    def _deliver(self, event: Event, at: Millis | None = None) -> None:
        ours = at - round(self._clock.off_s * 1000) if at is not None else None
        self._engine.deliver(in_our_time(event, self._clock.off_s), ours)
        self._misuse.heard(event)

    def _set_aside(self, entry: Entry, error: Exception) -> None:
        self._aside(entry, error)
        kind = type(entry[1])
        if kind is not AlarmsFound:  # an alarm about alarms that cannot be decided would have no end
            what = f"{kind.__name__} could not be decided upon or written: see journal/undigested.jsonl and the log"
            self._happened(AlarmFound(AlarmKind.UNDECIDED, None, what))

    def _unwritten(self) -> str | None:
        if self._recorder.pending and not self._recorder.busy:
            return f"{self._recorder.pending} entries of the journal wait in memory: it cannot be written"
        return self._journal.trouble

    def _reported(self, report: Report) -> None:
        self._lookout.told(report.source, tuple(one.found() for one in report.standing), report.for_s * 1000)
        for one in report.happened:
            self._happened(one.found())

    def _happened(self, found: AlarmFound) -> None:
        self._lookout.happened(found)

    def health(self) -> Mapping[str, object]:
        """``state``: ``serving`` while calls reach us, else ``pbx_away``."""
        floor = self._engine.floor
        return {
            "state": "serving" if self._link.connected else "pbx_away",
            "connected": self._link.connected,
            "since": iso(self._since),
            "at": iso(self._clock.now()),
            "plan": floor.plan,
            "calls": len(floor.calls),
            "legs": len(floor.legs),
            "engine": asdict(self._engine.figures) | {"backlog": self._engine.backlog},
            "journal": {
                "seq": self._recorder.seq,
                "pending": self._recorder.pending,
                "failures": self._recorder.failures,
                "trouble": self._journal.trouble,
            },
            "link": dict(self._link.health()),
            "counted": self._counters.told(),
            # ru_maxrss is in KiB on Linux.
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }

    async def _recall(self) -> None:
        """Let the service go on counting where it stood before the restart. Callers do not wait for it."""
        try:
            past = await asyncio.to_thread(facts_since, self._journal.path, self._clock.now(), self._before_us)
        except (JournalError, CodecError) as error:
            log.error("the service level is counted from now on only: %s", error)
            past = []
        self._service.begin(past)

    async def _adopt(self) -> str:
        """Put the current generation's plan in force. Raises `BadRequest`: what runs stays as it was."""
        async with self._adopting:
            try:
                plan = await load_plan(current_flows(self._settings))
            except NoPlan as error:
                raise BadRequest(str(error)) from error
            if plan.version == self._engine.floor.plan:
                return f"plan {plan.version} is in force already"
            self._engine.deliver(PlanAdopted(plan))
            # The turn was asked for before this, so it is over when we are called again.
            await asyncio.sleep(0)
            if self._engine.floor.plan != plan.version:
                raise BadRequest(f"plan {plan.version} was not taken by the switchboard; its log says why")
            log.info("plan %s is in force for new calls", plan.version)
            spare_the_collector()
            return f"plan {plan.version} is in force for new calls"

    async def _adopt_at_start(self) -> None:
        try:
            await self._adopt()
        except BadRequest as error:
            log.error("the plan of before stays in force: %s", error)


def spare_the_collector() -> None:
    """Keep the garbage collector from what stays for good: programs and plans.

    Going through all of it takes some 60 ms, in which no telephone rings.
    """
    gc.collect()
    gc.freeze()


def remember(path: Path) -> tuple[Journal, Restored]:
    """Open the journal and read it. One that cannot be read is set aside: calls come before records."""
    try:
        return _open(path)
    except (JournalCorrupt, CodecError) as error:
        aside = set_aside(path)
        log.critical(
            "the journal could not be read and was set aside as %s; starting with an empty one: %s", aside, error
        )
        return _open(path)


def _open(path: Path) -> tuple[Journal, Restored]:
    journal = Journal(path)
    try:
        return journal, journal.restore()
    except BaseException:
        with contextlib.suppress(Exception):
            journal.close()
        raise
