"""A generator of sequences of valid operations on metrics, which both packages run."""

from hypothesis import strategies as st

KINDS = ("Counter", "Gauge", "Summary", "Histogram")
NAMES = ("alpha", "beta", "beta_2", "Gamma", "gamma:delta", "_e")
WORD = st.text(
    st.characters(codec="utf-8", exclude_characters='"\\\n', exclude_categories=("Cs",)),
    min_size=1,
    max_size=6,
)
LABEL_NAMES = ("a", "b", "B", "_c", "kind", "zone", "m2")
# None is empty: a label of empty value is none here, and 23.12.0 made a series of it.
LABEL_VALUES = st.one_of(st.sampled_from(("x", "y")), WORD)
LABELS = st.one_of(
    st.sampled_from(({}, None, "", {"a": "x"}, {"a": "y"}, {"b": "x", "a": "x"})),
    st.lists(st.sampled_from(LABEL_NAMES), unique=True, max_size=4).flatmap(
        lambda names: st.fixed_dictionaries({name: LABEL_VALUES for name in names})
    ),
)
CONST_LABELS = st.one_of(
    st.none(), st.dictionaries(st.sampled_from(("env", "A", "le2", "zz")), LABEL_VALUES, max_size=2)
)
SMALL = 2**40
INTS = st.one_of(st.integers(0, 10), st.integers(0, SMALL))
SIGNED = st.one_of(st.integers(-10, 10), st.integers(-SMALL, SMALL))
PLAIN = (0.0, 0.1, 0.2, 0.5, 1.0, 1e16, 1e-5, 1e300, 5e-324, float("inf"))
POSITIVE = st.one_of(st.sampled_from(PLAIN), st.floats(min_value=0, allow_nan=False))
FLOATS = st.one_of(st.sampled_from(PLAIN), st.floats(allow_nan=False))
OBSERVED = st.one_of(SIGNED, FLOATS, st.integers(-(2**63), 2**63 - 1))
GROWTH = st.one_of(INTS, POSITIVE)
LEVEL = st.one_of(SIGNED, FLOATS, st.floats(allow_nan=True))
BOUNDS = st.lists(
    st.one_of(st.integers(-100, 100), st.floats(-1e18, 1e18), st.sampled_from(PLAIN[:-1])),
    min_size=1,
    max_size=6,
    unique=True,
).map(sorted)
RANKS = st.lists(st.sampled_from((0.1, 0.25, 0.9, 0.99)), unique=True, max_size=3).map(sorted)


@st.composite
def options_of(draw, kind):
    if kind == "Histogram" and draw(st.booleans()):
        return {"buckets": draw(BOUNDS)}
    if kind == "Summary" and draw(st.booleans()):
        return {"invariants": [[rank, 0.01] for rank in sorted({0.5, *draw(RANKS)})]}
    return {}


@st.composite
def call_of(draw, kind, index):
    labels = draw(LABELS)
    if kind in ("Summary", "Histogram"):
        return ["call", index, draw(st.sampled_from(("add", "observe"))), labels, draw(OBSERVED)]
    if kind == "Counter":
        name = draw(st.sampled_from(("inc", "add", "add", "set", "set_value")))
        value = draw(GROWTH)
    else:
        name = draw(st.sampled_from(("inc", "dec", "add", "sub", "set", "set_value")))
        value = draw(LEVEL)
    return ["call", index, name, labels, *([] if name in ("inc", "dec") else [value])]


@st.composite
def operation_on(draw, kind, index):
    choice = draw(st.integers(0, 19))
    if choice < 13:
        return draw(call_of(kind, index))
    if choice == 13:
        return ["call", index, draw(st.sampled_from(("get", "get_value"))), draw(LABELS)]
    if choice == 14 and kind in ("Counter", "Gauge"):
        return ["assign", index, draw(LABELS), draw(GROWTH if kind == "Counter" else LEVEL)]
    if choice in (14, 15):
        return ["delete", index, draw(LABELS)]
    if choice == 16:
        return ["pop", index, draw(LABELS)]
    if choice == 17:
        return ["look", index, draw(LABELS)]
    rare = ("clear", "deregister", "register", "clear_registry", "look")
    name = draw(st.sampled_from(rare))
    return [name, index, draw(LABELS)] if name == "look" else [name, index]


@st.composite
def sequences(draw):
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4))
    names = draw(st.permutations(NAMES))
    operations = []
    for index, kind in enumerate(kinds):
        doc = draw(st.sampled_from(("doc", "", "ünï 🙂")))
        options = draw(options_of(kind))
        const = draw(CONST_LABELS)
        operations.append(["make", index, kind, names[index], doc, const, options])
    chosen = st.sampled_from(list(enumerate(kinds)))
    updates = chosen.flatmap(lambda pair: operation_on(pair[1], pair[0]))
    return operations + draw(st.lists(updates, min_size=6, max_size=40))
