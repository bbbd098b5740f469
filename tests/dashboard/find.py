"""Finds a part of the stack that CALLBOARD_UP_PID runs, for the browser's tests: `web`, `worker` or `valkey`.

Prints their ids as JSON: the part's own first, then those of what it has started.
"""

import json
import os
import sys

import psutil

MARKS = {"web": "web.asgi:app", "worker": "worker.app", "valkey": "valkey-server"}

if __name__ == "__main__":
    mark = MARKS[sys.argv[1]]
    parts = psutil.Process(int(os.environ["CALLBOARD_UP_PID"])).children()
    part = next(child for child in parts if any(mark in word for word in child.cmdline()))
    print(json.dumps([process.pid for process in (part, *part.children(recursive=True))]))
