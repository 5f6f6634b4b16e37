"""The JSON Schema of the files, for editors: ``ivr_flows/schema.json`` is written by ``ctl ivr schema``."""

import json
from typing import Any

from pydantic.json_schema import models_json_schema

from ctl.config.files import EVERY_FILE
from ctl.config.modefile import ModesFile
from ctl.config.nodes import Shape

SCHEMA_FILE = "schema.json"
MODELS: tuple[type[Shape], ...] = (*EVERY_FILE, ModesFile)


def schema() -> dict[str, Any]:
    """One schema for every file: a document is one of them, told apart by its keys."""
    references, definitions = models_json_schema([(model, "validation") for model in MODELS])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ivr_flows",
        "anyOf": [references[(model, "validation")] for model in MODELS],
        **definitions,
    }


def schema_text() -> str:
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"
