#!/bin/sh
# Runs one operation on a stack: chooses the engine, starts the sandbox where the stack's endpoint is one.
#   scripts/stack.sh up|preview|refresh|destroy STACK
set -eu
# A core file would have secrets in clear text.
ulimit -c 0
operation=$1
stack=$2
python=.venv/bin/python

# Both engines keep state in the same layout, so either goes on where the other stopped.
PULUMI_BACKEND_URL=$("$python" -B -m digo.project.backend)
export PULUMI_BACKEND_URL
export PULUMI_SKIP_UPDATE_CHECK=true
# One state write at the end of a run instead of one for each resource; safe, since a run adopts what a crash left.
export PULUMI_SKIP_CHECKPOINTS="${PULUMI_SKIP_CHECKPOINTS:-true}"
# All creates in one wave: the account's list is read once for them all.
export PULUMI_PARALLEL="${PULUMI_PARALLEL:-64}"
# The CLI, its program and its host talk by gRPC, which would ask the environment's proxy for this machine itself.
export no_grpc_proxy="${no_grpc_proxy-${no_proxy:+$no_proxy,}127.0.0.1}"
if [ "$stack" = sandbox ]; then
    # The sandbox has no secrets worth a passphrase; stacks of your own ask for one.
    export PULUMI_CONFIG_PASSPHRASE="${PULUMI_CONFIG_PASSPHRASE-}"
    # It goes with the sandbox's account: `make clean` removes both.
    "$python" -B -m digo.cli.lists_key .sandbox/ledger.key
fi

if command -v pulumi >/dev/null 2>&1; then
    version=$(pulumi version 2>/dev/null || true)
    echo "Engine: $(command -v pulumi)${version:+ ($version)}, because it is on PATH."
    engine() { pulumi "$@"; }
else
    echo "Engine: the embedded one (\`digo engine\`), because no \`pulumi\` is on PATH."
    engine() { "$python" -m engine "$@"; }
fi

last_journal() {
    find ".digo/journal/$stack" -name '*.jsonl' 2>/dev/null | sort | tail -n 1
}

if ! engine stack select "$stack" >/dev/null 2>&1; then
    # A new stack in the place of one whose state is lost would adopt and send all once more.
    "$python" -B -m digo.project.earlier_runs "$stack"
    engine stack select --create "$stack" >/dev/null
fi

endpoint="${DIGO_ENDPOINT:-$(engine config get digo:endpoint --stack "$stack" 2>/dev/null || true)}"
case "$endpoint" in
http://127.0.0.1:* | http://localhost:*)
    port=${endpoint##*:}
    port=${DIGO_SANDBOX_PORT:-${port%%/*}}
    if ! said=$("$python" -m sandbox start --port "$port" 2>&1); then
        running=$("$python" -m sandbox status | sed -n 's|^The sandbox runs: http://[^ ]*:\([0-9]*\) .*|\1|p')
        if [ -z "$running" ] || [ -n "${DIGO_SANDBOX_PORT-}" ]; then
            printf '%s\n' "$said" >&2
            free=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
            cat >&2 <<ADVICE
Next: let this project's sandbox listen at another port, in this shell and for all of its commands:
  export DIGO_SANDBOX_PORT=$free
  make $operation$(if [ "$stack" != sandbox ]; then echo " STACK=$stack"; fi)
ADVICE
            exit 1
        fi
        # An earlier run's port was another one, and that sandbox still runs.
        export DIGO_SANDBOX_PORT="$running"
        said="The sandbox runs already, at port $running: export DIGO_SANDBOX_PORT=$running for other commands."
    fi
    echo "$said"
    ;;
esac

case "$operation" in
preview) engine preview --stack "$stack" ;;
refresh) engine refresh --stack "$stack" --yes ;;
destroy) engine destroy --stack "$stack" --yes ;;
up)
    before=$(last_journal)
    if ! engine up --stack "$stack" --yes; then
        if [ "$(last_journal)" != "$before" ]; then
            printf '\nWhat this run wrote (from its journal; `%s` lists it all):\n' \
                "$("$python" -B -m digo.system.command_name) --stack $stack report --all"
            "$python" -m digo --stack "$stack" report || true
        fi
        exit 1
    fi
    said_port=
    if [ -n "${DIGO_SANDBOX_PORT-}" ]; then
        said_port="
  export DIGO_SANDBOX_PORT=$DIGO_SANDBOX_PORT   in each other shell, before commands of digo and pulumi"
    fi
    cat <<NEXT

The up of stack \`$stack\` is done; what it could not change is above, as a warning. Next:$said_port
  make up            run it again: nothing changes
  make preview       after an edit in config/$stack/: what an up would do
  make test          the whole test suite
  make down          stop the sandbox
Your own account: see "Your own account" in README.md.
NEXT
    ;;
*)
    echo "scripts/stack.sh: no operation $operation" >&2
    exit 2
    ;;
esac
