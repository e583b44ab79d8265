#!/bin/sh
# Creates the virtual environment $1, and installs the pins in the file $2, those of the extras $3 (such as "lists records")
# and the project itself, so that `digo` is a command. Says what is missing where it cannot.
set -eu
venv=$1 pins=$2 extras=${3-}

fail() {
    printf 'pulumi-digo: %s\n' "$@" >&2
    exit 1
}

python=""
for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3.10; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    found=$("${PYTHON:-python3}" --version 2>&1 || true)
    fail "Python 3.10 or later is needed; found: ${found:-none}." \
        "Install one, or name it: make PYTHON=/path/to/python3.12 ..."
fi
if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    fail "$python has no venv module. On Debian and Ubuntu: apt-get install python3-venv"
fi
echo "Setting up $venv with $("$python" --version) ..."
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import pip' >/dev/null 2>&1; then
    "$python" -m venv --clear "$venv"
fi
install() {
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" ||
        {
            # On a full disk, pip leaves parts of compiled files, which break every later run.
            find "$venv" -name '*.py[co]' -delete 2>/dev/null || true
            fail "the requirements could not be installed: see above. Is the package registry reachable, and is there room?"
        }
}

install --require-hashes -r "$pins"
if [ -n "$extras" ]; then
    chosen=$venv/extras.txt
    # shellcheck disable=SC2086 # each word is an extra
    "$venv/bin/python" scripts/extra_pins.py $extras >"$chosen" || fail "nothing was installed for EXTRAS=\"$extras\""
    install --require-hashes -r "$chosen"
fi
install --no-deps --no-build-isolation --no-index --editable .
