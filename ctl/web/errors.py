"""Errors as people see them: one plain page (or JSON document) with a number that is also in the log.

Nothing of the inside is told: no trace, no library, no version, no path.
"""

import logging
import secrets
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from ctl.web.meter import route_of
from ctl.web.pages import document, page, wants_json
from ctl.web.trouble import Trouble

log = logging.getLogger(__name__)


TITLES = {
    400: "入力に誤りがあります",
    401: "ログインが必要です",
    403: "開けません",
    404: "見つかりません",
    405: "この操作はできません",
    408: "時間がかかりすぎました",
    409: "いまはできません",
    413: "大きすぎます",
    416: "その範囲はありません",
    421: "この名前では開けません",
    429: "しばらくお待ちください",
    503: "記録をいま読み出せません",
}
MESSAGES = {
    403: "このページを開く権限がありません。",
    404: "お探しのページや通話はありません。アドレスを確かめてください。",
    405: "この操作は受け付けていません。",
    413: "送られた内容が大きすぎます。小さく分けてください。",
}
OURS = "センターの中で誤りが起きました。もう一度お試しください。続くときは下の番号を担当者に伝えてください。"


@web.middleware
async def tell_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into an answer, and note it under its number."""
    try:
        return await handler(request)
    except Trouble as trouble:
        return _told(request, trouble)
    except web.HTTPException as answer:
        if answer.status < HTTPStatus.BAD_REQUEST:
            raise
        told = _told(request, Trouble(answer.status, MESSAGES.get(answer.status, OURS)))
        if allow := answer.headers.get("Allow"):
            told.headers["Allow"] = allow
        return told
    except Exception as error:
        begun = request.writer.output_size > 0
        if isinstance(error, ConnectionError) and (begun or request.transport is None):
            raise  # who asked has gone, in the middle of a form or of the answer: nobody is there to be told, and nothing is wrong
        number = _number()
        log.exception("error=%s method=%s route=%s", number, request.method, route_of(request))
        if begun:
            raise  # an answer is broken off, never followed by another
        return _answer(request, Trouble(500, OURS), number)


def _told(request: web.Request, trouble: Trouble) -> web.Response:
    number = _number()
    level = logging.WARNING if trouble.status < HTTPStatus.INTERNAL_SERVER_ERROR else logging.ERROR
    log.log(level, "error=%s status=%s method=%s route=%s", number, trouble.status, request.method, route_of(request))
    return _answer(request, trouble, number)


def _answer(request: web.Request, trouble: Trouble, number: str) -> web.Response:
    if wants_json(request):
        body = {"error": {"id": number, "message": trouble.message, "field": trouble.field}}
        return document(body, trouble.status)
    title = TITLES.get(trouble.status, "誤りが起きました")
    return page(request, "error.html", trouble.status, title=title, trouble=trouble, number=number)


def _number() -> str:
    return secrets.token_hex(4)
