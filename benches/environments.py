"""The environments of the clients: one for each, with a pinned version of the client."""

import importlib.util
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent / ".cache" / "bench"
FLOOR = HERE / "floor"


@dataclass(frozen=True)
class Client:
    """A client that is measured."""

    #: Its name in the tables and for `--peers`.
    name: str
    #: Its module in `benches/clients`.
    module: str
    #: The requirements of its environment, the client itself first. Empty for this interpreter.
    requirements: tuple[str, ...]
    #: The module that an application imports.
    imports: str

    @property
    def title(self) -> str:
        """The name and the version."""
        version = self.requirements[0].rpartition("==")[2] if self.requirements else ""
        return self.name if self.name.endswith(version) else f"{self.name} {version}"


OURS = Client("this package", "aioprometheus", (), "aioprometheus")
PEERS = (
    Client("aioprometheus 23.12.0", "aioprometheus", ("aioprometheus==23.12.0",), "aioprometheus"),
    Client(
        "prometheus_client",
        "prometheus_client",
        ("prometheus_client==0.26.0",),
        "prometheus_client",
    ),
    Client("pytheus", "pytheus", ("pytheus==0.6.1",), "pytheus.metrics, pytheus.exposition"),
    Client(
        "opentelemetry",
        "opentelemetry",
        (
            "opentelemetry-sdk==1.45.2",
            "opentelemetry-exporter-prometheus==0.66b2",
            "prometheus_client==0.26.0",
        ),
        "opentelemetry.sdk.metrics, opentelemetry.exporter.prometheus",
    ),
)


def interpreter(client: Client) -> Path:
    """The interpreter of a client's environment, which is made if it does not exist."""
    if not client.requirements:
        return Path(sys.executable)
    folder = CACHE / client.title.replace(" ", "-")
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    ready = folder / "ready"
    if not ready.exists() or ready.read_text() != "\n".join(client.requirements):
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *client.requirements], check=True
        )
        ready.write_text("\n".join(client.requirements))
    return python


def ensure_floor() -> None:
    """Build the no-op for this interpreter, if it is missing or older than its source."""
    found = importlib.util.find_spec("bench_floor")
    if found is not None and found.origin is not None:
        sources = [FLOOR / name for name in ("Cargo.toml", "Cargo.lock", "src/lib.rs")]
        built = Path(found.origin).stat().st_mtime
        if all(source.stat().st_mtime <= built for source in sources):
            return
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*command, "--force-reinstall", FLOOR], check=True)
    importlib.invalidate_caches()
