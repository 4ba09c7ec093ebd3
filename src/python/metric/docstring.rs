//! Parts of docstrings that the classes of metrics share.

/// The parameters of the constructors of all metrics, for the docstrings of the classes.
macro_rules! parameters {
    () => {
        ":param name: The name of the metric: ASCII letters, digits, ``_`` and ``:``, with no digit
  first.
:param doc: What the metric counts or measures: the HELP text that people see.
:param const_labels: Labels that every series of this metric has, as a dict. They are defaults:
  an update may give another value.
:param registry: The registry that the metric registers itself in. None: the default registry.
:param labelnames: The label names that every update must give, no more and no fewer. None: each
  update chooses its own. ``[]``: the metric has one series, without labels, which is exposed
  as 0 at once. If it is removed, it comes back with the next update. An info has none before
  it has facts. Keyword only.
:param unit: The unit of the values, such as ``\"seconds\"``. The name must end in it, before the
  ``_total`` of a counter. Keyword only.
:param max_series: How many series the metric may have, at least 1. Updates of further ones go
  to one series whose label values are ``<overflow>``; that is logged once and counted in
  ``aioprometheus_series_overflow_total``. None: what the registry
  says, which is any number if nothing is given there; ``math.inf``: any number. Keyword only.
:param namespace: What stands before the name, and is joined to it by ``_``, such as the name of
  the application. The prefix of the registry stands before it. Keyword only.
:param subsystem: The same, between the namespace and the name. Keyword only.
:param initial: The value with which the series without labels is exposed from the start. None:
  it is born with its first update. A summary and a histogram take 0. Not for a metric that
  declares labelnames. Keyword only."
    };
}
pub(super) use parameters;

/// The exceptions of these constructors, for the docstrings of the classes.
macro_rules! errors {
    () => {
        ":raises ValueError: If a name is malformed or reserved, if the name is registered already,
  if the unit is not the end of the name, if a text has no UTF-8 form, or if a setting is out of
  its range.
:raises TypeError: If an argument is of the wrong type."
    };
}
pub(super) use errors;
