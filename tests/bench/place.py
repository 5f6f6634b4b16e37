"""Where is measured: a centre of its own with a direct queue, many operators and no wrap-up, beside ``Queue()``.

Both competitors live in the same Asterisk: the number ``OURS`` leads through the switchboard, `rival.THEIRS` through
``Queue()``.
"""

import re
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ctl.lab.centre import Centre
from ctl.lab.flows import AROUND_THE_CLOCK, set_today
from ctl.lab.net import own_network
from ctl.lab.pulse import TooLateError, eventually
from ctl.secrets import Secrets
from ctl.settings import SOURCE_ROOT, Settings
from tests.bench import sipp
from tests.bench.rival import Rival

OURS, KEYS, TOLD, NOBODY = "0399990001", "0399990003", "0399990005", "0399990007"
FIRST, LAST = 3001, 3141
"""Extensions of the operators who are only there to be measured."""
GROUP, QUEUE, TELLING, DESERTED = "bench", "bench", "bench-told", "bench-deserted"
LONG = "ただいま、1番目で、お待ちいただいています。待ち時間は、およそ1分です。順番におつなぎします。"
"""Said to callers of `TELLING`; takes longer than the operator, who is rung meanwhile, to pick up."""


def flows_for_measuring(source: Path, copy: Path, last: int = LAST) -> Path:
    """The product's flows with direct queues, a short menu and the operators of the measurements, up to ``last``."""
    shutil.copytree(source, copy)
    set_today(copy, AROUND_THE_CLOCK)
    yaml = YAML()

    def change(name: str, **entries: Any) -> None:
        document = yaml.load(copy / name) or {}
        for key, value in entries.items():
            if isinstance(value, list):
                document[key].extend(value)
            else:
                document[key].update(value)
        yaml.dump(document, copy / name)

    change(
        "services.yaml",
        services=[
            {"number": OURS, "label": "計測", "flow": "bench", "queue": QUEUE},
            {"number": KEYS, "label": "計測", "flow": "bench-keys", "queue": QUEUE},
            {"number": TOLD, "label": "計測", "flow": "bench-told", "queue": TELLING},
            {"number": NOBODY, "label": "計測", "flow": "bench-deserted", "queue": DESERTED},
        ],
    )
    change(
        "queues.yaml",
        groups={GROUP: "計測", DESERTED: "計測"},
        queues={
            QUEUE: {"label": "計測", "stages": [{"group": GROUP}]},
            TELLING: {"label": "計測", "stages": [{"group": GROUP}], "entry": "bench-told"},
            DESERTED: {"label": "計測", "stages": [{"group": DESERTED}]},
        },
    )
    names = [f"計測 {extension}" for extension in range(FIRST, last + 1)]
    change(
        "operators.yaml",
        operators=[
            {"extensions": f"{FIRST}-{last}", "skills": {GROUP: 1}, "names": names},
            {"extensions": f"{last + 1}-{last + 1}", "skills": {DESERTED: 1}, "names": ["計測 欠勤"]},
        ],
    )
    change("centre.yaml", trunk={"limit": 500})
    document = yaml.load(copy / "centre.yaml")
    document["wrap_up"] = False
    yaml.dump(document, copy / "centre.yaml")
    change("announcements.yaml", announcements={"bench-prompt": "番号を、押してください。", "bench-told": LONG})
    direct, telling, deserted = (
        {"label": "計測", "start": "queue", "nodes": {"queue": {"kind": "queue", "queue": queue}}}
        for queue in (QUEUE, TELLING, DESERTED)
    )
    keys = {
        "label": "計測",
        "start": "menu",
        "nodes": {
            "menu": {
                "kind": "menu",
                "say": "bench-prompt",
                "choices": {"1": {"next": "next"}},
                "timeout_seconds": 10,
                "attempts": 1,
                "fallback": "next",
            },
            "next": {"kind": "close", "say": "bench-prompt"},
        },
    }
    yaml.dump(direct, copy / "flows" / "bench.yaml")
    yaml.dump(telling, copy / "flows" / "bench-told.yaml")
    yaml.dump(deserted, copy / "flows" / "bench-deserted.yaml")
    yaml.dump(keys, copy / "flows" / "bench-keys.yaml")
    return copy


