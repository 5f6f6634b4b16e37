"""The living page of the design system: every part of `templates/ui.html` in every state, with words as screens have them."""

from aiohttp import web

from ctl.web.pages import page

routes = web.RouteTableDef()


@routes.get("/_design")
async def design(request: web.Request) -> web.Response:
    return page(request, "design.html")
