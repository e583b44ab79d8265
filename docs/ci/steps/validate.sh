#!/bin/sh
# Checks all config, offline and without secrets. On GitHub the pull request shows each problem at its line.
#   docs/ci/steps/validate.sh
set -eu
. "$(dirname "$0")/common.sh"

format=text
[ "${GITHUB_ACTIONS:-}" = true ] && format=github
digo validate --all --format "$format"
