"""A Kafka topic's tail as a typed pandas DataFrame, with nothing to set up.

Starts the sandbox that comes with tailframe (a Kafka broker in memory, on 127.0.0.1) with
10,000 generated bicycle trips in six partitions, reads the last 1000 of them, prints what
came, and stops the sandbox. Run it where tailframe is installed: python examples/demo.py
"""

import json
import os
import shutil
import subprocess
import sys

import pandas

import tailframe

COLUMNS = [
    "tripduration", "starttime", "stoptime",
    "start station id", "start station name", "start station latitude", "start station longitude",
    "end station id", "end station name", "end station latitude", "end station longitude",
    "bikeid", "usertype", "birth year", "gender",
]  # fmt: skip


def start_sandbox():
    """Start the broker; return its process and its address."""
    beside = os.path.join(os.path.dirname(sys.executable), "tailframe")
    command = beside if os.path.exists(beside) else shutil.which("tailframe")
    if command is None:
        sys.exit("demo: the command tailframe is not installed beside this Python: pip install it there")
    # With --lease the sandbox stops when its stdin closes, so also if this script is killed.
    sandbox = subprocess.Popen(
        [command, "sandbox", "--port", "0", "--partitions", "6", "--trips", "10000", "--lease"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    address = sandbox.stdout.readline().strip().partition("bootstrap_servers=")[2]
    if not address:
        sys.exit(f"demo: the sandbox did not start (exit status {sandbox.wait()})")
    return sandbox, address


def show(df):
    """Print the frame, its dtypes and the report of the run."""
    with pandas.option_context("display.width", 140, "display.max_columns", 9):
        print(df)
    print("\ndf.dtypes:")
    print(df.dtypes.to_string())
    print('\ndf.attrs["tailframe"], the report of the run:')
    for name, value in df.attrs["tailframe"].items():
        if isinstance(value, list):
            print(f"  {name}:")
            for item in value:
                print(f"    {json.dumps(item)}")
        else:
            print(f"  {name}: {json.dumps(value)}")


def main():
    print("demo: starting a sandbox broker with 10,000 generated trips in 6 partitions", flush=True)
    sandbox, address = start_sandbox()
    try:
        print(f'demo: tailframe.tail("citibike", last=1000, bootstrap_servers="{address}", columns=[...])\n', flush=True)
        df = tailframe.tail("citibike", last=1000, bootstrap_servers=address, columns=COLUMNS)
        show(df)
        seconds = df.attrs["tailframe"]["seconds"]["total"]
    finally:
        sandbox.stdin.close()
        sandbox.wait(30)
    if len(df) != 1000:
        sys.exit(f"demo: {len(df)} rows came instead of 1000")
    print(f"\ndemo: {len(df)} rows, {len(df.columns)} typed columns, read in {seconds:.2f} s; the sandbox has stopped")


if __name__ == "__main__":
    main()
