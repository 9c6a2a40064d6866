# shellcheck shell=sh
# For the scripts of this folder: the filters in PATH, the tree $here, a scratch folder $work, and one way to make claims.
# A script is
#
#     set -eu
#     . "$(dirname "$0")/claims.sh"
#     paper='Lee, Yun, Yang and Lee 2022'                             # whose claims they are, in the table
#     claim 'the distance to the t law is small' "$found" .03 'a < b' # as often as it likes
#     claims_end                                                      # last: ends the script
#
# and is named by the paper's number, NN-name (00: the filters themselves). The condition of a claim is an awk
# expression over a and b, the figures before it. One that does not hold is printed at once and gives the script, which
# goes on, status 1. scripts/repro/run, which `make repro` calls, finds every NN-name here, runs all of them and
# prints the claims of all as one table.

here=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$(cd "$here" && realpath -m "${BIN:-bin}"):$PATH
work=$(mktemp -d "${TMPDIR:-/tmp}/kltools-repro.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
claims_failed=0
paper='the filters themselves'

# Adds a line to the file $CLAIMS, where the environment names one: paper, claim, figure, holds, by tabs.
claim() { # claim TEXT A B CONDITION
    claim_holds=yes
    awk -v a="$2" -v b="$3" "BEGIN { exit !($4) }" || claim_holds=no
    claim_figure=$(awk -v a="$2" -v b="$3" -v condition="$4" '
        function rounded(x) { return x + 0 == x ? sprintf("%.6g", x) : x }
        BEGIN {
            split(condition, word, " ")
            plain = condition ~ /^a [<>=]+ b$/
            print rounded(a) (plain ? " " word[2] " " : ", ") rounded(b)
        }')
    if [ $claim_holds = no ]; then
        printf 'does not hold: %s (%s)\n' "$1" "$claim_figure"
        claims_failed=$((claims_failed + 1))
    fi
    if [ -n "${CLAIMS:-}" ]; then
        claim_script=${0##*/}
        printf '%s %s\t%s\t%s\t%s\n' "${claim_script%%-*}" "$paper" "$1" "$claim_figure" $claim_holds >>"$CLAIMS"
    fi
}

claims_end() {
    [ $claims_failed -gt 0 ] || echo 'all claims hold'
    exit $((claims_failed > 0))
}
