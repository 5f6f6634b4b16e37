"""The configuration of the town's own Asterisk."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ctl.lab.tones import MUSIC, VOICES

CARRIER, PHONES = 10, 30
"""Last part of each role's address in the town's network. The departments are reached through the carrier."""

_MODULES = """
res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb res_pjproject res_crypto
res_http_websocket res_websocket_client res_pjsip res_pjsip_pubsub res_pjsip_session res_pjsip_sdp_rtp
res_pjsip_caller_id res_pjsip_rfc3326 res_pjsip_outbound_authenticator_digest res_pjsip_authenticator_digest
res_pjsip_outbound_registration res_pjsip_endpoint_identifier_ip res_pjsip_dtmf_info res_rtp_asterisk
func_channel func_callerid chan_pjsip codec_ulaw codec_alaw format_wav format_pcm res_musiconhold pbx_config
res_stasis res_stasis_recording res_stasis_snoop res_stasis_answer res_stasis_playback app_stasis res_ari
res_ari_model res_ari_applications res_ari_asterisk res_ari_channels res_ari_events
"""


@dataclass(frozen=True)
class Town:
    """Where the town lives. ``net`` is the first three parts of its addresses: ``127.27.0``."""

    net: str
    home: Path
    rootfs: Path
    password: str
    pid: int = 0
    """The process of its Asterisk, once it runs."""

    @property
    def carrier(self) -> str:
        return f"{self.net}.{CARRIER}"

    @property
    def phones(self) -> str:
        return f"{self.net}.{PHONES}"

    @property
    def ari(self) -> str:
        return f"http://{self.carrier}:8088/ari"


def files(town: Town, centre: str, secret_of: Mapping[str, str]) -> dict[str, str]:
    """Name and text of every configuration file. ``secret_of``: the centre's password for each extension."""
    voices = (*VOICES, MUSIC)
    return {
        "asterisk.conf": _ASTERISK,
        "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in _MODULES.split()),
        "logger.conf": "[general]\n[logfiles]\nfull=notice,warning,error,verbose(3)\n",
        "http.conf": f"[general]\nenabled=yes\nbindaddr={town.carrier}\nbindport=8088\n",
        "ari.conf": f"[general]\nenabled=yes\nwebsocket_write_timeout=5000\n[lab]\ntype=user\npassword={town.password}\n",
        "rtp.conf": "[general]\nrtpstart=20000\nrtpend=29999\nstrictrtp=no\nicesupport=no\n",
        "musiconhold.conf": "".join(f"[{hertz}]\nmode=files\ndirectory=/centre/tones/{hertz}\n" for hertz in voices),
        "extensions.conf": _DIALPLAN,
        "pjsip.conf": _pjsip(town, centre, secret_of),
        "sorcery.conf": _SORCERY,
    }


_ASTERISK = """[directories]
astetcdir => /centre/etc
astdbdir => /centre/db
astkeydir => /centre/keys
astspooldir => /centre/spool
astrundir => /centre/run
astlogdir => /centre/log
astdatadir => /usr/share/asterisk
astmoddir => /usr/lib/x86_64-linux-gnu/asterisk/modules
[options]
verbose = 3
systemname = town
"""

_DIALPLAN = """[carrier]
exten => _[+0-9]!,1,Stasis(lab,outside,${EXTEN},${CALLERID(num)})
 same => n,Hangup()
[phones]
exten => _[+0-9]!,1,Stasis(lab,phone,${CHANNEL(endpoint)},${CALLERID(num)})
 same => n,Hangup()
"""

_SORCERY = """[res_pjsip_outbound_registration]
registration = memory
"""

_LINE = """disallow=all
allow=ulaw
direct_media=no
rtp_symmetric=no
moh_passthrough=yes
dtmf_mode=rfc4733
bind_rtp_to_media_address=yes
"""


def _pjsip(town: Town, centre: str, secret_of: Mapping[str, str]) -> str:
    trunk = f"""[global]
type=global
endpoint_identifier_order=line,ip
user_agent=town
[carrier]
type=transport
protocol=udp
bind={town.carrier}:5060
[phones]
type=transport
protocol=udp
bind={town.phones}:5060
[centre]
type=aor
contact=sip:{centre}:5060
[centre]
type=endpoint
transport=carrier
context=carrier
aors=centre
media_address={town.carrier}
trust_id_inbound=yes
send_pai=yes
{_LINE}
[centre]
type=identify
endpoint=centre
match={centre}
"""
    phone = """[{extension}]
type=auth
auth_type=userpass
username={extension}
password={secret}
[{extension}]
type=aor
contact=sip:{centre}:5060
[{extension}]
type=endpoint
transport=phones
context=phones
aors={extension}
outbound_auth={extension}
from_user={extension}
media_address={phones}
{line}
"""
    return trunk + "".join(
        phone.format(extension=extension, secret=secret, centre=centre, phones=town.phones, line=_LINE)
        for extension, secret in secret_of.items()
    )
