"""The API does what its description says: a program that knows nothing but the description asks the running service."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import negative_data_rejection, positive_data_acceptance
from schemathesis.core.result import Ok

from ctl.cms.ingest import Ingest
from ctl.cms.queries import Records
from ctl.journal.codec import FACTS
from ctl.journal.shipper import Shipped
from ctl.security.audit import Ledger
from ctl.security.audit.book import PostgresBook
from ctl.security.audit.keeping import Keeper
from ctl.security.certificates import ensure
from ctl.security.machines import SCOPES, KeptTokens
from ctl.settings import Settings
from ctl.web.app import make_app
from ctl.web.names import NameBook, Names
from ctl.web.openapi import described, openapi
from ctl.web.permission import needs_of
from ctl.web.serve import context, serving
from tests.examples import examples
from tests.postgres import Cluster, empty
from tests.unit.security.audit.trails import entry
from tests.unit.web.town import StubArchive, StubSwitchboard, a_day, busy_floor, facts_of, ward_plan

EXAMPLES = examples(20, quick=6)


@dataclass(frozen=True, slots=True)
class Service:
    """A running web over a real Postgres; ``token`` opens all that a token can open."""

    url: str
    token: str
    call: str
    authority: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def _fill(cluster: Cluster, configured: Settings) -> str:
    """A day of calls and an audit trail. Gives the name of a call."""
    owner, engine = cluster.engine(), cluster.app_engine()
    await cluster.has_tables(owner)
    await empty(owner)
    day, calls = a_day()
    facts = [fact for call in calls for fact in facts_of(day, call)]
    shipped = [Shipped(n, fact, FACTS.encode_fact(fact)) for n, fact in enumerate(facts)]
    await Ingest(engine).take("j", 0, len(facts), shipped, now=0)
    ledger = Ledger.of(configured, engine)
    for n in range(1, 30):
        await ledger.note(entry(n))
    await Keeper.of(configured, ledger).look()
    await owner.dispose()
    await engine.dispose()
    return calls[0]


async def _serve(stack: AsyncExitStack, cluster: Cluster, configured: Settings) -> Service:
    call = await _fill(cluster, configured)
    engine = cluster.app_engine()
    stack.push_async_callback(engine.dispose)
    tokens, now = KeptTokens(engine), datetime.now(UTC)
    token = await tokens.make("fuzzer", SCOPES, now + timedelta(days=1), "hanako", now)
    book = PostgresBook(Ledger.of(configured, engine))
    names = NameBook(Names.of(ward_plan()))
    app = make_app(configured, StubSwitchboard(busy_floor()), Records(engine), names, book=book, tokens=tokens)
    files = ensure(configured)
    port = await stack.enter_async_context(serving(app, "127.0.0.1", 0, context(files)))
    return Service(f"https://127.0.0.1:{port}", token, call, str(files.authority))


@pytest.fixture(scope="module")
def service(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Served in a thread, since whoever asks here waits for the answer."""
    configured = Settings(home=tmp_path_factory.mktemp("web"))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    stack = AsyncExitStack()
    try:
        yield asyncio.run_coroutine_threadsafe(_serve(stack, cluster, configured), loop).result(60)
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_every_answer_is_what_the_description_says(service: Service) -> None:
    description = schemathesis.openapi.from_url(f"{service.url}/api/openapi.json", verify=service.authority)
    asked = Counter[str]()
    for found in description.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @given(
            case=operation.as_strategy() | operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
        )
        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        def ask(case: schemathesis.Case[Any]) -> None:
            # That the end comes after the beginning no schema can say; and what is wrong only because our token, which
            # is added here, is missing, is rightly answered.
            turned_round = {"since", "until"} <= set(case.query)
            unsaid = [negative_data_rejection, *([positive_data_acceptance] if turned_round else [])]
            case.call_and_validate(headers=service.headers, verify=service.authority, excluded_checks=unsaid)
            asked[case.operation.path] += 1

        ask()
    assert set(asked) == set(description.raw_schema["paths"])
    assert "/api/settings/files/{file}" in asked


@pytest.mark.parametrize("path", ["/api/calls", "/api/audit"])
@pytest.mark.parametrize(
    ("query", "status"),
    [("since=0001-01-01", 200), ("until=9999-12-31", 200), ("who=%00", 400), ("action=%ED%A0%80", None)],
)
def test_what_postgres_cannot_take_is_no_fault_of_ours(
    service: Service, path: str, query: str, status: int | None
) -> None:
    answer = requests.get(f"{service.url}{path}?{query}", headers=service.headers, verify=service.authority, timeout=10)
    assert answer.status_code == status if status is not None else answer.status_code < 500


def test_answers_with_data_are_what_the_description_says(service: Service) -> None:
    """The fuzzer seldom guesses what there is."""
    schema = schemathesis.openapi.from_url(f"{service.url}/api/openapi.json", verify=service.authority)
    settings_read = ("/api/settings", "/api/settings/history", "/api/settings/files/flows/main.yaml")
    for path in ("/api/calls", f"/api/calls/{service.call}", "/api/floor", "/api/audit", *settings_read):
        answer = requests.get(f"{service.url}{path}", headers=service.headers, verify=service.authority, timeout=10)
        assert answer.status_code == 200, path
        template = path.replace(service.call, "{call}").replace("flows/main.yaml", "{file}")
        schema[template]["GET"].validate_response(answer)
    assert (
        requests.get(f"{service.url}/api/calls", headers=service.headers, verify=service.authority, timeout=10).json()[
            "total"
        ]
        == 5
    )


def test_every_route_of_the_api_that_a_token_opens_is_described() -> None:
    app = make_app(Settings(), StubSwitchboard(busy_floor()), StubArchive(), NameBook())
    for route, word in described(app):
        need = needs_of(route)
        assert need is not None
        assert (word is not None) == (need.action in SCOPES), route
    for path, operations in openapi(app)["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"].endswith("."), (
                f"{method} {path}: the handler's first sentence says what it gives"
            )
            assert operation["x-scope"] in SCOPES, f"{method} {path}: no token could ever use it"
