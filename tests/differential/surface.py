"""The comparison of public names: all of 23.12.0 must exist here, with the same parameters."""

# Each public module of 23.12.0, and what must be installed to import it. `process` and
# `formats.binary` are left out, because they cannot be imported in 23.12.0.
MODULES = {
    "aioprometheus": (),
    "aioprometheus.collectors": (),
    "aioprometheus.histogram": (),
    "aioprometheus.metricdict": (),
    "aioprometheus.mypy_types": (),
    "aioprometheus.registry": (),
    "aioprometheus.renderer": (),
    "aioprometheus.negotiator": (),
    "aioprometheus.decorators": (),
    "aioprometheus.formats": (),
    "aioprometheus.formats.base": (),
    "aioprometheus.formats.text": (),
    "aioprometheus.formats.mypy_types": (),
    "aioprometheus.asgi": (),
    "aioprometheus.asgi.middleware": (),
    "aioprometheus.asgi.starlette": ("starlette",),
    "aioprometheus.asgi.quart": ("quart",),
    "aioprometheus.service": ("aiohttp",),
    "aioprometheus.pusher": ("aiohttp",),
}
POSITIONAL = ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD")


def missing(old, new):
    """What 23.12.0 has in a module and the new one has not, one text each."""
    if "error" in new:
        return [f"cannot be imported: {new['error']}"]
    problems = []
    for name, before in old["names"].items():
        if name not in new["names"]:
            problems.append(f"{name} is missing")
            continue
        problems += [f"{name}{text}" for text in missing_in_name(before, new["names"][name])]
    return problems


def missing_in_name(before, after):
    if before["kind"] == "value" or not before["own"]:
        return
    if before["kind"] != after["kind"]:
        yield f" is a {after['kind']}, was a {before['kind']}"
        return
    yield from missing_parameters(before["parameters"], after["parameters"])
    for name, was in before.get("members", {}).items():
        now = after["members"].get(name)
        if now is None:
            yield f".{name} is missing"
        elif isinstance(was, str):
            if was != now:
                yield f".{name} is {now}, was {was}"
        elif was["kind"] == "method":
            if now["kind"] != "method":
                yield f".{name} is a {now['kind']}, was a method"
            else:
                texts = missing_parameters(was["parameters"], now["parameters"])
                yield from (f".{name}{text}" for text in texts)
        elif was["kind"] == "value" and now.get("value") != was["value"]:
            yield f".{name} is {now.get('value')}, was {was['value']}"


def missing_parameters(before, after):
    if before is None or before == "unknown":
        return
    if after in (None, "unknown"):
        yield " does not say its parameters"
        return
    before = [entry for entry in before if entry[0] != "self"]
    after = [entry for entry in after if entry[0] != "self"]
    names = [name for name, _, _ in after]
    kinds = {kind for _, kind, _ in after}
    for place, (name, kind, default) in enumerate(before):
        if kind in ("VAR_POSITIONAL", "VAR_KEYWORD"):
            if kind not in kinds:
                yield f": {name} ({kind}) is missing"
        elif name not in names:
            if not {"VAR_POSITIONAL", "VAR_KEYWORD"} <= kinds:
                yield f": parameter {name} is missing"
        else:
            now = after[names.index(name)]
            if kind in POSITIONAL and (names.index(name) != place or now[1] not in POSITIONAL):
                yield f": parameter {name} is not at place {place}"
            if kind != "POSITIONAL_ONLY" and now[1] == "POSITIONAL_ONLY":
                yield f": parameter {name} is not accepted by keyword"
            if default is not None and not same_default(default, now[2]):
                yield f": parameter {name} has the default {now[2]}, had {default}"
    required = [n for n, kind, default in after if default is None and not kind.startswith("VAR_")]
    for name in required:
        if name not in [was for was, _, _ in before]:
            yield f": parameter {name} is new and has no default"


def same_default(before, after):
    """Defaults are the same; an object with an address in its repr only has to be there."""
    return after is not None and (before == after or " at 0x" in before)
