"""A carrier who is reached by TLS: only one whose certificate is vouched for hears of us."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from ctl.lab.centre import Centre
from ctl.lab.pulse import eventually
from ctl.pbx.deploy.render import render
from ctl.pbx.deploy.throwaway import free_address, temporary_home, throw_away
from ctl.pbx.deploy.trust import find_trust
from ctl.pbx.names import REGISTER_AGAIN_S
from ctl.secrets import Secrets
from ctl.settings import Settings
from tests.authority import Authority
from tests.plans import small_plan

PORT = 5061
PATIENCE_S = REGISTER_AGAIN_S + 10
"""What fails once on a busy machine is tried again within it."""


class Carrier:
    """Hears what is said over TLS, and counts who hung up without a word."""

    def __init__(self) -> None:
        self.heard = b""
        self.refusals = 0

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        before = len(self.heard)
        with suppress(OSError):  # the end of a handshake that failed
            while said := await reader.read(4096):
                self.heard += said
        self.refusals += len(self.heard) == before
        writer.close()


@asynccontextmanager
async def carrier(settings: Settings, authority: Authority) -> AsyncIterator[Carrier]:
    """At the carrier's address, with a certificate that this authority vouches for."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.certificate_for(settings.carrier_address))
    listening = Carrier()
    async with await asyncio.start_server(
        listening.meet, str(settings.carrier_address), settings.carrier_port, ssl=context
    ):
        yield listening


@pytest.mark.parametrize(("vouched_for", "verify"), [(True, True), (False, True), (False, False)])
async def test_only_a_carrier_who_is_vouched_for_is_talked_to(
    tmp_path: Path, rootfs: Path, vouched_for: bool, verify: bool
) -> None:
    ours, stranger = Authority(tmp_path, "ours"), Authority(tmp_path, "stranger")
    with temporary_home() as home:
        settings = Settings(
            home=home,
            address=free_address(),
            carrier_address=free_address(),
            carrier_port=PORT,
            carrier_transport="tls",
            carrier_user="0339811111",
            carrier_password="secret",
            carrier_ca_file=ours.file,
            carrier_verify=verify,
        )
        secrets, trust = Secrets.of(settings), find_trust(settings)
        trust.place(settings)
        files = render(settings, secrets, small_plan(), trust=trust.path)
        async with (
            carrier(settings, ours if vouched_for else stranger) as there,
            throw_away(settings, secrets, files, rootfs) as pbx,
        ):
            if vouched_for or not verify:

                async def registers() -> bool:
                    # he is asked whether he is there, too, before or after
                    return b"REGISTER sip:" in there.heard

                await eventually(registers, "Asterisk registers at the carrier", PATIENCE_S)
            else:

                async def refuses() -> bool:
                    return there.refusals > 0 and "certificate" in pbx.log().lower()

                await eventually(
                    refuses, "Asterisk hangs up on a carrier whom it does not trust, and says so", PATIENCE_S
                )
                assert there.heard == b""


async def test_a_bad_file_of_authorities_is_refused_by_deploy(tmp_path: Path, rootfs: Path) -> None:
    settings = Settings(home=tmp_path / "run", carrier_transport="tls", carrier_ca_file=tmp_path / "nowhere.pem")
    refused = await Centre(settings).ctl("deploy", "--check")
    assert refused.status == 2
    assert "CTL_CARRIER_CA_FILE" in refused.err
    assert "stays as it was" in refused.err
