#!/bin/sh
# Plans a fork's pull request: the fork's config/ as data, the base's code, no token.
#   docs/ci/steps/fork-plan.sh STACK NUMBER HEAD
# NUMBER is the pull request, HEAD its commit. DIGO_CI_REMOTE is the remote to fetch from (default: origin).
set -eu
. "$(dirname "$0")/common.sh"
[ $# -ge 3 ] || die "usage: docs/ci/steps/fork-plan.sh STACK NUMBER HEAD"
stack=$1 number=$2 head=$3
out=$(out_of "$stack")

hosted || die "this step replaces config/ by the fork's: it is for the checkout of a pipeline"

# A private repository needs the token. Passed by the environment, it is in no command line and no file.
remote=${DIGO_CI_REMOTE:-origin}
basic=$(printf 'x-access-token:%s' "${GITHUB_TOKEN:-}" | base64 | tr -d '\n')
GIT_TERMINAL_PROMPT=0 GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$remote.extraheader" \
    GIT_CONFIG_VALUE_0="Authorization: Basic $basic" \
    git fetch --quiet --no-tags --no-recurse-submodules --depth 1 "$remote" "refs/pull/$number/head"
[ "$(git rev-parse FETCH_HEAD)" = "$head" ] ||
    die "the pull request has a newer commit than $head: its own run makes the plan"

# Git's own ways to write files obey the fork's .gitattributes. This one takes the commit's bytes, and refuses links.
digo ci fork-config "$head"
digo ci check-config

digo --stack "$stack" ci recording "$out/account.json"
# Only the snapshot file and the comment need the service's token. The code that reads the fork's config does not get it.
code=0
(
    unset GITHUB_TOKEN DIGO_AUTHORIZATION DIGO_AUTHORIZATION_FILE
    DIGO_CI_COMMENT="" DIGO_SNAPSHOT="$out/account.json" "$(dirname "$0")/plan.sh" "$stack"
) || code=$?
digo --stack "$stack" ci comment "$out/plan.md"
# The snapshot file has names and intercoms, so it is not kept with the plan.
rm -f "$out/account.json"
exit "$code"
