#!/bin/sh
# Prints the first Python on PATH that can set Callboard up; else one sentence on stderr that says what is missing.

question='
import os, sys
if sys.version_info < (3, 11):
    sys.exit(11)
if sys.platform != "darwin":
    try:
        os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError):
        sys.exit(12)
try:
    import ensurepip, venv
except ImportError:
    sys.exit(13)
'

old= foreign= bare=
for python in python3 python3.14 python3.13 python3.12 python3.11; do
    # A shim of a version manager may exist and still refuse to run: only the answer counts.
    "$python" -c "$question" >/dev/null 2>&1
    case $? in
        0) command -v "$python"; exit 0 ;;
        11) old=$("$python" -c 'import platform; print(platform.python_version())') ;;
        12) foreign=$python ;;
        13) bare=${bare:-$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')} ;;
    esac
done

if [ -n "$bare" ]; then
    echo "Python $bare lacks venv: install python$bare-venv (apt install python$bare-venv), then run make again." >&2
elif [ -n "$foreign" ]; then
    echo "Callboard needs Linux with glibc, or macOS; $foreign here was built for neither." >&2
else
    echo "Callboard needs Python 3.11 or newer${old:+, and found only $old}: install python3 and python3-venv" \
        "(apt install python3 python3-venv) of a release that has it, then run make again." >&2
fi
exit 1
