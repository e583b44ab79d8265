#!/bin/sh
# Compares config, state and account of the stack $1, and keeps one issue about it: opened, updated, closed.
#   docs/ci/steps/drift.sh STACK
# Exit code, that of `digo drift`: 0 none, 2 an up mends it, 3 something that no up can mend, 1 an error.
set -eu
. "$(dirname "$0")/common.sh"
[ $# -ge 1 ] || die "usage: docs/ci/steps/drift.sh STACK"
stack=$1
out=$(out_of "$stack")
rm -f "$out/drift.md"

code=0
digo --stack "$stack" drift --format markdown --output "$out/drift.md" || code=$?
if [ -f "$out/drift.md" ]; then cat "$out/drift.md"; fi
summary "$out/drift.md"
if hosted; then
    case $code in
    0) digo --stack "$stack" ci issue --close ;;
    2 | 3) digo --stack "$stack" ci issue "$out/drift.md" ;;
    esac
fi
exit "$code"
