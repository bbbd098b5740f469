"""Writes src/api/schema.d.ts, the API's types, from the OpenAPI document that web serves; `--check` only compares."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from callboard.settings import load_settings
from dashboard import build
from web import create_app

HERE = Path(__file__).resolve().parent
TYPES = HERE / "src" / "api" / "schema.d.ts"
GENERATOR = HERE / "node_modules" / "openapi-typescript" / "bin" / "cli.js"


def generated() -> str:
    """The types of the API as it is now, by the Node and the packages of the dashboard's build. Raises BuildError."""
    environment = build.prepare() | {"NO_COLOR": "1"}
    app = create_app(load_settings(database_url="postgresql://unused/unused", redis_url="redis://unused"))
    with app.app_context(), tempfile.TemporaryDirectory() as folder:
        document = Path(folder, "openapi.json")
        document.write_text(json.dumps(app._get_spec("json")), encoding="utf-8")
        written = Path(folder, "schema.d.ts")
        command = ["node", str(GENERATOR), str(document), "-o", str(written)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
        return written.read_text(encoding="utf-8")


def main() -> None:
    """Writes the types, or with `--check` ends with a sentence where they differ from what is committed."""
    types = generated()
    if "--check" not in sys.argv[1:]:
        TYPES.write_text(types, encoding="utf-8")
    elif types != TYPES.read_text(encoding="utf-8"):
        sys.exit("src/api/schema.d.ts is not what the API says: write it anew with `make schema`")


if __name__ == "__main__":
    main()
