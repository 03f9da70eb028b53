"""The JSON Schema of stack files, for completion and checks in an editor.

A schema describes single values: the rules in `settings.rules` and what depends on the region are not part of it.
"""

from __future__ import annotations

import json
from typing import Any, Final, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from facts import regions
from settings import provider
from settings.model import Settings
from settings.model.base import plain
from settings.reference import meanings

_DEFAULT_IS_THE_STACK: Final = "hipaa:environment"
_JSON: Final = {
    "description": "A section as JSON text, as `pulumi config set` writes it.",
    "type": "string",
    "pattern": r"^\s*[\[{]",
}
_WIDTH: Final = 110
_PULUMI: Final = {
    "secretsprovider": "Encrypts the secrets of the stack; written by `pulumi stack init --secrets-provider`.",
    "encryptedkey": "Written by Pulumi.",
    "encryptionsalt": "Written by Pulumi.",
}


def schema() -> dict[str, object]:
    """Return the schema of `Pulumi.<stack>.yaml`."""
    settings = _with_shared_regions(Settings.model_json_schema(schema_generator=_Compact))
    properties: dict[str, Any] = {
        key: _as_cli_writes(value) for key, value in settings["properties"].items() if key != "warnings"
    }
    others = sorted(key for key in provider.config_keys() if f"aws:{key}" not in properties)
    config = {
        "type": "object",
        "description": "Settings of the stack. The meaning and the allowed values of each key: docs/settings.md",
        "properties": properties,
        "patternProperties": {
            f"^aws:({'|'.join(others)})$": {"description": "Setting of the AWS provider."},
            "^(?!aws:|hipaa:)[^:]+:": {"description": "Setting of another program or provider."},
        },
        "required": [key for key in settings["required"] if key != _DEFAULT_IS_THE_STACK],
        "additionalProperties": False,
    }
    own = {key: {"type": "string", "description": meaning} for key, meaning in _PULUMI.items()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Stack file",
        "type": "object",
        "properties": {
            "config": config,
            **own,
            "environment": {"description": "Environments of Pulumi ESC."},
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": {**settings["$defs"], "Region": {"enum": [*regions.ZONES]}, "Json": _JSON},
    }


def text() -> str:
    """Return the schema as JSON whose short parts are on one line."""
    return _lines(schema(), "") + "\n"


def _lines(value: Any, indent: str) -> str:
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= _WIDTH or not isinstance(value, dict | list):
        return line
    deeper = indent + "  "
    if isinstance(value, list):
        items = [deeper + _lines(item, deeper) for item in cast("list[Any]", value)]
        return "[\n" + ",\n".join(items) + f"\n{indent}]"
    members = cast("dict[str, Any]", value).items()
    items = [f"{deeper}{json.dumps(key)}: {_lines(item, deeper)}" for key, item in members]
    return "{\n" + ",\n".join(items) + f"\n{indent}}}"


class _Compact(GenerateJsonSchema):
    """A generator without titles, nulls and defaults of sections, with the docstrings of fields as descriptions."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Leave out titles, which only repeat the keys."""
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Leave out null: an empty key in a file is more likely unfinished than meant."""
        return self.generate_inner(schema["schema"])

    def encode_default(self, dft: Any) -> Any:
        """Return a default as it would be written in a file."""
        return None if dft is None else plain(dft)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Leave out defaults that are not single values; the defaults of a section are those of its keys."""
        result = super().default_schema(schema)
        if isinstance(result.get("default"), dict | None):
            result.pop("default", None)
        return result

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """Leave out the keyword `discriminator`, which only OpenAPI has."""
        return {
            key: value for key, value in super().tagged_union_schema(schema).items() if key != "discriminator"
        }

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Refuse names that do not have the form of the keys."""
        result = super().dict_schema(schema)
        return {**result, "additionalProperties": False} if "patternProperties" in result else result

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Describe a section and its keys by their docstrings."""
        result, texts = super().model_schema(schema), meanings(schema["cls"])
        result.pop("title", None)
        for name, field in schema["cls"].model_fields.items():
            result["properties"][field.alias or name]["description"] = texts[name]
        return result


def _as_cli_writes(value: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a top-level key, which `pulumi config set` writes as text: `"true"`, or JSON for a section."""
    described = {key: value[key] for key in ("description", "default", "examples") if key in value}
    bare = {key: item for key, item in value.items() if key not in described}
    if bare.get("type") == "boolean":
        return {"enum": [True, False, "true", "false"], **described}
    if bare.get("type") == "string" or bare.get("$ref") == "#/$defs/Region":
        return value
    return {"anyOf": [bare, {"$ref": "#/$defs/Json"}], **described}


def _with_shared_regions(value: Any) -> Any:
    """Return a schema that refers to one list of regions."""
    if isinstance(value, list):
        return [_with_shared_regions(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    members = cast("dict[str, Any]", value)
    if members.get("enum") == [*regions.ZONES]:
        return {"$ref": "#/$defs/Region", **{key: item for key, item in members.items() if key != "enum"}}
    return {key: _with_shared_regions(item) for key, item in members.items()}
