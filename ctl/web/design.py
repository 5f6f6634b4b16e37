"""The living page of the design system: every part of `templates/ui.html` in every state, with words as screens have them."""

from aiohttp import web

from ctl.web.pages import page
from ctl.web.permission import open_to_all

routes = web.RouteTableDef()


@routes.get("/_design")
@open_to_all("shows parts of pages, nothing of the centre")
async def design(request: web.Request) -> web.Response:
    return page(request, "design.html")
