#!/bin/sh
# The command line of Control Center; `cctl.sh --help` says more. Works through a link to it, too.
self=$0
while [ -L "$self" ]; do
    to=$(readlink -- "$self")
    case $to in
        /*) self=$to ;;
        *) self=${self%/*}/$to ;;
    esac
done
case $self in
    */*) root=${self%/*} ;;
    *) root=. ;;
esac
if [ ! -x "$root/.venv/bin/python" ]; then
    echo "Control Center is not set up in $root: run install.sh there." >&2
    exit 1
fi
exec "$root/.venv/bin/python" -I -S "$root/cctl" "$@"
