"""What the tests start ends with them, also what it has started itself."""

import os
from pathlib import Path

from support.processes import python, running, wait_until

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(f"child {child.pid}", flush=True)
child.wait()
"""


def test_the_children_of_a_program_end_with_the_block(tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(PARENT, "utf-8")
    with running(python(program), tmp_path) as parent:
        child = int(parent.find(r"^child (\d+)$"))
        os.kill(child, 0)  # it is there

    def is_gone() -> bool:
        try:
            state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        return state == "Z"  # until its new parent takes note of its end

    wait_until(is_gone, "the end of the child")
