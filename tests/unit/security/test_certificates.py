"""The centre's own authority and what it signs; given certificates."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from ctl.security.certificates import VALID, BadCertificate, ensure, expires_at
from ctl.settings import Settings

NOW = datetime.now(UTC)


def test_a_certificate_holds_for_every_name_browsers_may_use(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, web_names="callcenter.example, cc.example")
    files = ensure(settings)
    assert files.authority is not None
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    leaf = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    for name in ("localhost", "callcenter.example", "cc.example"):
        verifier = PolicyBuilder().store(Store([authority])).build_server_verifier(x509.DNSName(name))
        assert verifier.verify(leaf, [])[0] == leaf


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    files = ensure(Settings(home=tmp_path))
    assert files.authority is not None
    for key in (files.key, files.authority.with_suffix(".key")):
        assert key.stat().st_mode & 0o777 == 0o600


def test_it_is_made_once_and_anew_only_when_names_or_time_ask_for_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    first = ensure(settings, NOW).certificate.read_bytes()
    assert ensure(settings, NOW).certificate.read_bytes() == first
    named = ensure(Settings(home=tmp_path, web_names="cc.example"), NOW).certificate.read_bytes()
    assert named != first
    files = ensure(settings, NOW)
    later = expires_at(files) - timedelta(days=30)
    assert expires_at(ensure(settings, later)) > later + VALID - timedelta(days=1)


def test_the_authority_stays_so_that_browsers_need_to_be_told_once(tmp_path: Path) -> None:
    first = ensure(Settings(home=tmp_path))
    assert first.authority is not None
    known = first.authority.read_bytes()
    ensure(Settings(home=tmp_path, web_names="cc.example"), NOW + timedelta(days=400))
    assert first.authority.read_bytes() == known


def test_a_given_certificate_takes_the_place_of_ours(tmp_path: Path) -> None:
    given = ensure(Settings(home=tmp_path / "elsewhere"))
    files = ensure(Settings(home=tmp_path, web_certificate=given.certificate, web_key=given.key))
    assert (files.certificate, files.authority) == (given.certificate, None)
    assert not (tmp_path / "web").exists()


@pytest.mark.parametrize(
    ("certificate", "key", "told"),
    [
        ("there.crt", None, "CTL_WEB_CERTIFICATE and CTL_WEB_KEY"),
        (None, "there.key", "CTL_WEB_CERTIFICATE and CTL_WEB_KEY"),
        ("missing.crt", "there.key", "CTL_WEB_CERTIFICATE"),
        ("there.crt", "missing.key", "CTL_WEB_KEY"),
        ("there.key", "there.key", "CTL_WEB_CERTIFICATE"),
    ],
)
def test_what_is_wrong_with_a_given_one_is_told_by_its_setting(
    tmp_path: Path, certificate: str | None, key: str | None, told: str
) -> None:
    made = ensure(Settings(home=tmp_path))
    (tmp_path / "there.crt").write_bytes(made.certificate.read_bytes())
    (tmp_path / "there.key").write_bytes(made.key.read_bytes())
    settings = Settings(
        web_certificate=tmp_path / certificate if certificate else None, web_key=tmp_path / key if key else None
    )
    with pytest.raises(BadCertificate, match=told):
        ensure(settings)
