"""Texts, names and numbers that hypothesis draws for models of expositions."""

import os

from hypothesis import strategies as st

#: How many examples a test draws.
EXAMPLES = 5000 if os.environ.get("AIOPROMETHEUS_LONG_TESTS") else 300

any_character = st.characters(exclude_categories=["Cs"])
any_text = st.one_of(
    st.text(any_character, max_size=20),
    st.text(st.sampled_from('"\\\n\r\0\t {}=,#_n\x85\u2028\ufeff\U0010ffff\N{PILE OF POO}')),
    st.sampled_from(["", "\\", '"', "\\n", '\\"', "\n", '"} 1\nx{y="', "# HELP a b", "+Inf"]),
)
without_text = st.builds(
    "{}{}{}".format,
    any_text,
    st.characters(categories=["Cs"]),
    st.sampled_from(["", "x", "\udc00"]),
)
label_name = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,6}", fullmatch=True).filter(
    lambda name: not name.startswith(("__", "const_")) and name not in ("job", "le", "quantile")
)
integer = st.integers(-(2**31), 2**31)
# Adding 0.0 makes 0.0 of -0.0, so that the order of observations is certain.
number = st.one_of(integer, st.floats().map(lambda value: value + 0.0))
amount = st.one_of(
    st.integers(0, 2**31), st.floats(0, allow_nan=False).map(lambda value: value + 0.0)
)
PHIS = [0.0, 0.25, 0.5, 0.75, 1.0]
