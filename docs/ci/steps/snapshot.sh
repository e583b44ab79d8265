#!/bin/sh
# Writes the account of the stack $1 to a snapshot file without readable numbers. `approved-plan.sh` plans from it.
#   docs/ci/steps/snapshot.sh STACK
set -eu
. "$(dirname "$0")/common.sh"
digo --stack "$1" snapshot "$(out_of "$1")/account.json"
