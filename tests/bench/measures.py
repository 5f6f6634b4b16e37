"""The measurements. Each returns rows of the report; each is one capture, read by the same rules for both sides."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from ctl.lab import processes
from tests.bench import wire
from tests.bench.figures import Row, Spread
from tests.bench.place import KEYS, OURS, THEIRS, Place
from tests.bench.sipp import Finished, Sipp
from tests.bench.wire import Sip

SIGNALLING = "udp port 5060"


async def _traffic(
    place: Place, caller: str, table: Path, calls: int, per_s: int, stay_ms: int, *more: str
) -> Finished:
    callers = Sipp(
        caller,
        place.carrier,
        place.folder,
        *("-p", "5060", "-inf", str(table), "-m", str(calls), "-r", str(per_s), "-d", str(stay_ms)),
        *more,
        place.pbx,
    )
    await callers.start()
    return await callers.finish(calls / per_s + stay_ms / 1000 + 120)


async def _telephones(place: Place, scenario: str, host: str, *more: str) -> Sipp:
    """All telephones of one address. They answer the PBX's OPTIONS, too, by which it tells that they are there."""
    telephones = Sipp(scenario, host, place.folder, "-p", "5060", "-m", "100000", *more)
    await telephones.start()
    return telephones


def _requests(messages: Sequence[Sip], method: str, source: str) -> list[Sip]:
    """Requests from an address, repetitions left out."""
    seen: set[tuple[str, str]] = set()
    first = []
    for one in messages:
        if one.status is None and one.method == method and one.source == source:
            key = (one.call_id, one.method)
            if key not in seen:
                seen.add(key)
                first.append(one)
    return first


# --- queue entry to the first ring ------------------------------------------------------------------------------------


