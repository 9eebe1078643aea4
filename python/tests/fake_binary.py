"""A binary that speaks the shim's protocol, or breaks it, step by step.

Run as ``python fake_binary.py STEPS request``. STEPS is a JSON file of steps, each a list of a verb and its
argument. What the shim gave (arguments, environment, request, acknowledgement) goes to STEPS + ".seen".
"""

import json
import os
import signal
import sys
import time


def main():
    path, arguments = sys.argv[1], sys.argv[2:]
    with open(path) as file:
        steps = json.load(file)
    seen = {"pid": os.getpid(), "arguments": arguments, "environment": dict(os.environ)}

    def save():
        with open(f"{path}.{os.getpid()}", "w") as file:
            json.dump(seen, file)
        os.replace(f"{path}.{os.getpid()}", path + ".seen")

    save()
    for verb, argument in steps:
        if verb == "request":
            seen["request"] = json.loads(sys.stdin.buffer.readline())
            save()
        elif verb == "stdout":
            with open(argument, "rb") as file:
                sys.stdout.buffer.write(file.read())
            sys.stdout.buffer.flush()
        elif verb == "stderr":
            sys.stderr.buffer.write(argument.encode())
            sys.stderr.buffer.flush()
        elif verb == "event":
            sys.stderr.buffer.write(json.dumps(argument).encode() + b"\n")
            sys.stderr.buffer.flush()
        elif verb == "ack":
            seen["ack"] = sys.stdin.buffer.readline().decode()
            save()
            if seen["ack"] == "":
                os._exit(130)
        elif verb == "lease":  # waits for the end of stdin, as a binary does whose parent is gone
            sys.stdin.buffer.read()
            os._exit(130)
        elif verb == "close":
            os.close({"stdin": 0, "stdout": 1, "stderr": 2}[argument])
        elif verb == "ignore":
            signal.signal(getattr(signal, argument), signal.SIG_IGN)
        elif verb == "kill":
            os.kill(os.getpid(), argument)
        elif verb == "sleep":
            time.sleep(argument)
        elif verb == "exit":
            os._exit(argument)
        else:
            raise ValueError(verb)
    os._exit(0)


main()
