#!/bin/sh
# Sets up Control Center in this folder. Finds a Python; bootstrap.py does the rest.
CDPATH= cd -- "$(dirname -- "$0")" || exit 1
old=
for python in python3 python python3.14 python3.13 python3.12 python3.11; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$python" bootstrap.py install "$@"
    fi
    [ -n "$old" ] || old=$("$python" -c 'import sys; print("%d.%d (%s)" % (sys.version_info[:2] + (sys.executable,)))' 2>/dev/null)
done
if [ -n "$old" ]; then
    echo "Control Center needs Python 3.11 or newer; this machine's is $old." >&2
else
    echo "Control Center needs Python 3.11 or newer, and none was found on this machine." >&2
fi
echo "Install it (https://www.python.org/downloads/, or your system's package python3) and run this again." >&2
exit 1
