#!/bin/sh
# Installs what the suite needs from this system's packages, and builds actionlint into the folder $1 where Go is there.
# What is on the machine already stays as it is. Exit code 1 if something could not be installed.
set -u
folder=$1
code=0

say() {
    printf 'CI: %s\n' "$*" >&2
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo --non-interactive env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

# One by one: a package that cannot be had keeps no other away.
install() {
    [ $# -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        say "no apt-get here; not installed: $*"
        code=1
        return
    fi
    if [ "$(id -u)" != 0 ] && ! sudo --non-interactive true 2>/dev/null; then
        say "neither root nor sudo without a password; not installed: $*"
        code=1
        return
    fi
    say "installing $*"
    as_root apt-get update -qq >&2 || say "the lists of packages could not be read anew"
    for package in "$@"; do
        as_root apt-get install --yes -qq --no-install-recommends "$package" >&2 || {
            say "$package could not be installed"
            code=1
        }
    done
}

python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || install python3-venv
command -v git >/dev/null 2>&1 || install git
# shellcheck disable=SC2046 # a list of names
install $(python3 tests/needs/machine_needs.py)

if ! command -v actionlint >/dev/null 2>&1; then
    if command -v go >/dev/null 2>&1; then
        module=$(python3 -c 'import runpy; print(runpy.run_path("tests/needs/machine_needs.py")["ACTIONLINT"])')
        GOBIN=$folder go install "$module" || {
            say "$module could not be built"
            code=1
        }
    else
        say "no Go here: actionlint is not built"
    fi
fi
exit "$code"
