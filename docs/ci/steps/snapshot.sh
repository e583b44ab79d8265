#!/bin/sh
# Records the account of the stack $1, without readable numbers, for plans of pull requests from forks.
#   docs/ci/steps/snapshot.sh STACK
set -eu
. "$(dirname "$0")/common.sh"
digo --stack "$1" snapshot "$(out_of "$1")/account.json"
