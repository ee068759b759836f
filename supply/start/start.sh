#!/bin/sh
# Opens the workbench in the browser: start.sh [folder [options of ziping serve]]; the usual folder is beside this file.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
space=${1:-"$here/workspace"}
[ $# -gt 0 ] && shift
export PYTHONUTF8=1
program=$here/$(cat "$here/program.txt" 2>/dev/null || echo program)
if [ -f "$program/install.sh" ]; then sh "$program/install.sh" || exit 1; fi
for python in "$program/.venv/bin/python" "$here/.venv/bin/python" "$here/../../.venv/bin/python"; do
  [ -x "$python" ] && exec "$python" -c "from evaluator.cli import main; main()" serve "$space" "$@"
done
command -v ziping >/dev/null && exec ziping serve "$space" "$@"
cat "$here/start-help.txt" >&2
exit 1
