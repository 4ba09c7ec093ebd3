"""The comparison of the records of a scenario under 23.12.0 with those here, step by step."""


def differences(old, new):
    """What is wrong with the new records, one text each; nothing where all is as it must be."""
    problems = []
    for records, side in ((old, "23.12.0"), (new, "here")):
        problems += [f"under {side}: {r['trace']}" for r in records if r["outcome"] == "crashed"]
    old_steps = {record["step"]: record for record in old}
    new_steps = {record["step"]: record for record in new}
    for name in old_steps.keys() - new_steps.keys():
        problems.append(f"{name}: missing here")
    for name in new_steps.keys() - old_steps.keys():
        problems.append(f"{name}: missing under 23.12.0")
    for name, before in old_steps.items():
        if name in new_steps and "crashed" not in (before["outcome"], new_steps[name]["outcome"]):
            problem = difference(before, new_steps[name])
            if problem:
                problems.append(f"{name}: {problem}")
    return problems


def difference(before, after):
    """What is wrong with one step, or None."""
    both = f"\n    23.12.0: {outcome(before)}\n    here:    {outcome(after)}"
    same = equal(before, after)
    if "differs" not in before:
        return None if same else f"must be the same{both}"
    if same:
        return f"marked as different ({before['differs']}), but it is the same{both}"
    wrong = unexpected(after, after["now"])
    return f"{wrong} ({before['differs']}){both}" if wrong else None


def equal(before, after):
    if before["outcome"] != after["outcome"]:
        return False
    if before["outcome"] == "returned":
        return before["value"] == after["value"]
    names = ("kind", "message", "arguments") if before["words"] else ("kind",)
    return all(before[name] == after[name] for name in names)


def unexpected(after, now):
    """Why an outcome is not the stated new one, or None."""
    if after["outcome"] != now["outcome"]:
        return f"must have {now['outcome']} {now.get('kinds', now.get('value', ''))}"
    if after["outcome"] == "raised":
        if after["kind"] not in now["kinds"]:
            return f"must raise {' or '.join(now['kinds'])}"
        missing = [word for word in now["words"] if word not in after["message"]]
        return f"the message must hold {missing}" if missing else None
    if "value" in now:
        return None if after["value"] == now["value"] else f"must return {now['value']}"
    missing = [part for part in now["contains"] if part not in after["value"]]
    extra = [part for part in now["lacks"] if part in after["value"]]
    if missing or extra:
        return f"must hold {missing} and must not hold {extra}"
    return None


def outcome(record):
    if record["outcome"] == "returned":
        return record["value"]
    return f"{record['kind']}: {record['message']} {record['arguments']}"
