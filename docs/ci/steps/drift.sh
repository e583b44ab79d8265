#!/bin/sh
# Compares config, state and account of the stack $1. Opens, updates or closes one issue about drift.
#   docs/ci/steps/drift.sh STACK
# Exit code, as of `digo drift --detailed-exitcode`: 0 no drift, 2 an up fixes it, 3 no up can fix all of it, 1 an error.
set -eu
. "$(dirname "$0")/common.sh"
[ $# -ge 1 ] || die "usage: docs/ci/steps/drift.sh STACK"
stack=$1
out=$(out_of "$stack")
rm -f "$out/drift.md"

code=0
digo --stack "$stack" drift --detailed-exitcode --format markdown --output "$out/drift.md" || code=$?
if [ -f "$out/drift.md" ]; then cat "$out/drift.md"; fi
summary "$out/drift.md"
if hosted; then
    case $code in
    0) digo --stack "$stack" ci issue --close ;;
    2 | 3) digo --stack "$stack" ci issue "$out/drift.md" ;;
    esac
fi
exit "$code"
