"""The structure of the sources: no circle of imports, and no file that is too long to be read."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "python" / "aioprometheus"
CORE = ROOT / "src"

LONGEST = 400
"""The most lines of a file, its tests not counted."""


def _before_tests(path):
    """The text of a Rust file before its tests."""
    tests = r"^#\[cfg\(test\)\]\n(?:#\[[^\n]*\n)*(?:pub(?:\(\w+\))? )?mod "
    return re.split(tests, path.read_text(), maxsplit=1, flags=re.M)[0]


def _code(path):
    """The code of a Rust file without its tests, comments and strings."""
    text = re.sub(r"//.*", "", _before_tests(path))
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)


def _rust_files():
    for path in sorted(CORE.rglob("*.rs")):
        parts = path.relative_to(CORE).with_suffix("").parts
        if not any(re.search(r"tests?$", part) for part in parts):
            yield path, parts


def _first_names(code, position):
    """The names that a path goes on with: one, or those at the start of each branch in braces."""
    if code[position : position + 1] != "{":
        return re.compile(r"\w*").match(code, position).group().split()
    depth, names, start = 0, [], True
    for word in re.compile(r"[{},]|::|\w+").finditer(code, position):
        text = word.group()
        depth += (text == "{") - (text == "}")
        if depth == 0:
            return names
        if depth == 1 and start and re.match(r"\w", text):
            names.append(text)
        start = text in "{," and depth == 1
    return names


def _rust_imports():
    """What each room of the core imports: a room is a file or folder right below ``src``."""
    files = list(_rust_files())
    rooms = {parts[0] for _, parts in files} - {"lib"}
    imports = {room: set() for room in rooms}
    for path, parts in files:
        if parts[0] == "lib":
            continue
        code = _code(path)
        for found in re.finditer(r"(?<![\w:])(crate::|(?:super::)+)", code):
            above = found.group().count("super::")
            if above and above < len(parts):
                continue  # it stays in its room
            imports[parts[0]].update(_first_names(code, found.end()))
    return {room: (names & rooms) - {room} for room, names in imports.items()}


def _python_imports():
    """What each module of the package imports, wherever in it."""
    modules = {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    }
    imports = {}
    for module, path in modules.items():
        found = imports[module] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                package = ["aioprometheus", *module.split(".")][: -node.level] if node.level else []
                base = ".".join([*package, *filter(None, [node.module])])
                names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
            else:
                continue
            found.update(name.removeprefix("aioprometheus.") for name in names)
    return {module: (names & modules.keys()) - {module} for module, names in imports.items()}


def _circle(imports):
    """Rooms that import each other in a circle, or None."""
    done = set()

    def search(room, way):
        if room in way:
            return [*way[way.index(room) :], room]
        if room in done:
            return None
        for other in sorted(imports[room]):
            if circle := search(other, [*way, room]):
                return circle
        done.add(room)
        return None

    return next(filter(None, (search(room, []) for room in sorted(imports))), None)


def test_a_circle_is_found():
    assert _circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert _circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None


def test_imports_are_found():
    rust, python = _rust_imports(), _python_imports()
    assert {"family", "labels", "metric"} <= rust["exposition"]
    assert "exposition" in rust["python"] and not rust["access"]
    assert {"collectors", "asgi.exchange"} <= python["asgi.middleware"]


@pytest.mark.parametrize("imports", [_rust_imports, _python_imports])
def test_no_circle(imports):
    circle = _circle(imports())
    assert circle is None, " imports ".join(circle)


def test_the_core_needs_no_python():
    assert [room for room, names in _rust_imports().items() if "python" in names] == []


def test_no_file_is_too_long():
    texts = {path: _before_tests(path) for path, _ in _rust_files()}
    texts |= {path: path.read_text() for path in PACKAGE.rglob("*.py")}
    lines = {str(path.relative_to(ROOT)): text.count("\n") for path, text in texts.items()}
    assert {path: count for path, count in lines.items() if count > LONGEST} == {}