async def entry(place: Place, calls: int = 300) -> list[Row]:
    """From the answer to the citizen (the last packet before the queue) to the INVITE of an idle operator."""
    host = f"{place.net}.40"
    ours, theirs = range(3001, 3011), range(3011, 3021)
    await place.plug_in([*ours, *theirs], host)
    telephones = await _telephones(place, "operator", host)
    capture = place.folder / "entry.pcap"
    table = place.callers("entry", (number for _ in range(calls // 2) for number in (OURS, THEIRS)))
    try:
        await place.reached([*ours, *theirs])
        await place.get_ready(ours)
        await place.join_queue(theirs)
        async with wire.captured(capture, SIGNALLING):
            done = await _traffic(place, "caller", table, calls, 6, 600)
    finally:
        await telephones.stop()
    messages = wire.sip(capture)
    mine, other = _entry_times(messages, place, OURS), _entry_times(messages, place, THEIRS)
    a, b = Spread.of(mine), Spread.of(other)
    whole = done.status == 0 and len(mine) + len(other) == calls
    p50, p99 = a.p50_ms / b.p50_ms, a.p99_ms / b.p99_ms
    kept = whole and p50 <= 1.5 and p99 <= 2
    wanted = "p50 ≤ 1.5×, p99 ≤ 2×"
    return [
        Row("queue entry → ring of an idle operator", str(a), str(b), f"p50 {p50:.2f}×, p99 {p99:.2f}×", wanted, kept)
    ]


def _entry_times(messages: Sequence[Sip], place: Place, number: str) -> list[float]:
    """Caller and operator legs are told apart by direction and joined by the citizen's telephone number."""
    pbx = place.pbx.partition(":")[0]
    callers = {one.call_id: one.caller for one in _requests(messages, "INVITE", place.carrier) if one.user == number}
    answered: dict[str, float] = {}
    for one in messages:
        if one.status == 200 and one.method == "INVITE" and one.source == pbx and one.call_id in callers:
            answered.setdefault(callers[one.call_id], one.at_s)
    rung: dict[str, float] = {}
    for one in _requests(messages, "INVITE", pbx):
        rung.setdefault(one.caller, one.at_s)
    return [rung[caller] - at_s for caller, at_s in answered.items() if caller in rung]


# --- operator free to the next ring -----------------------------------------------------------------------------------


async def freed(place: Place, calls: int = 240) -> list[Row]:
    """From the operator's BYE to the next INVITE at the same telephone, with callers waiting all the time."""
    host = f"{place.net}.41"
    ours, theirs = range(3021, 3025), range(3025, 3029)
    await place.plug_in([*ours, *theirs], host)
    telephones = await _telephones(place, "operator_hangs_up", host, "-d", "1300")
    capture = place.folder / "freed.pcap"
    table = place.callers("freed", (number for _ in range(calls // 2) for number in (OURS, THEIRS)))
    try:
        await place.reached([*ours, *theirs])
        await place.get_ready(ours)
        await place.join_queue(theirs)
        async with wire.captured(capture, SIGNALLING):
            done = await _traffic(place, "caller_waits", table, calls, 10, 0, "-l", str(calls))
    finally:
        await telephones.stop()
    messages = wire.sip(capture)
    mine, other = _free_times(messages, place, host, ours), _free_times(messages, place, host, theirs)
    a, b = Spread.of(mine), Spread.of(other)
    p50, p99 = b.p50_ms / a.p50_ms, b.p99_ms / a.p99_ms
    kept = done.status == 0 and p50 >= 20 and p99 >= 20
    ratio = f"p50 {p50:.0f}× faster, p99 {p99:.0f}× faster"
    return [Row("operator free → next ring, callers waiting", str(a), str(b), ratio, "≥ 20× faster", kept)]


def _free_times(messages: Sequence[Sip], place: Place, host: str, extensions: Iterable[int]) -> list[float]:
    pbx = place.pbx.partition(":")[0]
    wanted = {str(extension) for extension in extensions}
    telephone_of: dict[str, str] = {}
    last_bye: dict[str, float] = {}
    seen: set[str] = set()
    times = []
    for one in messages:
        if one.status is not None:
            continue
        if one.method == "INVITE" and one.source == pbx and one.user in wanted and one.call_id not in seen:
            seen.add(one.call_id)
            telephone_of[one.call_id] = one.user
            if one.user in last_bye:
                times.append(one.at_s - last_bye.pop(one.user))
        elif one.method == "BYE" and one.source == host and one.call_id in telephone_of:
            last_bye.setdefault(telephone_of.pop(one.call_id), one.at_s)
    return times


# --- load -------------------------------------------------------------------------------------------------------------


async def load(place: Place, seconds: int = 60, per_s: int = 20, talk_ms: int = 4000) -> list[Row]:
    """Calls per second for a minute, with audio, and what the control plane weighs at the end."""
    host = f"{place.net}.42"
    operators = range(3030, 3140)
    await place.plug_in(operators, host)
    telephones = await _telephones(place, "operator", host, "-rtp_echo")
    calls = seconds * per_s
    (place.folder / "tone.ul").write_bytes(bytes([0x9E, 0x8B, 0x9E, 0xFF, 0x1E, 0x0B, 0x1E, 0x7F]) * 1000)
    table = place.callers("load", (OURS for _ in range(calls)))
    try:
        await place.reached(operators)
        await place.get_ready(operators)
        done = await _traffic(place, "caller_talks", table, calls, per_s, talk_ms, "-l", "400")
    finally:
        await telephones.stop()
    weight = {name: _resident_mb(place, name) for name in ("switchboard", "sentinel")}
    said = f"{calls} calls, {per_s}/s, {per_s * talk_ms // 1000} talking: " + (
        "none failed" if not done.status else "some FAILED"
    )
    mb = ", ".join(f"{name} {size:.0f} MB" for name, size in weight.items())
    return [
        Row("sustained load on this machine", said, "", "", "no failure", done.status == 0),
        Row("resident memory after the load", mb, "", "", "≤ 150 MB together", sum(weight.values()) <= 150),
    ]


def _resident_mb(place: Place, command: str) -> float:
    pages = 0
    for pid in processes.of(place.centre.settings, command):
        pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


# --- digit to prompt --------------------------------------------------------------------------------------------------


async def digits(place: Place, calls: int = 120) -> list[Row]:
    """From the end of the key (RFC 4733) to the first packet of the next prompt, after the first one had ended."""
    capture = place.folder / "digits.pcap"
    table = place.callers("digits", (KEYS for _ in range(calls)))
    async with wire.captured(capture, f"udp and host {place.carrier} and host {place.pbx.partition(':')[0]}"):
        done = await _traffic(place, "caller_keys", table, calls, 2, 4000)
    ended: dict[tuple[str, int], float] = {}
    times: dict[tuple[str, int], float] = defaultdict(float)
    for packet in wire.rtp(capture):
        if packet.event_end and packet.source[0] == place.carrier:
            ended.setdefault(packet.source, packet.at_s)
        elif packet.target in ended and packet.target not in times and packet.kind != 101:
            times[packet.target] = packet.at_s - ended[packet.target]
    spread = Spread.of(list(times.values()))
    kept = done.status == 0 and spread.p99_ms <= 50
    return [Row("end of a key → next prompt", str(spread), "", "", "p99 ≤ 50 ms", kept)]
