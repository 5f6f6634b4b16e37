"""The tables of accounts. Nothing in them lets anybody sign in: passwords, codes, links and sessions are hashes, the
secret of a second factor is encrypted with a key that is not in the database."""

from sqlalchemy import ForeignKey, Identity, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from ctl.database.base import Base, Instant


class Account(Base):
    """A person. Never deleted, so that the audit's names stay true; ``disabled_at`` shuts it.

    ``groups`` null: every group. ``totp_step``: the last time step whose code was used. ``recovery``: hashes of the
    recovery codes that are left.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    extension: Mapped[str | None]
    groups: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    password: Mapped[str | None]
    password_at: Mapped[Instant | None]
    totp: Mapped[str | None]
    totp_step: Mapped[int] = mapped_column(server_default="0")
    recovery: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    created_at: Mapped[Instant]
    created_by: Mapped[str]
    disabled_at: Mapped[Instant | None]
    signed_in_at: Mapped[Instant | None]


class SessionRow(Base):
    """``token``: the hash of what the browser holds."""

    __tablename__ = "sessions"

    token: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[int] = mapped_column(ForeignKey("accounts.id", name="sessions_account_fkey"))
    began_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    proved_at: Mapped[Instant]
    where: Mapped[str]
    agent: Mapped[str]

    __table_args__ = (Index(None, "account"),)


class PasswordLink(Base):
    """A link with which the owner of an account sets the password, once. ``second_factor``: takes that away, too."""

    __tablename__ = "password_links"

    token: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[int] = mapped_column(ForeignKey("accounts.id", name="password_links_account_fkey"))
    made_at: Mapped[Instant]
    made_by: Mapped[str]
    expires_at: Mapped[Instant]
    second_factor: Mapped[bool]

    __table_args__ = (Index(None, "account"),)


class LoginFailure(Base):
    """Vain attempts in a row, by who was tried from where (`ctl.security.backoff`)."""

    __tablename__ = "login_failures"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[Instant]

    __table_args__ = (Index(None, "last_at"),)


class MachineToken(Base):
    """A token of a program (`ctl.security.machines`). ``hash``: of the token. Never deleted: the audit names it."""

    __tablename__ = "machine_tokens"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str]
    hash: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[Instant]
    created_by: Mapped[str]
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    used_at: Mapped[Instant | None]
    used_from: Mapped[str | None]

    __table_args__ = (Index(None, "name", unique=True), Index(None, "hash", unique=True))
