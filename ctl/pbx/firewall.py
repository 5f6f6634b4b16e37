"""Rules for the packet filter (nftables): strangers take no places at Asterisk's doors that our own programs need.

Asterisk counts the connections of its HTTP server together, whoever holds them and for however long: browsers' telephones,
which may come from anywhere, and ARI, which comes from this machine. When the count is full it lets nobody in, and has no
means to tell one from the other. So the kernel has to, before Asterisk counts.
"""

from collections.abc import Sequence

from ctl.pbx.names import HTTP_SESSIONS
from ctl.settings import Settings

FROM_ONE = 20
"""Connections of browsers' telephones from one address: each telephone has one, and several may stand behind a router."""
KEPT_FOR_OURS = 100
"""Of `HTTP_SESSIONS`, for ARI: the switchboard has 64 at most, and a new one may come before those of the old are gone."""
BEGINS = "tcp flags & (fin | syn | rst | ack) == syn"
"""Not ``ct state new``: to a kernel that begins to look, whoever is connected already is new, too."""


def table(settings: Settings) -> str:
    """The name of our rules, of which there is one set for each address."""
    return f"ip toritsugi_{str(settings.address).replace('.', '_')}"


def rules(settings: Settings, ours: Sequence[str] = ()) -> str:
    """For ``nft -f``; they take the place of those that are in force. ``ours``: from where our own programs come, when not
    from this machine."""
    name, web = table(settings), f"tcp dport {{ {settings.http_port}, {settings.https_port} }} {BEGINS}"
    here = ", ".join(ours or ["127.0.0.0/8", str(settings.address)])
    carrier = "".join(f"\n        {rule}" for rule in _carrier(settings))
    return f"""\
table {name}
delete table {name}
table {name} {{
    set ours {{ type ipv4_addr; flags interval; auto-merge; elements = {{ {here} }}; }}
    set telephones {{ type ipv4_addr; size 65535; flags dynamic; }}
    chain input {{
        type filter hook input priority filter; policy accept;
        ip daddr != {settings.address} accept{carrier}
        ip saddr @ours accept
        # AMI is for our own programs.
        tcp dport {settings.ami_port} reject with tcp reset
        # Browsers' telephones: so many from one address, and so many that ARI finds a place.
        {web} add @telephones {{ ip saddr ct count over {FROM_ONE} }} reject with tcp reset
        {web} ct count over {HTTP_SESSIONS - KEPT_FOR_OURS} reject with tcp reset
    }}
}}
"""


def _carrier(settings: Settings) -> Sequence[str]:
    """He is known by his address, and anybody can write that into a UDP packet."""
    if settings.carrier_transport == "udp":
        return ()
    kinds = "{ tcp, udp }" if settings.carrier_transport == "tls" else "udp"
    return (
        f"# The carrier speaks {settings.carrier_transport.upper()}; what comes otherwise in his name is not his.",
        f"ip saddr {settings.carrier_address} meta l4proto {kinds} th dport {settings.sip_port} drop",
    )
