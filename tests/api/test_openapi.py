"""The dashboard's types are made from a committed copy of the OpenAPI document; the copy must be the document."""

from __future__ import annotations

import json

from backend.api.application import create_app
from backend.config import ROOT, Settings


def test_the_committed_document_is_what_the_application_says() -> None:
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    document = create_app(Settings.model_construct(None, **defaults)).openapi()
    kept = json.loads((ROOT / "frontend" / "openapi.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(document)) == kept, (
        "regenerate: python -m backend.api.openapi > frontend/openapi.json, then npm run generate in frontend"
    )


def test_no_two_schemas_share_a_name() -> None:
    """Two classes of one name would both be told with their modules' names before it."""
    kept = json.loads((ROOT / "frontend" / "openapi.json").read_text(encoding="utf-8"))
    assert [name for name in kept["components"]["schemas"] if "__" in name] == []
