"""All settings of the centre: one model, read from the settings file and from the environment (``CTL_*``), which wins.

Two centres run side by side when they differ in ``CTL_HOME`` and in either ``CTL_ADDRESS`` or the ports.
"""

import os
from ipaddress import IPv4Address
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

SOURCE_ROOT = Path(__file__).resolve().parent.parent
SETTINGS_FILE = SOURCE_ROOT / "settings.env"
PREFIX = "CTL_"


def settings_file() -> Path | None:
    """Where the settings file is: CTL_SETTINGS names another, whether it exists or not. None: there is none, or shall be."""
    named = os.environ.get(f"{PREFIX}SETTINGS")
    if named is None:
        return SETTINGS_FILE if SETTINGS_FILE.exists() else None
    return Path(named).absolute() if named else None


def in_environment(field: str) -> str:
    """The name of a setting in the environment, and in the settings file."""
    return f"{PREFIX}{field.upper()}"


def _cache_default() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "toritsugi"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    home: Path = Field(SOURCE_ROOT / ".run", description="everything this centre makes lies under it")
    cache: Path = Field(
        default_factory=_cache_default, description="what was downloaded or built, shared by all centres"
    )
    flows: Path = Field(SOURCE_ROOT / "ivr_flows", description="what operations edits: YAML and uploaded sounds")
    music: Path | None = Field(None, description="a folder of 8 kHz WAV files for music on hold; ours when not set")

    address: IPv4Address = Field(IPv4Address("127.0.0.1"), description="where this centre listens")
    sip_port: int = 5060
    sip_tls_port: int = 5061
    http_port: int = Field(8088, description="Asterisk's ARI and WebRTC signalling")
    https_port: int = Field(8089, description="the same for browsers that insist on TLS")
    ami_port: int = 5038
    web_port: int = 8080
    postgres_port: int = 54320
    rtp_first_port: int = 10000
    rtp_last_port: int = 12999

    carrier_address: IPv4Address = Field(IPv4Address("127.0.0.10"), description="the trunk's other end")
    carrier_port: int = 5060
    carrier_transport: Literal["udp", "tcp", "tls"] = "udp"
    carrier_user: str | None = Field(None, description="set: register at the carrier with this user")
    carrier_password: str | None = None
    carrier_registrar: IPv4Address | None = Field(None, description="where to register, when not at `carrier_address`")
    carrier_asked: bool = Field(True, description="ask the carrier by OPTIONS whether he is there")
    carrier_ca_file: Path | None = Field(
        None, description="PEM certificates that vouch for a TLS carrier; those that Debian trusts when not set"
    )
    carrier_verify: bool = Field(True, description="talk TLS only to a carrier whose certificate is vouched for")

    web_address: IPv4Address | None = Field(
        None, description="where the screens listen, when not on `address`; 0.0.0.0 for every network of this machine"
    )
    web_names: str = Field("", description="names under which browsers come, separated by commas: callcenter.example")
    web_certificate: Path | None = Field(
        None, description="PEM certificate (with its chain) for the screens; one of our own authority when not set"
    )
    web_key: Path | None = Field(None, description="PEM private key that belongs to `web_certificate`")

    asterisk_host: str | None = Field(None, description="where ARI and AMI are, when not on `address`")
    postgres_host: str | None = Field(
        None,
        description="where Postgres is, when not on `address`; several, separated by commas: whichever takes writing. "
        "Each may say its port: db1,db2:5433",
    )
    sentinel_grace_ms: int = Field(
        5000, description="how long the control plane may be away before callers are rescued"
    )

    alarm_hook: Path | None = Field(
        None, description="a program that is run for every alarm, with the alarm as JSON on standard input"
    )
    audit_heads: Path | None = Field(
        None,
        description="the second place: signed heads of the audit trail; another disk or host in production. "
        "CTL_HOME/audit/heads when not set",
    )
    second_factor: str = Field(
        "admin,security,supervisor",
        description="roles that must sign in with a second factor, separated by commas; empty for none",
    )

    session_idle_minutes: int = Field(60, ge=5, le=240, description="a session at the screens that is not used ends")
    session_hours: int = Field(12, ge=1, le=24, description="and no session lasts longer than this")

    log_file_mb: int = Field(20, ge=1, description="a log that has grown larger is turned over")
    log_files_kept: int = Field(5, ge=1, description="how many files of each log are kept beside the one in use")
    account_files_kept: int = Field(
        50, ge=1, description="the same for Asterisk's account of its channels, which `ctl journal compare` reads"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The settings file comes last: what the environment gives, or our own code, wins."""
        path = settings_file()
        if path is None:
            return init_settings, env_settings
        from ctl.settings_file import read  # noqa: PLC0415 - only where there is one

        return init_settings, env_settings, InitSettingsSource(settings_cls, dict(read(path, cls.model_fields)))

    @field_validator("postgres_host")
    @classmethod
    def _places(cls, hosts: str | None) -> str | None:
        for place in hosts.split(",") if hosts is not None else ():
            host, colon, port = place.strip().partition(":")
            if not host or (colon and not (port.isdecimal() and 0 < int(port) < 1 << 16)):
                raise ValueError(f"{place!r} is no host; write db1, or with its port db1:5433, several as db1,db2:5433")
        return hosts

    def under(self, *parts: str) -> Path:
        """A path below the centre's home, absolute."""
        return self.home.resolve().joinpath(*parts)

    @property
    def web_host(self) -> IPv4Address:
        """Where the screens listen."""
        return self.web_address or self.address

    @property
    def web_host_names(self) -> tuple[str, ...]:
        return tuple(name.strip().lower() for name in self.web_names.split(",") if name.strip())

    @property
    def web_url(self) -> str:
        """Where people go, with a slash at the end."""
        host = self.web_address or self.address
        name = self.web_host_names[0] if self.web_host_names else str(self.address if host.is_unspecified else host)
        return f"https://{name}:{self.web_port}/" if self.web_port != 443 else f"https://{name}/"

    @property
    def pbx_host(self) -> str:
        """Where Asterisk's ARI and AMI answer."""
        return self.asterisk_host or str(self.address)

    @property
    def journal_path(self) -> Path:
        return self.under("journal", "journal.sqlite")

    @property
    def recordings_path(self) -> Path:
        """Where Asterisk writes ``<call>-rx.wav`` (what the first leg said) and ``<call>-tx.wav`` (what it heard)."""
        return self.under("recordings")

    @property
    def prompts_path(self) -> Path:
        """Asterisk plays ``sound:ctl/NAME`` from ``NAME.wav`` here."""
        return self.under("prompts")

    def told_by(self, service: str) -> Path:
        """What a service leaves about itself again and again, for others to read.

        Not in the home itself: while a slow disk makes a file wait there, Asterisk waits for the home, too, before each
        recording (`ast_mkdir`), and every caller with it.
        """
        return self.under("told", f"{service}.json")

    @property
    def command_socket(self) -> Path:
        """Where the switchboard takes commands and tells the floor."""
        return self.under("switchboard.sock")