class Place:
    """A running centre for measurements. ``net``: the first three parts of its loopback network."""

    def __init__(self, centre: Centre, rival: Rival, folder: Path) -> None:
        self.centre = centre
        self.rival = rival
        self.folder = folder
        self.host = str(centre.settings.address)
        self.pbx = f"{self.host}:{centre.settings.sip_port}"
        self.net = self.host.rpartition(".")[0]
        self.carrier = str(centre.settings.carrier_address)

    @classmethod
    @asynccontextmanager
    async def opened(cls, folder: Path, last: int = LAST) -> AsyncIterator["Place"]:
        """On a loopback network of its own; ``folder``: for its home, logs and captures; ``last``: of the operators."""
        async with AsyncExitStack() as stack:
            net = stack.enter_context(own_network())
            settings = Settings(
                home=folder / "run",
                flows=flows_for_measuring(SOURCE_ROOT / "ivr_flows", folder / "flows", last),
                address=IPv4Address(f"{net}.1"),
                carrier_address=IPv4Address(f"{net}.10"),
                carrier_asked=False,  # SIPp takes a question outside of a call for a fault
            )
            centre = await stack.enter_async_context(Centre.started(settings))
            rival = Rival(centre)
            await rival.move_in()
            yield cls(centre, rival, folder)

    @property
    def signalling(self) -> str:
        """A filter for `wire.captured`: all of SIP around this centre, no sound."""
        return f"udp port 5060 and net {self.net}.0/24"

    async def plug_in(self, extensions: Iterable[int], host: str) -> None:
        """Register telephones at ``host:5060``. They come to life there afterwards: see `reached`.

        The registration must come from the telephone's own port: the PBX calls back where it came from.
        """
        secrets = Secrets.of(self.centre.settings)
        wanted = [str(extension) for extension in extensions]
        # SIPp takes what begins with 0x for the hexadecimal form of a text, as one in 4,096 passwords does: so all are in it.
        passwords = {one: f"0x{secrets.operator(one).encode().hex()}" for one in wanted}
        lines = [f"{one};[authentication username={one} password={passwords[one]}];{host}:5060" for one in wanted]
        table = self.folder / f"register-{host}.csv"
        table.write_text("SEQUENTIAL\n" + "\n".join(lines) + "\n", encoding="utf-8")
        done = await sipp.run(
            "register",
            host,
            self.folder,
            *("-p", "5060", "-inf", str(table), "-m", str(len(wanted)), "-r", "50", self.pbx),
        )
        if done.status:
            raise RuntimeError(f"telephones could not be registered: {done.errors}")

    async def reached(self, extensions: Iterable[int]) -> None:
        """Wait until the centre reaches the telephones; the PBX is told to ask them now and not in its own time."""
        for extension in extensions:
            await self.rival.console(f"pjsip qualify {extension}")
        for extension in extensions:
            await self.centre.reaches(str(extension))

    @asynccontextmanager
    async def at_work(self, extensions: Iterable[int]) -> AsyncIterator[None]:
        """Operators of the switchboard, ready while the context lasts; at its end all calls are over and all go home.

        Their telephones must be there longer: who is ready without one gets calls that belong to others.
        """
        try:
            await self.centre.gets_ready(*(str(extension) for extension in extensions))
            yield
        finally:
            await self.centre.everybody_goes_home()

    async def empties(self) -> int:
        """How many channels the PBX still has after half a minute: 0, as soon as there are none."""

        async def gone() -> bool:
            return await self._channels() == 0

        with suppress(TooLateError):
            await eventually(gone, "no channel is left", 30)
        return await self._channels()

    async def hang_up(self) -> None:
        """Hang up whatever there is."""
        await self.rival.console("channel request hangup all")
        await self.empties()

    async def _channels(self) -> int:
        told = await self.rival.console("core show channels count")
        found = re.search(r"^(\d+) active channel", told, re.MULTILINE)
        if found is None:
            raise RuntimeError(f"the PBX does not tell its channels: {told}")
        return int(found.group(1))
