"""A worker that runs the functions of one scenario module under its own interpreter.

Usage: scenario_worker.py <scenario file> <strict or lenient>
"""

import importlib.util
import inspect
import os
import sys
import traceback
import warnings
from pathlib import Path

import record


def main(path, strictness):
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    name = f"scenario_{Path(path).stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    if strictness == "strict":
        warnings.simplefilter("error")
    else:
        warnings.simplefilter("ignore")
    record.begin("(import)", stream)
    try:
        spec.loader.exec_module(module)
    except Exception:
        record.crashed(traceback.format_exc())
        return
    if strictness == "careful":
        warnings.filterwarnings("error", module=r"aioprometheus(\..*)?")
    from aioprometheus import REGISTRY

    for function in functions_of(module):
        record.begin(function.__name__)
        try:
            function()
        except Exception:
            record.crashed(traceback.format_exc())
        REGISTRY.clear()
    stream.flush()


def functions_of(module):
    return [
        value
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and value.__module__ == module.__name__
        and not name.startswith("_")
    ]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
