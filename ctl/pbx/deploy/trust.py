"""Whose word is taken for the certificate of a carrier who is reached by TLS."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from ctl.pbx.deploy.places import asterisk
from ctl.settings import Settings

OF_DEBIAN = "/etc/ssl/certs/ca-certificates.crt"
"""In Asterisk's root file system: the authorities that browsers trust, too."""
SETTING = "CTL_CARRIER_CA_FILE"


class TrustError(Exception):
    """The file of authorities cannot be used. Names the setting, and what is allowed."""


@dataclass(frozen=True)
class Trust:
    """``path``: as Asterisk sees it. An uploaded file is named by its content, so that a generation keeps its own."""

    path: str
    content: bytes | None = None

    def place(self, settings: Settings) -> None:
        """Copy it to where Asterisk reads it from, unless it is there."""
        if self.content is None:
            return
        place = asterisk(settings, "keys", Path(self.path).name)
        if not place.exists():
            fresh = place.with_suffix(".new")
            fresh.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(self.content)
            fresh.chmod(0o644)
            fresh.replace(place)


def find_trust(settings: Settings, now: datetime | None = None) -> Trust:
    """The authorities of these settings. Raises `TrustError`."""
    path = settings.carrier_ca_file
    if path is None:
        return Trust(OF_DEBIAN)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TrustError(f"{SETTING}: {path}: {error.strerror}; give a file of PEM certificates") from None
    try:
        found = x509.load_pem_x509_certificates(content)
    except ValueError:
        raise TrustError(f"{SETTING}: {path} holds no PEM certificates (-----BEGIN CERTIFICATE-----)") from None
    at = now or datetime.now(UTC)
    if not any(one.not_valid_before_utc <= at < one.not_valid_after_utc for one in found):
        until = max(one.not_valid_after_utc for one in found)
        raise TrustError(f"{SETTING}: {path}: no certificate in it is valid now (the last until {until:%Y-%m-%d})")
    return Trust(f"/centre/asterisk/keys/carrier-{hashlib.sha256(content).hexdigest()[:16]}.crt", content)
