"""Calls of push that are refused before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import aioprometheus
from aioprometheus import Counter, Registry, push, pusher
from support.push_receiver import push_receiver

NOWHERE = "http://127.0.0.1:1"

NO_REGISTRIES = {
    "a metric": lambda: Counter("c_total", "d", registry=Registry()),
    "the class": lambda: Registry,
    "text": lambda: "registry",
    "nothing": lambda: None,
    "a dict": lambda: {"instance": "h:1"},
    "a number": lambda: 9091,
    "an empty list": list,
    "a list of others": lambda: [Registry(), "registry"],
    "a list of metrics": lambda: [Counter("d_total", "d", registry=Registry())],
}


@pytest.mark.parametrize("make", NO_REGISTRIES.values(), ids=NO_REGISTRIES)
@pytest.mark.parametrize("method", ["replace", "add", "delete"])
def test_what_is_not_a_registry_is_refused(make: Callable[[], Any], method: str) -> None:
    got = make()
    with push_receiver() as receiver:
        with pytest.raises(Exception, match="registry must be a Registry, got: <class") as caught:
            push("j", receiver.addr, got, method=method)
        assert type(caught.value) is Exception
        notes = " ".join(caught.value.__notes__)
        assert ("this is a class" if got is Registry else "push() takes the object that") in notes
        assert ("grouping_key={...}" in notes) is isinstance(got, dict)
    assert receiver.got == []


@pytest.mark.parametrize(
    "addr",
    [
        *("localhost:9091", "gw", "", None, "http://", "ftp://h", "http://h:p", "http://h:99999"),
        *("http://h:0", "http://a b", "http://[::1", "user:secret@h:9091?token=secret"),
    ],
)
def test_an_address_that_is_none_is_explained(addr: Any) -> None:
    with pytest.raises(ValueError, match="addr ") as caught:
        push("j", addr, Registry())
    assert "http://hostname:9091" in str(caught.value) or "cannot be one" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "words"),
    [
        (("j", 9091), {}, TypeError, "addr must be a URL such as http://hostname:9091, got: 9091"),
        (("j", Registry()), {}, TypeError, "addr must be a URL"),
        (("", NOWHERE), {}, ValueError, "job_name must not be empty"),
        ((None, NOWHERE), {}, ValueError, "job_name must not be empty"),
        (("j", NOWHERE), {"method": "PUT"}, ValueError, "'replace', 'add', 'delete', got: 'PUT'"),
        (("j", NOWHERE), {"timeout": 0}, ValueError, "timeout must be a number of seconds above 0"),
        (("j", NOWHERE), {"timeout": "5"}, TypeError, "timeout must be a number of seconds"),
        (("j", NOWHERE), {"ssl": False}, TypeError, "ssl must be an ssl.SSLContext or None"),
        (("j", NOWHERE), {"auth": "user"}, TypeError, "auth must be a pair"),
        (("j", NOWHERE), {"auth": ("user", b"secret")}, TypeError, "auth must be a pair"),
        (("j", NOWHERE), {"headers": "X: secret"}, TypeError, "headers must be a dict of str"),
        (("j", NOWHERE), {"headers": {"X": 1}}, TypeError, "headers must be a dict of str"),
        (("j", NOWHERE), {"headers": {"X:": "a"}}, ValueError, "invalid name: 'X:'"),
        (("j", NOWHERE), {"headers": {"": "a"}}, ValueError, "invalid name: ''"),
        (("j", NOWHERE), {"headers": {"X": "secret\r\n"}}, ValueError, "header X has a value"),
        (("j", NOWHERE), {"headers": {"X": "secret\u20ac"}}, ValueError, "header X has a value"),
        (("j", NOWHERE), {"grouping_key": {"a-b": 1}}, ValueError, "invalid label name: 'a-b'"),
    ],
)
def test_mistakes(arguments: Any, options: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=re.escape(words)) as caught:
        push(*arguments, **options)
    assert not isinstance(caught.value, OSError) and "secret" not in str(caught.value)


@pytest.mark.parametrize("make", [push, pusher.Pusher])
def test_the_order_of_prometheus_client_is_explained(make: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="addr must be a URL") as caught:
        make("http://localhost:9091", "nightly")
    assert caught.value.__notes__ == ["the job comes first, then the address"]


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("push_to_gateway", "push(job, address, registry)"),
        ("pushadd_to_gateway", 'push(job, address, method="add")'),
        ("delete_from_gateway", 'push(job, address, method="delete")'),
    ],
)
def test_the_functions_of_prometheus_client_have_advice(name: str, method: str) -> None:
    with pytest.raises(AttributeError, match=name) as caught:
        getattr(aioprometheus, name)
    (note,) = caught.value.__notes__
    assert f"{name} is of prometheus_client; here, use {method}, or Pusher" in note
