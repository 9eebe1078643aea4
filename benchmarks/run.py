#!/usr/bin/env python3
"""Measure tailframe and its peers on a real Kafka: seconds from process start to a checked DataFrame.

    run.py                  2,000,000 records, 7 rounds
    run.py --quick          200,000 records, 3 rounds
    run.py --only read,confluent_tuned

The broker is the one in $TAILFRAME_KAFKA (host:port), or one of its own, which .ci/kafka.py
starts and stops. Everything else is made under build/bench. Needs Python 3.11 or newer for
the pinned pandas (on PATH; this driver runs on 3.9), go, cc, and java for a broker of its own.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

import report
from measure import measure, pick
from prepare import HERE, ROOT, Failure, call, prepare

PARTITIONS = 6


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small: to see that all works, not to compare")
    parser.add_argument("--records", type=int, help="how many records (default 2,000,000; quick 200,000)")
    parser.add_argument("--rounds", type=int, help="how many counted rounds (default 7; quick 3)")
    parser.add_argument("--only", metavar="NAMES", help="run these contenders, separated by commas")
    parser.add_argument("--wheel", type=Path, help="a wheel of tailframe (default: build it from python/)")
    parser.add_argument("--out", type=Path, help="where results go (default results; quick build/bench)")
    options = parser.parse_args()
    options.records = options.records or (200_000 if options.quick else 2_000_000)
    options.rounds = options.rounds or (3 if options.quick else 7)
    if options.records < 1 or options.rounds < 1:
        parser.error("--records and --rounds must be 1 or more")
    if options.out is None:
        options.out = ROOT / "build" / "bench" / "results" if options.quick else HERE / "results"
    return options


def main() -> int:
    options = arguments()
    bootstrap = os.environ.get("TAILFRAME_KAFKA")
    if not bootstrap:
        kafka = ROOT / ".ci" / "kafka.py"
        return subprocess.call([sys.executable, str(kafka), "run", "--", sys.executable, __file__, *sys.argv[1:]])

    contenders = pick(options.only)
    print("preparing: venv, wheel, C read", flush=True)
    tools = prepare(options.wheel, with_tailframe=any(c.name.startswith("tailframe") for c in contenders))
    machine = report.machine()
    topic = f"bench-{options.records}-{secrets.token_hex(4)}"
    target = ["-brokers", bootstrap, "-topic", topic]
    print(f"writing {options.records:,} trips to {topic}, {PARTITIONS} partitions", flush=True)
    try:
        size = ["-records", str(options.records), "-partitions", str(PARTITIONS)]
        truth = json.loads(call([str(tools.fill), *target, *size]))
        with tempfile.TemporaryDirectory() as folder:
            timings = measure(contenders, options.rounds, tools, bootstrap, topic, truth, Path(folder))
    finally:
        subprocess.call([str(tools.fill), *target, "-delete"])

    rows = report.summary(timings)
    result = {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "machine": machine,
        "versions": report.versions(tools, timings),
        "topic": {"records": truth["records"], "bytes": truth["bytes"], "partitions": PARTITIONS},
        "rounds": options.rounds,
        "rows": rows,
        "ratios": report.ratios(rows),
    }
    print("\n" + report.markdown(result))
    print(f"written to {report.write(result, options.out)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"run.py: {failure}", file=sys.stderr)
        sys.exit(1)
