"""How many requests, how long they take, by route and status: N-3 asks for answers within 3 s."""

import time

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Histogram

BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 10.0)
ENDLESS = {"/floor/events", "/calls/{call}/recordings/{segment}.wav"}
"""Answers that last as long as somebody looks or listens tell nothing about speed."""


def route_of(request: web.Request) -> str:
    """The route's pattern, never the address itself, which may hold what a citizen's call is named."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "-"


class Meter:
    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self._seconds = Histogram(
            "ctl_web_request_seconds",
            "Time to answer a request.",
            ["route", "status"],
            buckets=BUCKETS,
            registry=self.registry,
        )

    @web.middleware
    async def measure(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        began = time.perf_counter()
        answer = await handler(request)
        route = route_of(request)
        if route not in ENDLESS:
            self._seconds.labels(route, str(answer.status)).observe(time.perf_counter() - began)
        return answer
