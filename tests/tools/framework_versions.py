"""A program that runs the tests of the middleware and the handlers with an older framework.

    python tests/tools/framework_versions.py fastapi==0.110.0
    python tests/tools/framework_versions.py aiohttp==3.9.0

It makes an environment below .cache/ and installs this package there from the repository.
"""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HANDLERS = [
    "tests/handlers/test_handler_options.py",
    "tests/handlers/test_handlers_and_auth.py",
    "tests/handlers/test_registry_around.py",
]
TESTS = {
    "fastapi": [
        "tests/middleware/test_middleware.py",
        "tests/middleware/test_middleware_exceptions.py",
        "tests/middleware/test_middleware_given_up.py",
        "tests/middleware/test_middleware_nested.py",
        "tests/middleware/test_middleware_registry.py",
        "tests/middleware/test_option_mistakes.py",
        "tests/middleware/test_route_default.py",
        "tests/middleware/test_route_labels.py",
        "tests/middleware/test_route_template.py",
        "tests/middleware/test_standard.py",
        "tests/middleware/test_standard_durations.py",
        "tests/middleware/test_standard_endings.py",
        "tests/middleware/test_standard_hostile.py",
        "tests/middleware/test_standard_options.py",
        "tests/middleware/test_standard_scope.py",
        "tests/middleware/test_standard_websockets.py",
        "tests/middleware/test_templates_starlette.py",
        "tests/handlers/test_asgi_handlers.py",
        *HANDLERS,
    ],
    "aiohttp": [
        "tests/handlers/test_service.py",
        "tests/clients",
        *(
            f"tests/middleware/test_aiohttp_{name}.py"
            for name in ("around", "endings", "hostile", "labels", "mistakes", "requests")
        ),
        *(
            f"tests/middleware/test_aiohttp_{name}.py"
            for name in ("sending", "setup", "websockets")
        ),
        *HANDLERS,
    ],
}
# What an old version does not work without, though it takes newer ones.
OLDER = {"aiohttp==3.9.0": ["yarl<1.10"]}
# Starlette and Quart, which brings Flask, are what the tests of handlers serve besides.
NEEDED = [
    "aiohttp",
    "filelock",
    "httpx",
    "hypercorn",
    "opentelemetry-sdk",
    "pytest",
    "quart",
    "starlette",
    "uvicorn",
]


def main(requirement: str) -> int:
    framework, _, version = requirement.partition("==")
    folder = ROOT / ".cache" / f"{framework}-{version}"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    needed = [
        requirement,
        *OLDER.get(requirement, []),
        *(name for name in NEEDED if name != framework),
        ".",
    ]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *needed], cwd=ROOT, check=True)
    # An old framework may warn under a new interpreter, which is not tested here.
    return subprocess.run(
        [python, "-m", "pytest", "-W", "default", *TESTS[framework]], cwd=ROOT
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
