"""The environment of PyPI's aioprometheus 23.12.0, which is made once and kept.

It is in `.cache/` at the top of the repository, or in the folder that the variable
AIOPROMETHEUS_REFERENCE names.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import filelock

from . import runner

VERSION = "23.12.0"
PACKAGES = (
    f"aioprometheus[aiohttp,starlette,quart]=={VERSION}",
    "fastapi==0.136.3",
    "starlette==0.52.1",
    "quart>=0.20,<0.23",
    "aiohttp>=3.10,<4",
    'connexion==3.3.0; python_version < "3.14"',
    'litestar==2.25.0; python_version < "3.14"',
)
MODULES = "aioprometheus.pusher, fastapi, quart"
if sys.version_info < (3, 14):
    MODULES += ", connexion, litestar"
CHECK = f"import {MODULES}; print(aioprometheus.__version__)"


def python():
    """The interpreter of the reference; makes the environment where there is none yet.

    Of several processes that want it, one makes it. RuntimeError where it cannot be made.
    """
    folder = Path(os.environ.get("AIOPROMETHEUS_REFERENCE") or default_folder())
    folder.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{folder}.lock"):
        if not works(folder):
            make(folder)
    return str(interpreter(folder))


def default_folder():
    tag = f"{sys.implementation.cache_tag}{sysconfig.get_config_var('abiflags') or ''}"
    return Path(__file__).parents[2] / ".cache" / f"aioprometheus-{VERSION}-{tag}"


def interpreter(folder):
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def works(folder):
    path = interpreter(folder)
    return path.exists() and runner.ask(str(path), CHECK) == VERSION


def make(folder):
    work = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        run(sys.executable, "-m", "venv", work)
        pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        run(interpreter(work), *pip, *PACKAGES)
        if not works(work):
            raise RuntimeError(f"{VERSION} does not run in {work}")
        if (folder / "pyvenv.cfg").exists():
            shutil.rmtree(folder)
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def run(*command):
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        env=runner.environment(),
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
