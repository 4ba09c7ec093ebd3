"""One round of the client in this environment, which prints seconds and bytes as JSON.

    python benches/measure.py MODULE OPERATION... [--floor] [--quick]

MODULE is one of `benches/clients`. `compare.py` runs this in the environments of the clients.
"""

import argparse
import importlib
import json
from types import ModuleType

from clients.timing import QUICK, Sizes


def ask(module: ModuleType, operation: str, sizes: Sizes) -> object:
    """The figure of the operation in the module, or None if it has no such function."""
    function = getattr(module, operation, None)
    return None if function is None else function(sizes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("module")
    parser.add_argument("operations", nargs="+")
    parser.add_argument("--floor", action="store_true", help="each beside the no-op of its shape")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()

    sizes = QUICK if options.quick else Sizes()
    client = importlib.import_module(f"clients.{options.module}")
    floor = importlib.import_module("clients.noop") if options.floor else None
    figures: dict[str, dict[str, object]] = {"client": {}, "floor": {}}
    for operation in options.operations:
        figures["client"][operation] = ask(client, operation, sizes)
        if floor is not None:
            figures["floor"][operation] = ask(floor, operation, sizes)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
