"""Makes one announcement: text or upload → a WAV file in the cache. Runs in worker processes too."""

import os
import signal
import tempfile
from pathlib import Path

from ctl.config import PromptSource
from ctl.prompts.sound import fit, read_wav, write_wav
from ctl.prompts.voice import speak


def make(source: PromptSource, target: Path) -> None:
    """Write ``target`` in one step: it is whole or not there. Raises ValueError with what is wrong with the source."""
    if source.sound is not None:
        sound, rate = read_wav(source.sound)
    else:
        sound, rate = speak(source.spoken, source.speed, source.half_tone)
    samples = fit(sound, rate)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}.", suffix=".part")
    try:
        write_wav(Path(name), samples)
        os.chmod(name, 0o644)  # Asterisk reads it as a user of its own
        os.fsync(descriptor)  # who finds the name takes the sound for made, also after a loss of power
        os.replace(name, target)
    finally:
        os.close(descriptor)
        Path(name).unlink(missing_ok=True)


def leave_interrupts_to_the_parent() -> None:
    """Ctrl-C reaches the whole group of processes; only the one that people started shall answer it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
