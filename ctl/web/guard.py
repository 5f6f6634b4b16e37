"""What stands before every page: who may ask (host, method, origin) and what every answer carries (headers).

A browser inside is a way in for others: a hostile page could point a name of its own at our address (DNS rebinding) or
read across origins. Both end here; who people are and what they may do is the business of `ctl.web.entry`.
"""

from ipaddress import ip_address

from aiohttp import web
from aiohttp.typedefs import Handler

from ctl.settings import Settings
from ctl.web.keys import SETTINGS
from ctl.web.trouble import Trouble

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "media-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""Recordings and calls are personal data: nothing is kept by browsers or proxies. Static files override the last."""

HSTS = "max-age=31536000"
"""A year without plain HTTP. Browsers heed it for names, not for addresses (RFC 6797 §8.1.1)."""


def host_is_ours(host: str | None, settings: Settings) -> bool:
    """Whether a Host header names this machine by an address of ours, ``localhost`` or a name of CTL_WEB_NAMES.

    Any port, since ports are mapped. Where the screens listen on every network, any address may be ours.
    """
    if not host:
        return False
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    if name.lower() in ("localhost", *settings.web_host_names):
        return True
    try:
        address = ip_address(name.strip("[]"))
    except ValueError:
        return False
    return address.is_loopback or address in (settings.address, settings.web_host) or settings.web_host.is_unspecified


@web.middleware
async def only_ours(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what no honest browser on this machine would send."""
    settings = request.app[SETTINGS]
    if not host_is_ours(request.headers.get("Host"), settings):
        raise Trouble(421, f"{settings.web_url} を開いてください。", "Host")
    elsewhere = request.headers.get("Sec-Fetch-Site", "none") in {"cross-site", "same-site"}
    if elsewhere and request.headers.get("Sec-Fetch-Mode") != "navigate":
        raise Trouble(403, "ほかのサイトからの読み出しはできません。", "Sec-Fetch-Site")
    return await handler(request)


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on every answer, and take the server's name and version off."""
    if request.secure and not request.host.startswith("localhost"):  # which other programs serve too, without TLS
        response.headers["Strict-Transport-Security"] = HSTS
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.popall("Server", None)
