"""A program that runs the tests of the ASGI middleware with another version of FastAPI.

    python tests/tools/framework_versions.py 0.110.0

It makes an environment below .cache/ and installs this package there from the repository.
"""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = [
    "tests/middleware/test_middleware.py",
    "tests/middleware/test_middleware_given_up.py",
    "tests/middleware/test_middleware_nested.py",
    "tests/middleware/test_middleware_registry.py",
    "tests/middleware/test_route_default.py",
    "tests/middleware/test_route_template.py",
    "tests/middleware/test_templates_starlette.py",
    "tests/handlers/test_asgi_handlers.py",
]


def main(version: str) -> int:
    folder = ROOT / ".cache" / f"fastapi-{version}"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    needed = [f"fastapi=={version}", "httpx", "hypercorn", "pytest", "quart", "uvicorn", "."]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *needed], cwd=ROOT, check=True)
    # An old framework may warn under a new interpreter, which is not tested here.
    return subprocess.run([python, "-m", "pytest", "-W", "default", *TESTS], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
