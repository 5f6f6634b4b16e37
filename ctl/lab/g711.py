"""G.711 μ-law, both ways, by table (ITU-T G.711)."""

import numpy as np

from ctl.lab.tones import Samples

_CODES = np.arange(256, dtype=np.int32) ^ 0xFF
_MAGNITUDE = (((_CODES & 0x0F) << 3) + 0x84 << ((_CODES & 0x70) >> 4)) - 0x84
_DECODED = np.where(_CODES & 0x80, -_MAGNITUDE, _MAGNITUDE).astype(np.int16)
_ORDER = np.argsort(_DECODED, kind="stable")
_MIDDLES = (_DECODED[_ORDER].astype(np.int32)[1:] + _DECODED[_ORDER].astype(np.int32)[:-1]) / 2


def from_ulaw(payload: bytes) -> Samples:
    decoded: Samples = _DECODED[np.frombuffer(payload, dtype=np.uint8)]
    return decoded


def to_ulaw(samples: Samples) -> bytes:
    """Each sample becomes the code whose level is nearest."""
    nearest = _ORDER[np.searchsorted(_MIDDLES, samples, side="left")]
    return nearest.astype(np.uint8).tobytes()
