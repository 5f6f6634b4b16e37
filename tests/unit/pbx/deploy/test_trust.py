"""Whom a TLS carrier's certificate must be vouched for by: named, checked before it is believed, and told to the PBX."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ctl.pbx.deploy.render import render
from ctl.pbx.deploy.trust import OF_DEBIAN, TrustError, find_trust
from ctl.secrets import Secrets
from ctl.settings import Settings
from tests.authority import Authority
from tests.plans import small_plan


def over_tls(tmp_path: Path, **more: object) -> Settings:
    return Settings.model_validate({"home": tmp_path / "run", "carrier_transport": "tls", **more})


def transport(settings: Settings) -> str:
    files = render(settings, Secrets.of(settings), small_plan(), trust=find_trust(settings).path)
    return re.split(r"^\[", files["pjsip.conf"], flags=re.MULTILINE)[5]


def test_a_tls_carrier_is_verified_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    text = transport(over_tls(tmp_path))
    assert text.startswith("transport-tls]")
    assert f"verify_server = yes\nca_list_file = {OF_DEBIAN}\n" in text
    assert "verify_server = no\n" in transport(over_tls(tmp_path, carrier_verify=False))


def test_a_file_of_authorities_is_placed_under_a_name_of_its_content(tmp_path: Path) -> None:
    settings = over_tls(tmp_path, carrier_ca_file=Authority(tmp_path, "one").file)
    trust = find_trust(settings)
    trust.place(settings)
    trust.place(settings)
    inside = Path(trust.path).relative_to("/centre")
    assert settings.under(str(inside)).read_bytes() == (tmp_path / "one.pem").read_bytes()
    assert f"ca_list_file = {trust.path}\n" in transport(settings)
    other = over_tls(tmp_path, carrier_ca_file=Authority(tmp_path, "two").file)
    assert find_trust(other).path != trust.path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"", "holds no PEM certificates"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds no PEM certificates"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_the_name_of_its_setting(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TrustError, match=rf"CTL_CARRIER_CA_FILE: .*ca\.pem.*{said}"):
        find_trust(over_tls(tmp_path, carrier_ca_file=path))


def test_authorities_that_are_all_out_of_date_are_refused(tmp_path: Path) -> None:
    file = Authority(tmp_path, "old", until=datetime(2020, 1, 2, tzinfo=UTC)).file
    with pytest.raises(TrustError, match=r"CTL_CARRIER_CA_FILE: .*until 2020-01-02"):
        find_trust(over_tls(tmp_path, carrier_ca_file=file))
