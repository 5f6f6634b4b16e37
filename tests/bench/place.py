"""Where is measured: a centre of its own with a direct queue, many operators and no wrap-up, beside `Queue()`.

Both competitors live in the same Asterisk: the number ``OURS`` leads through the switchboard, ``THEIRS`` through
``Queue()`` as well tuned as it goes (members are the telephones themselves, autofill, no announcements, the shortest
retry it allows: one second).
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ctl.house import ensure_rootfs
from ctl.house.asterisk import asterisk_command
from ctl.lab.centre import Centre
from ctl.lab.flows import AROUND_THE_CLOCK, set_today
from ctl.pbx.names import fallback_queue
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.ids import QueueName
from tests.bench import sipp

OURS, THEIRS, KEYS = "0399990001", "0399990002", "0399990003"
FIRST, LAST = 3001, 3140
"""Extensions of the operators who are only there to be measured."""
GROUP, QUEUE, RIVAL = "bench", "bench", "rival"


def flows_for_measuring(source: Path, copy: Path) -> Path:
    """The product's flows with a direct queue, a short menu and the operators of the measurements."""
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
        ],
    )
    change(
        "queues.yaml",
        groups={GROUP: "計測", RIVAL: "比較"},
        queues={
            QUEUE: {"label": "計測", "stages": [{"group": GROUP}]},
            RIVAL: {"label": "比較", "stages": [{"group": RIVAL}]},
        },
    )
    names = [f"計測 {extension}" for extension in range(FIRST, LAST + 1)]
    change(
        "operators.yaml",
        operators=[{"extensions": f"{FIRST}-{LAST}", "skills": {GROUP: 1, RIVAL: 1}, "names": names}],
    )
    change("centre.yaml", trunk={"limit": 500})
    document = yaml.load(copy / "centre.yaml")
    document["wrap_up"] = False
    yaml.dump(document, copy / "centre.yaml")
    change("announcements.yaml", announcements={"bench-prompt": {"text": "番号を、押してください。"}})
    direct = {"label": "計測", "start": "queue", "nodes": {"queue": {"kind": "queue", "queue": QUEUE}}}
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
    yaml.dump(keys, copy / "flows" / "bench-keys.yaml")
    return copy


class Place:
    """A running centre for measurements. ``net``: the first three parts of its loopback network."""

    def __init__(self, centre: Centre, folder: Path, rootfs: Path) -> None:
        self.centre = centre
        self.folder = folder
        self._rootfs = rootfs
        address = str(centre.settings.address)
        self.pbx = f"{address}:{centre.settings.sip_port}"
        self.net = address.rpartition(".")[0]
        self.carrier = str(centre.settings.carrier_address)

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: Settings, folder: Path) -> AsyncIterator["Place"]:
        rootfs = ensure_rootfs(settings, print)
        async with Centre.started(settings) as centre:
            place = cls(centre, folder, rootfs)
            await place.asterisk("dialplan add extension " + f"{THEIRS},1,Answer(\\,i) into from-trunk")
            # The same recording as ours: what is compared is who finds the operator.
            record = "MixMonitor(\\,r(/centre/recordings/${UNIQUEID}-rx.wav)t(/centre/recordings/${UNIQUEID}-tx.wav))"
            await place.asterisk(f"dialplan add extension {THEIRS},2,{record} into from-trunk")
            await place.asterisk(
                f"dialplan add extension {THEIRS},3,Queue({fallback_queue(QueueName(RIVAL))}) into from-trunk"
            )
            yield place

    async def asterisk(self, command: str) -> str:
        """Ask the running Asterisk on its console."""
        settings = self.centre.settings
        call = asterisk_command(settings, self._rootfs, settings.under("asterisk", "etc"), "-rx", command)
        process = await asyncio.create_subprocess_exec(*call, stdout=asyncio.subprocess.PIPE)
        out, _ = await process.communicate()
        return out.decode()

    async def plug_in(self, extensions: Iterable[int], host: str) -> None:
        """Register telephones at ``host:5060``. They come to life there afterwards: see `reached`.

        The registration must come from the telephone's own port: the PBX calls back where it came from.
        """
        secrets = Secrets.of(self.centre.settings)
        wanted = [str(extension) for extension in extensions]
        lines = [
            f"{one};[authentication username={one} password={secrets.operator(one)}];{host}:5060" for one in wanted
        ]
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
            await self.asterisk(f"pjsip qualify {extension}")
        for extension in extensions:
            await self.centre.reaches(str(extension))

    async def get_ready(self, extensions: Iterable[int]) -> None:
        """Operators of the switchboard."""
        await self.centre.gets_ready(*(str(extension) for extension in extensions))

    async def join_queue(self, extensions: Iterable[int]) -> None:
        """Operators of ``Queue()``: the telephones themselves are its members."""
        for extension in extensions:
            await self.asterisk(f"queue add member PJSIP/{extension} to {fallback_queue(QueueName(RIVAL))}")

    def callers(self, name: str, numbers: Iterable[str]) -> Path:
        """A table for SIPp: who calls which number, each caller with a number of his own."""
        table = self.folder / f"{name}.csv"
        lines = [f"{number};03{50000000 + n:08d}" for n, number in enumerate(numbers)]
        table.write_text("SEQUENTIAL\n" + "\n".join(lines) + "\n", encoding="utf-8")
        return table
