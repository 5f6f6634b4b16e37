"""Postgres of one centre: its own data directory and port, run by an unprivileged user, reached over TCP only.

The data directory is bound over Debian's own place for clusters in a mount namespace of the process: so the folders
above the centre's home may stay closed to everybody (``/root`` usually is).
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from ctl.house.errors import HouseError, Progress
from ctl.house.machine import ensure_packages, require_root
from ctl.house.rootfs import in_container
from ctl.secrets import Secrets
from ctl.settings import Settings

OWNER = "toritsugi"
APP = "toritsugi_app"
DATABASE = "toritsugi"
SYSTEM_USER = "postgres"
_VERSIONS = Path("/usr/lib/postgresql")
_INSIDE = Path("/var/lib/postgresql")
_NO_DEFAULT_CLUSTER = Path("/etc/postgresql-common/createcluster.d/toritsugi.conf")

_ROLES_MADE = "toritsugi.roles"
"""A file in the data directory that says which roles this cluster has beside the owner."""

_ENTER = """\
mount --make-rprivate / 2>/dev/null || :
mount --bind "$1" "$2"
cd "$2"
shift 2
exec setpriv --reuid=postgres --regid=postgres --init-groups --inh-caps=-all -- "$@"
"""

_CONF = """\
listen_addresses = '{address}'
port = {port}
unix_socket_directories = ''
password_encryption = scram-sha-256
max_connections = 100
shared_buffers = 128MB
log_timezone = 'UTC'
timezone = 'UTC'
logging_collector = off
"""
_HBA = "host all all 127.0.0.0/8 scram-sha-256\nhost all all {address}/32 scram-sha-256\n"


def ensure_installed(progress: Progress) -> Path:
    """The directory of the server's programs; installs Debian's package when there is none.

    Debian would start a cluster of its own at once: it is asked not to.
    """
    found = installed()
    if found is None:
        _NO_DEFAULT_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
        _NO_DEFAULT_CLUSTER.write_text("create_main_cluster = false\n", encoding="utf-8")
        try:
            ensure_packages(["postgresql"], progress)
        finally:
            _NO_DEFAULT_CLUSTER.unlink()
        found = installed()
    if found is None:
        raise HouseError(f"no Postgres server is below {_VERSIONS}: apt-get install postgresql")
    return found


def installed() -> Path | None:
    """The programs of the newest installed version that is whole."""
    if not shutil.which("setpriv"):
        return None
    versions = [path for path in _VERSIONS.glob("*") if (path / "bin" / "initdb").exists()]
    newest = max(versions, key=lambda path: [int(part) for part in re.findall(r"\d+", path.name)], default=None)
    return newest / "bin" if newest else None


def as_postgres(settings: Settings, *argv: str) -> list[str]:
    """The command line that runs a program as the user postgres with the centre's cluster at its usual place."""
    if in_container():
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--inh-caps=-all", "--", *argv]
    enter = ["/bin/sh", "-euc", _ENTER, "postgres", str(settings.under("postgres")), str(_INSIDE)]
    unshare = shutil.which("unshare") or "/usr/bin/unshare"
    return [unshare, "--mount", "--propagation", "unchanged", "--", *enter, *argv]


def _inside(settings: Settings) -> Path:
    return settings.under("postgres") if in_container() else _INSIDE


def server_command(settings: Settings, programs: Path) -> list[str]:
    """The command line of the server, in the foreground. SIGINT is its fast and clean stop."""
    return as_postgres(settings, str(programs / "postgres"), "-D", str(_inside(settings) / "data"))


def ready_command(settings: Settings, programs: Path) -> list[str]:
    """Exit status 0 when the server takes connections."""
    where = ["-h", str(settings.address), "-p", str(settings.postgres_port), "-t", "3", "-q"]
    return [str(programs / "pg_isready"), *where, "-d", DATABASE, "-U", OWNER]


def ensure_cluster(settings: Settings, secrets: Secrets, progress: Progress) -> Path:
    """Make the cluster with its user and database, if there is none, and write its settings. Returns the programs.

    Interrupted, it leaves nothing behind that looks finished.
    """
    programs = ensure_installed(progress)
    require_root("running Postgres")
    home = settings.under("postgres")
    home.mkdir(parents=True, exist_ok=True)
    _own(home)
    if not (home / "data" / "PG_VERSION").exists():
        progress("making a database cluster")
        _make(settings, secrets, programs, home)
    if not (home / "data" / _ROLES_MADE).exists():
        _make_roles(settings, secrets, programs, home)
    _write(home / "data" / "postgresql.conf", _CONF.format(address=settings.address, port=settings.postgres_port))
    _write(home / "data" / "pg_hba.conf", _HBA.format(address=settings.address))
    return programs


def _make(settings: Settings, secrets: Secrets, programs: Path, home: Path) -> None:
    shutil.rmtree(home / "fresh", ignore_errors=True)
    fresh = str(_inside(settings) / "fresh")
    # The superuser has no password: nobody gets in as postgres over TCP.
    _run(
        as_postgres(
            settings, str(programs / "initdb"), "-D", fresh, "-U", SYSTEM_USER, "-E", "UTF8", "--locale=C.UTF-8", "-N"
        ),
        "",
    )
    password = secrets.postgres.replace("'", "''")
    orders = f"CREATE ROLE {OWNER} LOGIN PASSWORD '{password}';\n\nCREATE DATABASE {DATABASE} OWNER {OWNER};\n\n"
    _order(settings, programs, fresh, orders)
    (home / "fresh").rename(home / "data")


def _make_roles(settings: Settings, secrets: Secrets, programs: Path, home: Path) -> None:
    """The role with which the program works, also in a cluster from before there was one. The server does not run."""
    password = secrets.postgres_app.replace("'", "''")
    made = (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') THEN CREATE ROLE {APP}; END IF; "
        f"END $$;\n\nALTER ROLE {APP} LOGIN PASSWORD '{password}';\n\n"
    )
    _order(settings, programs, str(_inside(settings) / "data"), made)
    _write(home / "data" / _ROLES_MADE, f"{APP}\n")


def _order(settings: Settings, programs: Path, data: str, orders: str) -> None:
    single = ["-j", "-c", "password_encryption=scram-sha-256", "-D", data, "template1"]
    _run(as_postgres(settings, str(programs / "postgres"), "--single", *single), orders)


def _run(argv: list[str], said: str) -> None:
    done = subprocess.run(argv, check=False, input=said, text=True, capture_output=True)
    if done.returncode or "ERROR" in done.stderr:
        raise HouseError(f"Postgres could not be prepared:\n{done.stderr.strip() or done.stdout.strip()}")


def _own(path: Path) -> None:
    shutil.chown(path, SYSTEM_USER, SYSTEM_USER)
    path.chmod(0o700)


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    shutil.chown(fresh, SYSTEM_USER, SYSTEM_USER)
    fresh.chmod(0o600)
    fresh.rename(path)
