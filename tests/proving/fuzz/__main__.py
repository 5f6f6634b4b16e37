"""Fuzz one reader until its time is over or it is broken: ``python -m tests.proving.fuzz NAME FOLDER SECONDS SEED``.

A process of its own for each, since the fuzzer ends the process. What breaks the reader is left in ``FOLDER``. The last
lines say how much was tried (libFuzzer's own words, read by `tests.proving.fuzzing`).
"""

import sys
from pathlib import Path

import atheris


def main() -> None:
    name, folder, seconds, seed = sys.argv[1:]
    with atheris.instrument_imports(include=["ctl", "panoramisk", "ruamel.yaml", "csv"]):
        from tests.proving.fuzz.targets import forget_folder, quiet, targets  # noqa: PLC0415 (watched as it is imported)
    quiet()
    target = targets()[name]
    seeds = Path(folder) / "seeds"
    seeds.mkdir(parents=True)
    for n, one in enumerate(target.seeds):
        (seeds / str(n)).write_bytes(one)
    longest = 2 * max(map(len, target.seeds)) + 200
    options = [f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={longest}", "-print_final_stats=1"]
    limits = ["-timeout=20", "-rss_limit_mb=2048", f"-artifact_prefix={folder}/"]
    try:
        atheris.Setup([sys.argv[0], *options, *limits, str(seeds)], target.meets)
        atheris.Fuzz()
    finally:
        forget_folder()


if __name__ == "__main__":
    main()
