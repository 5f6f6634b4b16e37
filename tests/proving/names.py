"""A resolver that is dead while PBX and database are known by names."""

import asyncio
import shlex
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.proving.anew import started_anew
from tests.proving.place import Place

RESOLVER = 54
"""Last part of the address at which there is a resolver that never answers."""
PBX, DATABASE = "pbx.ward.example", "database.ward.example"
OURS = ("switchboard", "sentinel", "worker", "web")
DEAD_S = 12
_ENTER = """\
mount --bind "$1/hosts" /etc/hosts
mount --bind "$1/resolv.conf" /etc/resolv.conf
shift
exec "$@"
"""


async def resolver_dies(place: Place) -> None:
    """No name can be resolved any more; then everything that needs one has to begin anew."""
    hosts = place.centre.settings.under("hosts")
    known = hosts.read_text(encoding="ascii")
    hosts.write_text("127.0.0.1 localhost\n", encoding="ascii")
    try:
        assert place.wires is not None
        for one in (place.wires.ari, place.wires.ami, place.wires.postgres):
            one.cut()
        await asyncio.sleep(DEAD_S / 2)
        place.centre.kill("switchboard")
        await asyncio.sleep(DEAD_S / 2)
    finally:
        hosts.write_text(known, encoding="ascii")


@asynccontextmanager
async def named(place: Place) -> AsyncIterator[None]:
    """The centre's programs know PBX and database by names while the context lasts, and a resolver that is dead."""
    assert place.wires is not None
    home = place.centre.settings.under()
    names = f"{place.wires.ari.listen} {PBX}\n{place.wires.postgres.listen} {DATABASE}\n"
    (home / "hosts").write_text(f"127.0.0.1 localhost\n{names}", encoding="ascii")
    (home / "resolv.conf").write_text(f"nameserver {place.net}.{RESOLVER}\n", encoding="ascii")

    def by_name(_: str, script: str) -> str:
        enter = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-euc", _ENTER, "sh", str(home)]
        told = f"export CTL_ASTERISK_HOST={PBX} CTL_POSTGRES_HOST={DATABASE}\n"
        return f"{told}exec {shlex.join([*enter, '/bin/sh', '-c', script])}\n"

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind((f"{place.net}.{RESOLVER}", 53))
        async with started_anew(place, OURS, by_name):
            yield
