"""What a killed making of Asterisk's root file system leaves behind. That one is made, all other lab tests show.

mmdebstrap is a stand-in here, since the real one takes minutes: it mounts as the real one does, and is never done.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

STAND_IN = """\
#!/bin/sh -eu
exec 3> "$TOLD"
for argument; do
    case $argument in */building-*) made=$argument ;; esac
done
mkdir "$made/proc"
mount -t proc proc "$made/proc"
echo "$made" >&3
sleep 1000 &
wait
"""


async def test_killed_making_leaves_no_process_and_no_mount(tmp_path: Path) -> None:
    tools, told = tmp_path / "tools", tmp_path / "told"
    tools.mkdir()
    (tools / "mmdebstrap").write_text(STAND_IN)
    (tools / "mmdebstrap").chmod(0o755)
    os.mkfifo(told)
    environment = {
        **os.environ,
        "PATH": f"{tools}:{os.environ['PATH']}",
        "CTL_CACHE": str(tmp_path / "cache"),
        "TOLD": str(told),
    }
    ctl = await asyncio.create_subprocess_exec(sys.executable, "-m", "ctl", "rootfs", env=environment)
    listener = await asyncio.create_subprocess_exec("cat", told, stdout=PIPE)
    assert listener.stdout is not None
    try:
        async with asyncio.timeout(60):
            made = Path((await listener.stdout.readline()).decode().strip())
        assert made.parent == tmp_path / "cache" / "rootfs"
        ctl.kill()
        async with asyncio.timeout(10):
            await listener.stdout.read()  # ends when nobody is left who could say more
    finally:
        for process in (ctl, listener):
            if process.returncode is None:
                process.kill()
            await process.wait()
    assert os.listdir(made / "proc") == []
