"""What only the machine can tell: its disks, its certificates, what waits for Postgres, whether the audit trail is sound."""

import shutil
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from cryptography import x509

from ctl.ops.jobs import State
from ctl.security.audit.verifying import Verdict
from ctl.switchboard.events import AlarmFound, AlarmKind

FULL = 0.9
LEAST_BYTES = 2 * 1024**3
"""A small disk is nearly full before nine tenths: an hour of calls must fit (some 2 GB at 60 channels)."""
ENDS_WITHIN = timedelta(days=30)
SHOWS_WITHIN_S = 3.0
WAITS_LONG = timedelta(minutes=5)


def of_disks(folders: Iterable[Path]) -> Iterator[AlarmFound]:
    """One for each disk that has little room; ``folders`` lie on them."""
    seen = set()
    for folder in folders:
        if not folder.exists() or (device := folder.stat().st_dev) in seen:
            continue
        seen.add(device)
        disk = shutil.disk_usage(folder)
        if disk.free < LEAST_BYTES or disk.used >= FULL * (disk.used + disk.free):
            what = f"{disk.free // 1024**2} MiB are free on the disk of {folder}"
            yield AlarmFound(AlarmKind.DISK_NEARLY_FULL, str(folder)[:100], what)


def of_certificates(
    files: Mapping[str, Path], now: datetime, served: Mapping[str, bytes] = MappingProxyType({})
) -> Iterator[AlarmFound]:
    """One for each certificate (PEM, by what it is for) that ends within 30 days. What is not there cannot end.

    ``served``: those that are shown to who connects, which may be older than the file.
    """
    for name, path in files.items():
        ends = [_ends(read) for read in (path.read_bytes, lambda name=name: served[name])]
        if ends[0] is not None and ends[0] - now < ENDS_WITHIN:
            yield AlarmFound(AlarmKind.CERTIFICATE_ENDS, name, f"the certificate {path} ends on {ends[0]:%Y-%m-%d}")
        elif ends[1] is not None and ends[1] - now < ENDS_WITHIN:
            what = f"{name} still serves a certificate that ends on {ends[1]:%Y-%m-%d}: start it anew, it has read {path} before"
            yield AlarmFound(AlarmKind.CERTIFICATE_ENDS, name, what)


def _ends(read: Callable[[], bytes]) -> datetime | None:
    try:
        return min(one.not_valid_after_utc for one in x509.load_pem_x509_certificates(read()))
    except (OSError, ValueError, KeyError):
        return None


def served_by(servers: Mapping[str, tuple[str, int]]) -> Mapping[str, bytes]:
    """The certificate (PEM) that each server shows, whoever has signed it; nothing of who does not answer in time."""
    shown = {}
    for name, where in servers.items():
        with suppress(OSError, ValueError):
            shown[name] = _shown_by(where)
    return shown


def _shown_by(where: tuple[str, int]) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(where, SHOWS_WITHIN_S) as plain, context.wrap_socket(plain) as tls:
        certificate = tls.getpeercert(binary_form=True) or b""
        with suppress(OSError):
            tls.unwrap()  # whoever is left without a word logs an error
    return ssl.DER_cert_to_PEM_cert(certificate).encode()


def of_waiting(spooled_s: float | None, shipping: State, now: datetime) -> Iterator[AlarmFound]:
    """What waits for Postgres for long. ``spooled_s``: how old the oldest entry of the audit trail is that waits."""
    if spooled_s is not None and spooled_s > WAITS_LONG.total_seconds():
        what = f"entries of the audit trail have waited for {spooled_s / 60:.0f} minutes"
        yield AlarmFound(AlarmKind.AUDIT_WAITING, None, what)
    if not shipping.ok and now - shipping.since > WAITS_LONG:
        what = f"records have waited for {(now - shipping.since) / timedelta(minutes=1):.0f} minutes: {shipping.error}"
        yield AlarmFound(AlarmKind.RECORDS_WAITING, None, what[:300])


def of_audit(verdict: Verdict | None) -> Iterator[AlarmFound]:
    if verdict is not None and verdict.finding is not None:
        yield AlarmFound(AlarmKind.AUDIT_BROKEN, None, f"{verdict.finding}; see `ctl audit verify`"[:300])
