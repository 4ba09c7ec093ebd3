"""The structure of the sources: no circle of imports, and no file that is too long to be read."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "python" / "aioprometheus"
CORE = ROOT / "src"

ROOMS = (
    "interpreter",
    "argument",
    "lookup parsing value",
    "metric",
    "child scrape",
    "lint",
    "timing",
    "http process",
    "class",
)
"""The rooms of the bindings, from the bottom up: each imports only those that stand before it."""

LONGEST = 400
"""The most lines of a file, its tests not counted."""


def _before_tests(path):
    """The text of a Rust file before its tests."""
    tests = r"^#\[cfg\((?:all\()?test\b[^\n]*\n(?:#\[[^\n]*\n)*(?:pub(?:\(\w+\))? )?mod "
    return re.split(tests, path.read_text(), maxsplit=1, flags=re.M)[0]


def _code(path):
    """The code of a Rust file without its tests, comments and strings."""
    text = re.sub(r"//.*", "", _before_tests(path))
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)


def _rust_files():
    for path in sorted(CORE.rglob("*.rs")):
        parts = path.relative_to(CORE).with_suffix("").parts
        if not any(re.search(r"(tests?|models)$", part) for part in parts):
            yield path, parts


def _paths(code, position):
    """The paths that begin at a position: lists of names, one for each branch in braces."""
    paths, path, outer, follows = [], [], [], True
    for word in re.compile(r"\s*(\w+|::|\S)").finditer(code, position):
        text = word[1]
        if re.match(r"\w", text):
            if follows:
                path.append(text)
            elif not outer:
                break
        elif text == "{" and follows:
            outer.append(list(path))
        elif text in "},":
            paths.append(path)
            if not outer:
                return paths
            path = list(outer[-1])
            if text == "}":
                outer.pop()
                if not outer:
                    return paths
        elif text != "::" and not outer:
            break
        follows = text in ("::", "{", ",")
    return [*paths, path]


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
            imports[parts[0]].update(path[0] for path in _paths(code, found.end()) if path)
    return {room: (names & rooms) - {room} for room, names in imports.items()}


def _binding_files():
    """The code of the files of the bindings, by their modules."""
    return {
        parts[1:]: _code(path)
        for path, parts in _rust_files()
        if parts[0] == "python" and parts[1:]
    }


def _file_imports(files):
    """What each file of the bindings imports of the others."""
    imports = {parts: set() for parts in files}
    for parts, code in files.items():
        paths = []
        for found in re.finditer(r"(?<![\w:])(crate::|(?:super::)+)", code):
            starts = _paths(code, found.end())
            if above := found.group().count("super::"):
                # In a module within the file it leads less far up, at most to the file itself.
                paths += [(*parts[:-above], *path) for path in starts]
            else:
                paths += [tuple(path[1:]) for path in starts if path[:1] == ["python"]]
        below = {other[-1] for other in files if other[:-1] == parts}
        paths += [(*parts, name) for name in below if re.search(rf"(?<![\w:.]){name}::", code)]
        for path in paths:
            lengths = range(len(path), 0, -1)
            known = next((path[:length] for length in lengths if path[:length] in files), parts)
            imports[parts].add(known)
    return {
        "::".join(parts): {"::".join(other) for other in imports[parts]} - {"::".join(parts)}
        for parts in files
    }


def _binding_imports():
    return _file_imports(_binding_files())


def _upwards(imports):
    """The imports that do not lead to a lower room."""
    level = {room: level for level, rooms in enumerate(ROOMS) for room in rooms.split()}
    return [
        f"{file} imports {other}"
        for file, others in imports.items()
        for other in sorted(others)
        if (own := file.partition("::")[0]) != (room := other.partition("::")[0])
        if level[room] >= level[own]
    ]


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
    assert "exposition" in rust["python"] and not rust["clock"]
    assert {"collectors", "asgi.counters"} <= python["asgi.middleware"]


def test_paths_are_found():
    code = "use crate::a::{self, b, c::{d as e, f::*}}; let x: &crate::g::H = crate::i::j(k::l);"
    found = [_paths(code, start.end()) for start in re.finditer("crate::", code)]
    branches = [["a", "self"], ["a", "b"], ["a", "c", "d"], ["a", "c", "f"]]
    assert [path for path in found[0] if path[1:]][:4] == branches
    assert found[1:] == [[["g", "H"]], [["i", "j"]]]


def test_an_import_upwards_is_found():
    texts = {
        "interpreter::note": "use std::fmt; use pyo3::prelude::*;",
        "value::store": "use super::series::Any; use crate::python::interpreter::note::{self};",
        "value::series": "fn get(store: &super::store::Store) {}",
        "lookup": "mod text; use text::Text;",
        "lookup::text": "use crate::{kind::Kind, python::{interpreter::note, value::store}};",
        "argument::number": "fn of() { crate::python::class::gauge::set(crate::Kind::Gauge) }",
        "class::gauge": "use crate::python::argument::number;",
    }
    imports = _file_imports({tuple(file.split("::")): text for file, text in texts.items()})
    assert imports == {
        "interpreter::note": set(),
        "value::store": {"value::series", "interpreter::note"},
        "value::series": {"value::store"},
        "lookup": {"lookup::text"},
        "lookup::text": {"interpreter::note", "value::store"},
        "argument::number": {"class::gauge"},
        "class::gauge": {"argument::number"},
    }
    # Rooms side by side do not import each other either.
    upwards = ["lookup::text imports value::store", "argument::number imports class::gauge"]
    assert _upwards(imports) == upwards
    circle = _circle({**imports, "argument::number": set()})
    assert circle == ["value::store", "value::series", "value::store"]


def test_rooms_of_the_bindings_import_downwards():
    imports = _binding_imports()
    assert {file.partition("::")[0] for file in imports} == set(" ".join(ROOMS).split())
    assert {"metric::collector", "lookup", "class::shortcut::entry"} <= imports["class::shortcut"]
    assert _upwards(imports) == []


@pytest.mark.parametrize("imports", [_rust_imports, _binding_imports, _python_imports])
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
