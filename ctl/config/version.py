"""Names content by what it is: equal content, equal name, on every machine."""

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def content_hash(value: "DataclassInstance") -> str:
    """SHA-256 of a record and all within it. The order of mappings counts: it decides which digit means which reason."""
    text = json.dumps(asdict(value), ensure_ascii=False, separators=(",", ":"), default=sorted)
    return hashlib.sha256(text.encode()).hexdigest()
