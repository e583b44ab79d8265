#!/bin/sh
# Checks all config, offline and without secrets. On GitHub the pull request shows each problem at its line.
#   docs/ci/steps/validate.sh
set -eu
. "$(dirname "$0")/common.sh"

if [ "${GITHUB_ACTIONS:-}" != true ]; then
    digo validate --all --offline
    exit
fi

# The annotations are commands, so the log gets them alone while commands work.
found=$(mktemp)
code=0
digo validate --all --offline --format github >"$found" || code=$?
sed '/^::/d' "$found"
resume_commands
sed -n -e '/^::error file=/p' -e '/^::warning file=/p' "$found"
stop_commands
rm -f "$found"
exit "$code"
