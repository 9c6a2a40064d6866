# shellcheck shell=sh
# For tests written in shell: cmocka's lines, as tests/run counts them, and a scratch folder, $scratch.

scratch=$(mktemp -d "${TMPDIR:-/tmp}/kltools.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
protocol_failures=0

test_begin() {
    protocol_name=$1
    printf '[ RUN      ] %s\n' "$1"
}

test_passed() {
    printf '[       OK ] %s\n' "$protocol_name"
}

test_failed() { # why
    printf '%s\n' "$1"
    printf '[  FAILED  ] %s\n' "$protocol_name"
    protocol_failures=$((protocol_failures + 1))
}

test_skipped() {
    printf '[  SKIPPED ] %s\n' "$protocol_name"
}

test_finish() {
    [ "$protocol_failures" -eq 0 ]
    exit
}

# The environment of a clean machine, the filters first in PATH.
BIN=$(realpath "${BIN:-bin}") && DATA=$(realpath -m "${DATA:-tests/data}") || exit 1
PATH=$BIN:$PATH LC_ALL=C TZ=UTC TERM=dumb
export BIN DATA PATH LC_ALL TZ TERM
unset LANG LANGUAGE LC_NUMERIC OMP_NUM_THREADS OPENBLAS_NUM_THREADS SLURM_CPUS_PER_TASK LINES COLUMNS POSIXLY_CORRECT

# --help of the filter $1, an option's choices on one line.
help_of() {
    "$BIN/$1" --help | sed -e ':join' -e '/[^ ]|$/{N;s/\n *//;b join' -e '}'
}

# The filters, a word each.
# shellcheck disable=SC2034 # for those who read this file
filters=$(for source in cmd/*.c; do basename "$source" .c; done)
