"""The example of timing, which ends by itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from support import text_grammar

TIMING = Path(__file__).resolve().parents[2] / "examples" / "timing.py"


@pytest.mark.parametrize(("weight", "refused"), [(50, True), (5, False)])
def test_timing(weight: int, refused: bool, tmp_path: Path) -> None:
    command = [sys.executable, str(TIMING), "--weight", str(weight)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    parcels, _, text = done.stdout.partition("\n")
    last = "ValueError('it is too heavy')" if refused else "'arrived'"
    assert parcels == f"['arrived', 'arrived', {last}]" and done.stderr == ""
    text_grammar.parse(text.encode())
    lines = text.splitlines()
    outcome = "refused" if refused else "arrived"
    assert 'send_seconds_count{country="be",outcome="arrived"} 1.0' in lines
    assert ('send_seconds_count{country="nl",outcome="refused"} 1.0' in lines) is refused
    assert any(f'country="nl",outcome="{outcome}"' in line for line in lines)
    assert "parcels_sending 0" in lines
    assert ("parcels_refused_total 1" in lines) is refused
