"""A worker that runs sequences of operations on metrics: it answers each JSON line with another.

A sequence is a list of operations. An operation is a list that begins with its name. Every answer
is a list with the outcome of each operation, the values of the metric it touched, and the whole
text.
"""

import json
import math
import re
import sys
import warnings

from record import describe, text

MASKED = re.compile(r'^(.*quantile="[^"]*".*\}) .*$', re.MULTILINE)


class Sequence:
    """The registry and the metrics of one sequence."""

    def __init__(self, package):
        self.package = package
        self.registry = package.Registry()
        self.metrics = []

    def run(self, operation):
        name, *arguments = operation
        try:
            outcome = self.result(getattr(self, name)(*arguments))
        except Exception as error:
            outcome = f"{type(error).__name__}: {error}"
        return [outcome, self.all_values(arguments[0]), MASKED.sub(r"\1 *", text(self.registry))]

    def result(self, value):
        """A value as a text, without the quantiles of summaries."""
        if isinstance(value, dict) and "count" in value and math.inf not in value:
            return describe((list(value), value["count"], value["sum"]))
        return describe(value)

    def all_values(self, index):
        if not isinstance(index, int) or index >= len(self.metrics):
            return None
        pairs = self.metrics[index].get_all()
        return [[describe(labels), self.result(value)] for labels, value in pairs]

    def make(self, index, kind, name, doc, const_labels, options):
        if "invariants" in options:
            options = {"invariants": [tuple(pair) for pair in options["invariants"]]}
        made = getattr(self.package, kind)(name, doc, const_labels, self.registry, **options)
        self.metrics.append(made)
        return made.name

    def call(self, index, method, *arguments):
        return getattr(self.metrics[index], method)(*arguments)

    def assign(self, index, labels, value):
        self.metrics[index].values[labels] = value

    def delete(self, index, labels):
        del self.metrics[index].values[labels]

    def pop(self, index, labels):
        values = self.metrics[index].values
        return values.pop(labels) is not None

    def clear(self, index):
        self.metrics[index].values.clear()

    def look(self, index, labels):
        values = self.metrics[index].values
        return len(values), list(values), labels in values

    def deregister(self, index):
        self.registry.deregister(self.metrics[index].name)

    def register(self, index):
        self.registry.register(self.metrics[index])

    def clear_registry(self, index):
        self.registry.clear()


def main(strictness):
    warnings.simplefilter("error" if strictness == "strict" else "ignore")
    import aioprometheus

    answers = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        sequence = Sequence(aioprometheus)
        results = [sequence.run(operation) for operation in json.loads(line)]
        print(json.dumps(results), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
