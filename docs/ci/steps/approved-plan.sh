#!/bin/sh
# Plans a fork's config on the account, after a person with write access has read its changes and started this job.
#   docs/ci/steps/approved-plan.sh STACK NUMBER HEAD
# NUMBER is the pull request, HEAD the commit that was read. `snapshot.sh` has written the account to a file before, with
# the token. Here the fork's config/ is data for the base's code, and no token and no variable of config is at hand.
# The comment shows what the account has: everybody who may read the pull request can read it.
set -eu
. "$(dirname "$0")/common.sh"
[ $# -ge 3 ] || die "usage: docs/ci/steps/approved-plan.sh STACK NUMBER HEAD"
stack=$1 number=$2 head=$3
out=$(out_of "$stack")
[ -f "$out/account.json" ] || die "there is no $out/account.json: run docs/ci/steps/snapshot.sh $stack first"

fork_config "$number" "$head" "$out/fork"
digo ci check-config "$out/fork/config"
rm -rf config
mv "$out/fork/config" config

code=0
(
    key=${DIGO_LEDGER_KEY:-}
    forget_secrets
    # The snapshot file's pseudonyms are made with the ledger key. A variable that is set and empty is an error.
    if [ -n "$key" ]; then
        DIGO_LEDGER_KEY=$key
        export DIGO_LEDGER_KEY
    fi
    DIGO_CI_COMMENT="" DIGO_SNAPSHOT="$out/account.json" DIGO_PYTHON="$python" DIGO_CI_OUT="${out%/*}" \
        "$(dirname "$0")/plan.sh" "$stack"
) || code=$?
# The snapshot file has names and intercoms, so it is not kept with the plan.
rm -rf "$out/account.json" "$out/fork"
DIGO_CI_PULL_REQUEST=$number DIGO_CI_COMMIT=$head digo --stack "$stack" ci comment "$out/plan.md"
exit "$code"
