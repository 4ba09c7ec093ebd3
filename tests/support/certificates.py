"""Certificates for 127.0.0.1 that nobody trusts by default."""

from __future__ import annotations

import subprocess
from pathlib import Path

from support import peers


def certificate(directory: Path) -> tuple[Path, Path]:
    """Make a certificate in a directory; return its file and that of its key."""
    made, key = directory / "certificate.pem", directory / "key.pem"
    command = [peers.find("openssl", "OPENSSL"), "req", "-x509", "-nodes", "-days", "2"]
    command += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(key), "-out", str(made)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return made, key
