"""Passwords and certificates: reads over SASL_SSL, and the password nowhere but in the request.

The brokers are the sandbox and, if there is one, a real Kafka.
"""

import json
import logging
import os
import subprocess
import time
import uuid
from pathlib import Path

import pytest
from brokers import Sandbox, produce
from conftest import everything_about, skip

import tailframe

ROWS = 50
PASSWORD = "canary-77f0a9"
VARIABLES = [f"TAILFRAME_KAFKA{name}" for name in ("", "_SASL_SSL", "_CA", "_USER", "_PASSWORD")]


class Login:
    """A broker that asks for a password, a topic on it, and how to sign in."""

    def __init__(self, servers, topic, user, password, authority):
        self.servers = servers
        self.topic = topic
        self.password = password
        self.config = {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-256",
            "sasl.username": user,
            "ssl.ca.location": authority,
        }

    def read(self, password=None, without=(), **more):
        """Read the topic with everything that is logged."""
        config = {**self.config, "debug": "security,broker,protocol,conf", **more}
        if password is not None:
            config["sasl.password"] = password
        config = {name: value for name, value in config.items() if name not in without}
        return tailframe.tail(
            self.topic,
            last=ROWS,
            columns={"n": "int64"},
            bootstrap_servers=self.servers,
            config=config,
            log_level="debug",
        )


def missing():
    """Return the variables that a real Kafka needs and that are not set."""
    return [name for name in VARIABLES if not os.environ.get(name)]


@pytest.fixture(scope="module", params=["sandbox", "kafka"])
def broker(request, real_binary, tmp_path_factory):
    """A broker that asks for a password; None if there is no such."""
    folder = tmp_path_factory.mktemp("login")
    lines = folder / "numbers.csv"
    lines.write_text("".join(f"{n}\n" for n in range(ROWS)))
    if request.param == "kafka":
        if missing():
            yield None
            return
        plain, *login = (os.environ[name] for name in VARIABLES)
        topic = f"tailframe-test-{uuid.uuid4().hex[:12]}-login"
        produce(real_binary, plain, topic, lines, 3)
        servers, authority, user, password = login
        yield Login(servers, topic, user, password, authority)
        return
    authority = str(folder / "ca.pem")
    seeds = ("--topic", "numbers:3", "--seed-file", f"numbers={lines}")
    sandbox = Sandbox(real_binary, *seeds, "--sasl-user", "kate", "--tls-ca", authority, password=PASSWORD)
    try:
        yield Login(sandbox.servers, "numbers", "kate", PASSWORD, authority)
    finally:
        sandbox.close()


def shown_by_the_system(pid):
    """Return the arguments and the environment of a new process, as other programs see them."""
    shown, end = b"", time.monotonic() + 30
    # Both are empty while the system still loads the program.
    while not (b"request" in shown and b"PATH=" in shown) and time.monotonic() < end:
        if os.path.exists("/proc/self/environ"):
            shown = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        else:
            shown = subprocess.check_output(["ps", "eww", "-o", "command=", "-p", str(pid)])
    return shown


def keep_in_variables(monkeypatch, password):
    """Put a password where scripts take it from."""
    monkeypatch.setenv("KAFKA_PASSWORD", password)
    monkeypatch.setenv("KAFKA_URL", f"kafka://user:{password}@host:9092")


@pytest.fixture
def login(broker, real_binary, monkeypatch, caplog):
    """The broker; afterwards the password must not be in any log, nor anywhere about the processes that ran."""
    if broker is None:
        skip(f"no real Kafka: {', '.join(missing())} not set")
    monkeypatch.setenv("TAILFRAME_BINARY", real_binary)
    keep_in_variables(monkeypatch, broker.password)
    start = subprocess.Popen
    shown = []

    def popen(*arguments, **options):
        child = start(*arguments, **options)
        if arguments[0][0] == real_binary:
            shown.append(shown_by_the_system(child.pid))
        return child

    monkeypatch.setattr(subprocess, "Popen", popen)
    with caplog.at_level(logging.DEBUG, logger="tailframe"):
        yield broker
    assert shown
    for text in shown:
        assert b"request" in text
        assert b"PATH=" in text
        assert broker.password.encode() not in text
    logged = "\n".join(record.getMessage() for record in caplog.get_records("call"))
    assert "sasl_ssl://" in logged  # librdkafka's own words are there
    assert broker.password not in logged


def whole(frame, password):
    """Tell whether all is there, and the password is not."""
    assert password not in json.dumps(frame.attrs)
    return sorted(frame["n"]) == list(range(ROWS))


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_password_in_config(login, mechanism):
    assert whole(login.read(login.password, **{"sasl.mechanism": mechanism}), login.password)


def test_password_in_the_environment(login, monkeypatch):
    monkeypatch.setenv("TAILFRAME_CONFIG_SASL_PASSWORD", login.password)
    frame = login.read()
    assert whole(frame, login.password)
    settings = frame.attrs["tailframe"]["settings"]
    assert settings["sasl.password"] == "environment TAILFRAME_CONFIG_SASL_PASSWORD"


def test_wrong_password(login, monkeypatch):
    wrong = login.password + "-wrong"
    keep_in_variables(monkeypatch, wrong)
    with pytest.raises(tailframe.AuthError) as caught:
        login.read(wrong)
    assert login.password not in everything_about(caught.value)


def test_unknown_user(login):
    with pytest.raises(tailframe.AuthError) as caught:
        login.read(login.password, **{"sasl.username": "nobody"})
    assert login.password not in everything_about(caught.value)


def test_unknown_authority(login):
    with pytest.raises(tailframe.AuthError, match="certificate") as caught:
        login.read(login.password, without=["ssl.ca.location"])
    assert "ssl.ca.location" in str(caught.value)
    assert login.password not in everything_about(caught.value)
