"""Brokers for tests with the real binary: the one it brings along, and a real Kafka if there is one."""

import os
import subprocess
import threading

import pytest


def clean_environment(**more):
    """Return the environment without the developer's own settings, and with more."""
    return {**{n: v for n, v in os.environ.items() if not n.startswith("TAILFRAME_")}, **more}


class Sandbox:
    """A broker process."""

    def __init__(self, binary, *flags, password=None):
        self.process = subprocess.Popen(
            [binary, "sandbox", "--port", "0", "--lease", *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment(**({"TAILFRAME_SANDBOX_PASSWORD": password} if password else {})),
        )
        words = []
        self.thread = threading.Thread(target=lambda: words.extend(self.process.stderr))
        self.thread.start()
        line = self.process.stdout.readline()
        if not line:
            self.thread.join()
            pytest.fail("the sandbox did not start: " + "".join(words))
        self.servers = line.strip().split("=", 1)[1]

    def close(self):
        """Stop it."""
        self.process.stdin.close()
        self.process.wait(30)
        self.thread.join()
        self.process.stdout.close()
        self.process.stderr.close()


def produce(binary, servers, topic, file, partitions, *flags):
    """Send the records of a file to a new topic."""
    words = [binary, "produce", topic, str(file), "--bootstrap-servers", servers]
    subprocess.run(
        [*words, "--create-partitions", str(partitions), *flags],
        check=True,
        stderr=subprocess.PIPE,  # shown if it fails
        env=clean_environment(),
    )
