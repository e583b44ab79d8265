#!/bin/sh
# Shows on a fork's pull request what it changes in config. It says nothing of the account: it reads files only, and needs
# no secret. The base's code compares the fork's config/, as data, with the base's.
#   docs/ci/steps/fork-plan.sh STACK NUMBER HEAD
# NUMBER is the pull request, HEAD its commit.
# Exit code: 0 shown, with or without changes; 1 the fork's config has problems, or cannot be read.
set -eu
. "$(dirname "$0")/common.sh"
[ $# -ge 3 ] || die "usage: docs/ci/steps/fork-plan.sh STACK NUMBER HEAD"
stack=$1 number=$2 head=$3
out=$(out_of "$stack")
rm -f "$out"/plan.*

fork_config "$number" "$head" "$out/fork"
code=0
(
    forget_secrets
    digo --stack "$stack" ci config-changes "$out/fork/config" --output "$out/plan.md"
) || code=$?
rm -rf "$out/fork"
[ -f "$out/plan.md" ] || exit 1
summary "$out/plan.md"
digo --stack "$stack" ci comment "$out/plan.md"
[ "$code" -ne 1 ] || exit 1
