"""The settings file: what holds in every shell, in every service, and after a restart of the machine.

One ``NAME=value`` a line, under the names of the environment; ``#`` begins a comment. What holds blanks, quotes or ``#``
stands in single quotes. Nothing is expanded: a password may hold ``$``.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from dotenv.parser import Binding, parse_stream
from pydantic.fields import FieldInfo
from pydantic_settings import SettingsError

from ctl.settings import in_environment

SECRET = "carrier_password"


def read(path: Path, settings: Mapping[str, FieldInfo]) -> dict[str, str]:
    """The settings that the file gives, of those that there are. Relative paths begin at the folder of the file.

    SettingsError has a line for each fault, and no value in it.
    """
    try:
        with path.open(encoding="utf-8") as file:
            seen_by_others = os.fstat(file.fileno()).st_mode & 0o077
            lines = [line for line in parse_stream(file) if line.key is not None or line.error]
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; CTL_SETTINGS names the settings file") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is no text in UTF-8") from None
    names = {in_environment(name): name for name in settings}
    faults: list[str] = []
    given: dict[str, str] = {}
    for line in lines:
        name = names.get(line.key or "")
        if line.key is None or line.value is None:
            faults.append(
                f"{_place(path, line)}: is not NAME=value; what holds blanks, quotes or # stands in single quotes"
            )
        elif name is None:
            faults.append(f"{_place(path, line)}: {line.key} is no setting")
        elif name in given:
            faults.append(f"{_place(path, line)}: {line.key} is given twice; leave one line")
        elif not _is_path(settings[name]):
            given[name] = line.value
        elif line.value:
            given[name] = str(path.parent / line.value)
        else:
            faults.append(f"{_place(path, line)}: {line.key} is no path; leave the line out")
    if SECRET in given and seen_by_others:
        faults.append(f"{path}: holds {in_environment(SECRET)}, and others may read it: chmod 600 {path}")
    if faults:
        raise SettingsError("\n".join(faults))
    return given


def _place(path: Path, line: Binding) -> str:
    """The parser counts empty lines to the one that follows."""
    text = line.original.string
    return f"{path}:{line.original.line + text[: len(text) - len(text.lstrip())].count(chr(10))}"


def _is_path(setting: FieldInfo) -> bool:
    return Path in (setting.annotation, *get_args(setting.annotation))
