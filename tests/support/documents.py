"""A reader of the blocks of code in the README and the site, which tests run."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
DOCUMENTS = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]

# The text between ``` and ```, the language, and what follows it on the line.
BLOCK = re.compile(r"^([ \t]*)```(\w+)[ \t]*([^\n]*)\n(.*?)^\1```[ \t]*$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A block of code. ``info`` is what follows its language: ``app.py`` names the file for it."""

    document: Path
    line: int
    language: str
    info: str
    code: str

    @property
    def name(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"

    @property
    def numbered_code(self) -> str:
        """The code behind blank lines, so that a traceback shows the line of the document."""
        return "\n" * (self.line - 1) + self.code


class Command(NamedTuple):
    """What is typed behind a ``$``, and what is printed then."""

    text: str
    output: str


def blocks(document: Path) -> Iterator[Block]:
    """Yield the blocks of code of a document in their order."""
    text = document.read_text("utf-8")
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start(4)) + 1
        yield Block(document, line, match[2], match[3].strip(), textwrap.dedent(match[4]))


def commands(console: Block) -> list[Command]:
    """Return the commands of a block in the language ``console``."""
    found: list[Command] = []
    for line in console.code.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append(Command(line[2:].partition(" #")[0].strip(), ""))
        else:
            found[-1] = found[-1]._replace(output=found[-1].output + line)
    return found


class Program(NamedTuple):
    """A program of a document, and the commands that the document says to run."""

    block: Block
    commands: list[Command]


def programs(document: Path) -> Iterator[Program]:
    """Yield the blocks that name a file, each with the commands of the block after it."""
    all_blocks = list(blocks(document))
    for block, after in pairwise(all_blocks):
        if block.language == "python" and block.info.endswith(".py"):
            assert after.language == "console", f"{block.name} says not how to run it"
            yield Program(block, commands(after))
