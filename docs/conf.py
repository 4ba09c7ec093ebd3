"""How Sphinx builds the site: `make docs`."""

import aioprometheus

project = "aioprometheus"
author = "the aioprometheus authors"
version = release = aioprometheus.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]

# A reference to a name that is not documented is a mistake.
nitpicky = True
nitpick_ignore_regex = [
    # Parts of the implementation, which have no place in the reference.
    (
        r"py:.*",
        r"aioprometheus\._core\..*|aioprometheus\.handler\..*|aioprometheus\.values\._.*|aioprometheus\.decorators\.F",
    ),
    # Python's own names: the site is built without a network, so it does not look them up.
    (r"py:.*", r"(abc|asyncio|collections|datetime|enum|os|re|ssl|typing|weakref)\..*"),
    (r"py:(class|exc)", r"[a-z]+|[A-Z][a-zA-Z]*(Error|Exception)|Exception|optional"),
    (r"py:.*", r"(aiohttp|httpx|web|starlette|quart|fastapi|litestar)\..*"),
    # Aliases of types, which Sphinx looks for among classes.
    (r"py:class", r"AnyExemplar|ASGICallable|Buckets|Labels|(Client|Middleware)Options|Time"),
    (r"py:class", r"StandardOptions|Dashboard|(aioprometheus\.queries\.subject\.)?AnyFamily"),
    (r"py:class", r"LabelValues|Transport|(aioprometheus\.snapshots\.)?WithSamples"),
]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
# Defaults as they are written, such as REGISTRY.
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}

html_theme = "furo"
html_title = f"aioprometheus {release}"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
