"""The second factor: codes of an authenticator (TOTP, RFC 6238), and recovery codes for the day the telephone is gone."""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime

import segno
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken as WrongCode
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from ctl.secrets import Secrets

STEP_S = 30
DIGITS = 6
DRIFT = 1
"""Steps that a clock may be off, each way."""
ISSUER = "総合コールセンター"
CODES = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without what looks alike."""


def new_secret() -> bytes:
    """160 bits, as RFC 4226 §4 recommends."""
    return secrets.token_bytes(20)


def spelled(secret: bytes) -> str:
    """For typing into an authenticator by hand."""
    return base64.b32encode(secret).decode()


def address(secret: bytes, login: str) -> str:
    """What an authenticator reads from the picture."""
    return _totp(secret).get_provisioning_uri(login, ISSUER)


def picture(secret: bytes, login: str) -> str:
    """The QR code as SVG, without style of its own: dark on white in either theme."""
    return segno.make(address(secret, login), error="m").svg_inline(
        scale=4, border=4, dark="#000", light="#fff", title="認証アプリで読み取る二次元コード"
    )


def step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """The time step that the code belongs to; None when it is wrong. A step is to be used once."""
    given = unicodedata.normalize("NFKC", code).replace(" ", "")  # １２３４５６ is typed as well
    if len(given) != DIGITS or not given.isascii() or not given.isdigit():
        return None
    here = int(now.timestamp()) // STEP_S
    for step in range(here - DRIFT, here + DRIFT + 1):
        try:
            _totp(secret).verify(given.encode(), step * STEP_S)
        except WrongCode:
            continue
        return step
    return None


def code_at(secret: bytes, now: datetime) -> str:
    """What an authenticator shows."""
    return _totp(secret).generate(int(now.timestamp())).decode()


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_S, enforce_key_length=False)


def recovery_codes() -> list[str]:
    """Ten codes of 74 bits, to be written down: abcde-fghjk-mnpqr."""
    made = ("".join(secrets.choice(ALPHABET) for _ in range(15)) for _ in range(CODES))
    return [f"{code[:5]}-{code[5:10]}-{code[10:]}" for code in made]


def recovery_hash(account: int, code: str) -> str:
    """How a recovery code is kept; hyphens, blanks and capitals do not matter."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", code).lower() if sign.isalnum())
    return hmac.new(str(account).encode(), plain.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


class Locker:
    """Keeps the secrets of second factors, so that a copy of the database alone makes no codes."""

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))

    @classmethod
    def of(cls, known: Secrets) -> "Locker":
        return cls(known.get("second-factor"))

    def shut(self, secret: bytes) -> str:
        return self._fernet.encrypt(secret).decode()

    def open(self, kept: str) -> bytes | None:
        """None when it was shut with another key."""
        try:
            return self._fernet.decrypt(kept.encode())
        except InvalidToken:
            return None
