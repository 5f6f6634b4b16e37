"""A certificate of our own making for SIP over TLS and for browsers' secure sockets, until a real one takes its place.

Put a real one into ``asterisk/keys`` under the same names: one that this module did not sign is never touched.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ctl.pbx.deploy.places import Owner, asterisk, give
from ctl.pbx.deploy.render import CERTIFICATE
from ctl.settings import Settings

ISSUER = "call centre, self-made"
VALID = timedelta(days=825)
"""Browsers take none that lasts longer."""
RENEW_BEFORE = timedelta(days=60)


def ensure_certificate(settings: Settings, owner: Owner | None, now: datetime | None = None) -> bool:
    """Make the key pair unless a good one lies there. True when a new one was made."""
    path = asterisk(settings, "keys", f"{CERTIFICATE}.crt")
    key_path = path.with_suffix(".key")
    at = now or datetime.now(UTC)
    if key_path.exists() and _still_good(path, settings, at):
        return False
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(key, settings, at)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(key_path, secret, owner, 0o600)
    _write(path, certificate.public_bytes(serialization.Encoding.PEM), owner, 0o644)
    return True


def _certificate(key: ec.EllipticCurvePrivateKey, settings: Settings, at: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + VALID)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(settings.address)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _still_good(path: Path, settings: Settings, at: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return False
    if ISSUER not in [name.value for name in certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)]:
        return True  # not ours to judge
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = names.get_values_for_type(x509.IPAddress)
    return settings.address in addresses and at < certificate.not_valid_after_utc - RENEW_BEFORE


def _write(path: Path, content: bytes, owner: Owner | None, mode: int) -> None:
    """Aside and renamed, never readable by more than it should be, not even for a moment."""
    fresh = path.with_suffix(f"{path.suffix}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_bytes(content)
    give(fresh, owner, mode)
    fresh.replace(path)
