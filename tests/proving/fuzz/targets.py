"""Every reader of ours that meets foreign bytes: what it may say of them, and honest examples to begin from.

A reader either understands or refuses by the error that its callers expect. Anything else that it raises is a finding.
"""

import csv
import io
import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest.mock import Mock

import numpy as np

from ctl.config.loader import load
from ctl.config.problems import ConfigError
from ctl.editing import departments, document, sounds
from ctl.journal.codec import Codec, CodecError, decode_plan, encode_plan
from ctl.pbx import ami, ari, cel, served
from ctl.prompts import sound
from ctl.recording import wav
from ctl.runtime import requests
from ctl.settings import SOURCE_ROOT
from ctl.switchboard import codes
from ctl.switchboard.plan import Plan

FLOWS = SOURCE_ROOT / "ivr_flows"


@dataclass(frozen=True, slots=True)
class Target:
    """``read`` is given any bytes. ``refuses``: the errors that it is meant to raise for what it cannot read."""

    read: Callable[[bytes], object]
    seeds: Sequence[bytes]
    refuses: tuple[type[Exception], ...] = ()

    def meets(self, data: bytes) -> None:
        """Whatever gets out of here is a finding."""
        try:
            self.read(data)
        except self.refuses:
            return


def _text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: read(data.decode("utf-8", "replace"))


@cache
def _folder() -> Path:
    """In memory where there is such a place: it is written thousands of times."""
    memory = Path("/dev/shm")
    where = Path(tempfile.mkdtemp(prefix="fuzz-", dir=memory if memory.is_dir() else None))
    shutil.copytree(FLOWS, where / "flows")
    return where


def forget_folder() -> None:
    """Remove what the readers of files were given."""
    if _folder.cache_info().currsize:
        shutil.rmtree(_folder(), ignore_errors=True)
        _folder.cache_clear()


def _file(read: Callable[[Path], object]) -> Callable[[bytes], object]:
    def of(data: bytes) -> object:
        path = _folder() / "input"
        path.write_bytes(data)
        return read(path)

    return of


@cache
def _settings_files() -> Sequence[str]:
    return sorted(str(path.relative_to(FLOWS)) for path in FLOWS.rglob("*.yaml"))


def _settings(data: bytes) -> object:
    """The first byte chooses a file of the settings, the others stand in it; all other files are the product's."""
    files = _settings_files()
    name = files[(data[0] if data else 0) % len(files)]
    path = _folder() / "flows" / name
    path.write_bytes(data[1:])
    try:
        return load(_folder() / "flows", 2026)
    finally:
        shutil.copy(FLOWS / name, path)


@cache
def _plan() -> Plan:
    return load(FLOWS, 2026).plan


def _no_plan(version: str) -> Plan:
    raise KeyError(version)


def _ami(data: bytes) -> object:
    """The first byte says in how many pieces the rest arrives."""
    heard: list[object] = []
    protocol = ami.WholeMessages()
    protocol.connection_made(Mock())
    protocol.factory = Mock(save_stream=None, dispatch=heard.append)
    pieces = 1 + (data[0] if data else 0) % 4
    rest = data[1:]
    for n in range(pieces):
        protocol.data_received(rest[n * len(rest) // pieces : (n + 1) * len(rest) // pieces])
    return heard


def _feature_code(data: bytes) -> object:
    keys = "".join("0123456789*#"[byte % 12] for byte in data[1:])
    return codes.parse(keys, _plan(), dialled=bool(data and data[0] & 1))


def _wave(seconds: float = 0.05) -> bytes:
    file = _folder() / "seed.wav"
    sound.write_wav(file, (np.sin(np.arange(int(8000 * seconds))) * 9000).astype(np.int16))
    return file.read_bytes()


def _departments() -> bytes:
    table = io.StringIO()
    lines = csv.writer(table)
    lines.writerow(departments.COLUMNS.values())
    lines.writerow(["101", "区民相談課", "くみんそうだんか", "0339810001 0339810002", "exchange"])
    return table.getvalue().encode()


def _lines(*rows: object) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


_CEL = {"uniqueid": "1.2", "eventtime": "1795935562.301", "eventtype": "APP_START", "appname": "Stasis"}
_SERVED = {
    "call": "1.2",
    "dialled": "0339811111",
    "caller": "09012345678",
    "arrived_at": 1795935562301,
    "answered_at": None,
    "ended_at": 1795935562999,
    "operator": "2001",
}
_EVENT = b'{"type": "LegEnded", "leg": "1.2", "cause": "busy"}'
_FACT = json.dumps(
    {
        "type": "LegClosed",
        "leg": "1.2",
        "call": "1.2",
        "at": 5,
        "role": "citizen",
        "party": "0312345678",
        "outside": True,
        "started_at": 1,
        "answered_at": None,
        "cause": "busy",
        "code": 17,
    }
).encode()
_ARI = json.dumps(
    {
        "type": "ChannelDtmfReceived",
        "timestamp": "2026-11-29T08:00:00.000+0900",
        "application": "ctl",
        "digit": "1",
        "duration_ms": 100,
        "channel": {"id": "1.2", "name": "PJSIP/a-1", "state": "Up"},
    }
).encode()
_AMI = (
    b"\1Asterisk Call Manager/11.0.0\r\nEvent: PeerStatus\r\nPeer: PJSIP/2001\r\n\r\nResponse: Follows\r\nA: b\r\n\r\n"
)


def targets() -> dict[str, Target]:
    """By name. Made when asked for: the seeds are read from the product's own files."""
    settings = [bytes([n]) + (FLOWS / name).read_bytes() for n, name in enumerate(_settings_files())]
    codec = Codec(_no_plan)
    return {
        "ami": Target(_ami, [_AMI, b"\2" + _AMI]),
        "ari": Target(ari.decode, [_ARI]),
        "cel": Target(_file(cel.read), [_lines(_CEL, {**_CEL, "eventtype": "HANGUP"})]),
        "command": Target(
            requests.parse,
            [
                b'{"floor": true}',
                b'{"command": {"do": "consult", "call": "1.2", "argument": "101", "by": "2001"}}',
            ],
            (requests.BadRequest,),
        ),
        "departments": Target(departments.from_csv, [_departments()], (departments.BadTable,)),
        "document": Target(_text(document.parsed), [one[1:] for one in settings], (document.NotYaml,)),
        "event": Target(_text(codec.decode_event), [_EVENT], (CodecError,)),
        "fact": Target(_text(codec.decode_fact), [_FACT], (CodecError,)),
        "feature_code": Target(_feature_code, [b"\1\x0a\x01\x01", b"\0\x0a\x03\x01\x00\x01\x0b"]),
        "plan": Target(_text(decode_plan), [encode_plan(_plan()).encode()], (CodecError,)),
        "recording": Target(lambda data: wav.locate(data[: wav.HEAD], len(data)), [_wave()], (wav.DamagedFileError,)),
        "served": Target(served.served, [_lines(_SERVED)]),
        "settings": Target(_settings, settings, (ConfigError,)),
        "sound": Target(_file(sound.read_wav), [_wave()], (ValueError,)),
        "upload": Target(lambda data: sounds.heard(data, 5), [_wave()], (sounds.BadSound,)),
    }


def quiet() -> None:
    """Readers log what they pass over; here that is everything."""
    logging.disable(logging.CRITICAL)
