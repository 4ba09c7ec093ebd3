"""The keys of mappings of series: JSON, which the core and `MetricDict` write alike."""

from hypothesis import given
from hypothesis import strategies as st

from aioprometheus import Counter
from aioprometheus.metricdict import MetricDict, read_key, write_key
from support.drawn import any_character, any_text, label_name
from support.make import make

SPECIAL = "".join(map(chr, range(0x21))) + '"\\/\x7f\x80\u2028\U0001f525'


@given(st.dictionaries(label_name, any_text | st.text(any_character), min_size=1))
def test_the_core_and_metric_dict_write_the_same_key(labels):
    values = make(Counter).values
    values[labels] = 1
    (key,) = values
    # A label of empty value is none for the core, which keeps it in the text of the series.
    assert key == write_key(labels) == next(iter(MetricDict([(write_key(labels), 1)])))
    assert read_key(key) == labels and values[key] == 1


def test_every_character_that_is_escaped():
    labels = {"a": SPECIAL}
    values = make(Counter).values
    values[labels] = 1
    assert list(values) == [write_key(labels)]
