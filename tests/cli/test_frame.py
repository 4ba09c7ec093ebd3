"""The frame of the command line: its help, its mistakes, and completion in a shell."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import aioprometheus
from aioprometheus.cli.main import COMMANDS
from support.command_line import environment, run

# Modules that make the start slow, and that only the work of a command needs.
SLOW = {"asyncio", "json", "ssl", "http.client", "urllib.request", "logging", "unicodedata"}


def test_help_lists_the_commands():
    status, out, err = run("--help")
    assert (status, err) == (0, "")
    assert re.findall(r"^    (\w+)", out, re.M) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_has_examples(name):
    status, out, err = run(name, "--help", COLUMNS="100")
    assert (status, err) == (0, "")
    examples = out.partition("\nexamples:\n")[2]
    assert re.search(rf"^  (.* )?aioprometheus {name}\b", examples, re.M)
    assert max(map(len, out.splitlines())) <= 100


def test_help_imports_little():
    program = (
        "import sys; from aioprometheus.cli.main import main\n"
        "try: main(['--help'])\n"
        f"finally: print(*{SLOW!r} & sys.modules.keys(), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr == "\n"


def test_version():
    assert run("--version") == (0, f"aioprometheus {aioprometheus.__version__}\n", "")


def test_the_script_is_installed():
    script = Path(sys.executable).with_name("aioprometheus")
    done = subprocess.run([script, "--version"], capture_output=True, text=True)
    assert done.stdout == f"aioprometheus {aioprometheus.__version__}\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["show"], "the following arguments are required: SOURCE"),
        (["shows"], "invalid choice: 'shows'"),
        (["completion", "tcsh"], "invalid choice: 'tcsh'"),
        (["completion", "bash", "--colour", "never"], "unrecognized arguments: --colour never"),
        (["completion", "\x1b]0;title\x07"], r"'\x1b]0;title\x07'"),
    ],
)
def test_a_mistake_is_one_line_and_where_help_is(words, line):
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    first, second = err.splitlines()
    assert first.startswith("aioprometheus") and line in first and "NAME" not in first
    assert second.startswith("`aioprometheus") and second.endswith("--help` says more.")
    assert "\x1b" not in err


def test_output_that_nobody_reads_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "aioprometheus", "completion", "bash"],
            stdout=closed,
            stderr=subprocess.PIPE,
            env=environment(),
        )
    assert (done.returncode, done.stderr) == (141, b"")


def completed(line, directory, script):
    """What bash offers at the end of a line."""
    words = line.split(" ")
    program = (
        f'source {script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _aioprometheus;'
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    command = ["bash", "--norc", "-c", program, "bash", *words]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_completes(tmp_path):
    script = tmp_path / "script"
    script.write_text(run("completion", "bash").out)
    assert completed("aioprometheus c", tmp_path, script) == ["completion"]
    assert set(COMMANDS) < set(completed("aioprometheus ", tmp_path, script))
    assert completed("aioprometheus completion z", tmp_path, script) == ["zsh"]
    assert completed("aioprometheus completion --c", tmp_path, script) == ["--color"]
    assert completed("aioprometheus completion --color n", tmp_path, script) == ["never"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_scripts_of_other_shells_have_all_commands(shell):
    status, out, err = run("completion", shell)
    assert (status, err) == (0, "")
    assert all(name in out for name in (*COMMANDS, "color"))
