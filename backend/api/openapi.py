"""`python -m backend.api.openapi` prints the OpenAPI document from which the dashboard's types are made."""

from __future__ import annotations

import json
import sys

from backend.api.application import create_app
from backend.config import Settings


def main() -> None:
    document = create_app(Settings.model_construct(**{name: f.default for name, f in Settings.model_fields.items()}))
    sys.stdout.write(json.dumps(document.openapi(), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
