"""Run contenders, check what they read, and keep their times."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from prepare import HERE, Failure, Tools

# A contender that takes longer has hung; the slowest needs about a minute for two million records.
PATIENCE = 900


@dataclass(frozen=True)
class Contender:
    """One way to read the topic."""

    name: str
    title: str
    what: str
    """"frame": a checked DataFrame; "read": records counted, nothing decoded; "imports": no topic at all."""


CONTENDERS = [
    Contender("tailframe_user", "tailframe, types inferred, order by time", "frame"),
    Contender("tailframe_fast", "tailframe, types declared, order=None", "frame"),
    Contender("confluent_tuned", "confluent-kafka-python tuned + pyarrow CSV", "frame"),
    Contender("confluent_default", "confluent-kafka-python + pandas.read_csv, defaults", "frame"),
    Contender("read", "C, rd_kafka_consume_batch_queue, read only", "read"),
    Contender("imports", "import pandas, pyarrow; nothing read", "imports"),
]


@dataclass
class Timing:
    """What the counted runs of one contender gave."""

    contender: Contender
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak_kb: list[int] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)
    """The last line it printed: versions, dtypes."""


def command(contender: Contender, tools: Tools, bootstrap: str, topic: str, records: int) -> list[str]:
    if contender.what == "read":
        return [str(tools.read), bootstrap, topic]
    script = HERE / "contenders" / f"{contender.name}.py"
    return [str(tools.python), str(script), bootstrap, topic, str(records)]


def run_once(line: list[str], folder: Path) -> tuple[float, dict[str, Any]]:
    """Seconds from just before the process starts to its own "done", and what it said.

    A contender in Python says its peak memory and processor time itself, as checking the frame comes
    after; those of the C read are its whole process's.
    """
    out, err = folder / "out", folder / "err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        start = time.clock_gettime(time.CLOCK_MONOTONIC)
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
        try:
            whole = wait(process, " ".join(line), start + PATIENCE)
        except BaseException:
            process.kill()
            process.wait()
            raise
    if process.returncode != 0:
        raise Failure(f"{' '.join(line)} failed with status {process.returncode}:\n{err.read_text(errors='replace')}")
    said = json.loads(out.read_text().splitlines()[-1])
    return said["done"] - start, {**whole, **said}


def wait(process: subprocess.Popen[bytes], name: str, deadline: float) -> dict[str, float]:
    """Wait for the end of a process; its peak memory in KB and its processor time in seconds."""
    while time.clock_gettime(time.CLOCK_MONOTONIC) < deadline:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return {"peak_kb": usage.ru_maxrss, "cpu": usage.ru_utime + usage.ru_stime}
        # The contender reads the clock itself, so this nap is in no time.
        time.sleep(0.05)
    raise Failure(f"{name} did not end in {PATIENCE} s")


def check(contender: Contender, said: dict[str, Any], truth: dict[str, Any]) -> None:
    """Hold what was read against what was written; a time counts only after this."""
    if contender.what == "read":
        found = {"records": said["records"], "bytes": said["bytes"]}
    elif contender.what == "frame":
        found = said.pop("found")
    else:
        return
    for key, value in found.items():
        if key == "columns":
            for got, want in zip(value, truth["columns"]):
                if got != want:
                    raise Failure(f"{contender.title}: column sums differ: read {got}, written {want}")
        if value != truth[key]:
            raise Failure(f"{contender.title}: {key} differ: read {value}, written {truth[key]}")


def measure(
    contenders: list[Contender],
    rounds: int,
    tools: Tools,
    bootstrap: str,
    topic: str,
    truth: dict[str, Any],
    folder: Path,
) -> list[Timing]:
    """Interleaved rounds, each starting with another contender, after one round that warms up and does not count."""
    timings = {c.name: Timing(c) for c in contenders}
    for number in range(rounds + 1):
        turn = number % len(contenders)
        for contender in contenders[turn:] + contenders[:turn]:
            line = command(contender, tools, bootstrap, topic, truth["records"])
            seconds, said = run_once(line, folder)
            check(contender, said, truth)
            label = f"round {number}" if number else "warm-up"
            print(f"{label:8} {seconds:8.3f} s  {contender.title}", flush=True)
            if number:
                timing = timings[contender.name]
                timing.seconds.append(seconds)
                timing.cpu.append(said["cpu"])
                timing.peak_kb.append(said["peak_kb"])
                timing.said = said
    return list(timings.values())


def pick(names: Optional[str]) -> list[Contender]:
    """The contenders of a comma-separated list, all by default."""
    if names is None:
        return CONTENDERS
    wanted = names.split(",")
    unknown = set(wanted) - {c.name for c in CONTENDERS}
    if unknown:
        raise Failure(f"no contender {', '.join(sorted(unknown))}; there are {', '.join(c.name for c in CONTENDERS)}")
    return [c for c in CONTENDERS if c.name in wanted]
