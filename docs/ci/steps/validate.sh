#!/bin/sh
# Checks all config, offline and without a secret. On GitHub what is wrong is shown at its line in the pull request.
#   docs/ci/steps/validate.sh
set -eu
. "$(dirname "$0")/common.sh"

format=text
[ "${GITHUB_ACTIONS:-}" = true ] && format=github
digo validate --all --format "$format"
