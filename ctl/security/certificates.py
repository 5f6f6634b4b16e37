"""The certificate of the screens: the centre's own authority for a trial, a given certificate in production.

The authority is made at the first start and lies in ``CTL_HOME/web``; browsers that are given its ``ca.crt`` trust what
it signs, so its key is for the centre's own user only. `CTL_WEB_CERTIFICATE` and `CTL_WEB_KEY` take its place.
"""

import fcntl
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ctl.settings import Settings

AUTHORITY_VALID = timedelta(days=3650)
VALID = timedelta(days=397)
"""Browsers take none from a public authority that lasts longer."""
RENEW_BEFORE = timedelta(days=60)


class BadCertificate(Exception):
    """The given certificate cannot be used: the setting, and why."""


@dataclass(frozen=True, slots=True)
class Files:
    """``authority``: what browsers must trust, None when the certificate was given."""

    certificate: Path
    key: Path
    authority: Path | None


def ensure(settings: Settings, now: datetime | None = None) -> Files:
    """The certificate to serve with; our own is made, or made anew when its time or its names have changed.

    Raises `BadCertificate` when a given one is not there or not whole.
    """
    if settings.web_certificate or settings.web_key:
        return _given(settings)
    home = settings.under("web")
    home.mkdir(parents=True, exist_ok=True)
    at = now or datetime.now(UTC)
    made = Files(home / "web.crt", home / "web.key", home / "ca.crt")
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        authority, authority_key = _authority(home, at)
        if not _still_good(made, authority, names(settings), at):
            _issue(made, authority, authority_key, names(settings), at)
    return made


def expires_at(files: Files) -> datetime:
    """When the certificate that is served ends."""
    return x509.load_pem_x509_certificate(files.certificate.read_bytes()).not_valid_after_utc


def names(settings: Settings) -> Sequence[str]:
    """Under which names and addresses browsers may come."""
    addresses = [str(one) for one in (settings.address, settings.web_host) if not one.is_unspecified]
    return list(dict.fromkeys(["localhost", "127.0.0.1", *addresses, *settings.web_host_names]))


def _given(settings: Settings) -> Files:
    if settings.web_certificate is None or settings.web_key is None:
        raise BadCertificate("CTL_WEB_CERTIFICATE and CTL_WEB_KEY belong together: set both, or none")
    for setting, path in (("CTL_WEB_CERTIFICATE", settings.web_certificate), ("CTL_WEB_KEY", settings.web_key)):
        try:
            path.read_bytes()
        except OSError as error:
            raise BadCertificate(f"{setting}: {path} cannot be read ({error.strerror})") from None
    try:
        x509.load_pem_x509_certificate(settings.web_certificate.read_bytes())
    except ValueError:
        raise BadCertificate(f"CTL_WEB_CERTIFICATE: {settings.web_certificate} is no certificate in PEM") from None
    return Files(settings.web_certificate, settings.web_key, None)


def _authority(home: Path, at: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate_file, key_file = home / "ca.crt", home / "ca.key"
    try:
        known = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if isinstance(key, ec.EllipticCurvePrivateKey) and at + VALID < known.not_valid_after_utc:
            return known, key
    except (FileNotFoundError, ValueError):
        pass
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Toritsugi, authority of this centre")
    certificate = (
        _begun(name, name, key, at, AUTHORITY_VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(key_file, _pem(key), 0o600)
    _write(certificate_file, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    return certificate, key


def _issue(
    files: Files,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    called: Sequence[str],
    at: datetime,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _begun(_name("Toritsugi"), authority.subject, key, at, VALID)
        .add_extension(x509.SubjectAlternativeName([_general(one) for one in called]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _write(files.key, _pem(key), 0o600)
    _write(files.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, at: datetime, valid: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + valid)
    )


def _still_good(files: Files, authority: x509.Certificate, called: Sequence[str], at: datetime) -> bool:
    try:
        known = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        serialization.load_pem_private_key(files.key.read_bytes(), None)
        known.verify_directly_issued_by(authority)
    except (FileNotFoundError, ValueError, TypeError, InvalidSignature):
        return False
    said = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(said) == {_general(one) for one in called} and at < known.not_valid_after_utc - RENEW_BEFORE


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    """Aside and renamed, never readable by more than it should be, not even for a moment."""
    fresh = path.with_suffix(f"{path.suffix}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    fresh.replace(path)
