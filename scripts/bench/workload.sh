# shellcheck shell=sh
# The words that a workload is written in (workloads/*), each of which does its work at once.
#
#     workload row-kl "row KL, 1e5 x 1000"       begins one
#     input FILE KIND ROWS COLUMNS SEED          makes FILE unless it is there (generate.c)
#     limit PART ARGUMENT ...                    measures what cannot be avoided, on one thread (limits.c; start: an
#                                                empty program)
#     ours COMMAND ...                           times our command; writes its standard output to ours.out
#     memory_max MIB                             what ours may take
#     peer NAME GOAL COMMAND ...                 times a peer's and compares its result with ours
#     peer_part NAME GOAL COMMAND ...            the same against the time of its work alone (peers/work.py)
#     alone                                      shows ours where there is no peer to wait for
#     compare_sums                               the peers' results are the sums of our columns
#     result FILE                                what `ours` and `peer` write in place of standard output
#
# Commands run in build/bench/$SIZE. Workloads may use $threads, $peers (the folder of the peers' scripts), $python and
# sized. run and check, which read this file, set $here, $runs and $with_peers.
# shellcheck disable=SC2034,SC2154

setup() { # size
    case $1 in
    full | small) ;;
    *)
        echo "bench: SIZE is full or small, not '$1'" >&2
        exit 2
        ;;
    esac
    SIZE=$1
    top=$(cd "$here/../.." && pwd)
    PATH=$(cd "$top" && realpath "${BIN:-bin}"):$PATH
    tools=$top/build/scripts/bench peers=$here/peers threads=${THREADS:-2} missed=0
    export OMP_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads" LC_ALL=C PYTHONDONTWRITEBYTECODE=1
    python=
    for candidate in python3 /usr/bin/python3; do
        if [ -z "$python" ] && "$candidate" -c 'import numpy' 2>/dev/null; then
            python=$candidate
        fi
    done
    mkdir -p "$top/build/bench/$SIZE" && cd "$top/build/bench/$SIZE" || exit 1
    table=$PWD/table figures=$PWD/figures
    : >"$table"
    : >"$figures"
}

# Picks by size: what "full" takes, then what "small" takes.
sized() {
    if [ "$SIZE" = full ]; then echo "$1"; else echo "$2"; fi
}

each_workload() { # names, or none for all
    [ $# -gt 0 ] || set -- "$here"/workloads/*
    for file; do
        # shellcheck disable=SC1090 # any of workloads/
        . "$here/workloads/${file##*/}"
    done
}

workload() {
    name=$1 title=$2 limit_seconds=- ours_median=- result_file='' compare_how='' part=''
}

result() {
    result_file=$1
}

compare_sums() {
    compare_how=--sums
}

input() {
    [ -s "$1" ] || "$tools/generate" "$2" "$3" "$4" "$5" "$1" || exit 1
}

limit() {
    if [ "$1" = start ]; then
        timed ours.out "$tools/empty" && limit_seconds=$timed_least
        return
    fi
    limit_seconds=$("$tools/limits" "$@") || exit 1
}

# Prints a / b to so many digits, or - where one is missing.
ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { if (a ~ /^[0-9.]+$/ && b > 0) printf "%.3g", a / b; else printf "-" }'
}

# Sets timed_median, timed_least and timed_peak; fails where the command does.
timed() { # output, command
    output=$1
    shift
    timed=$("$tools/timer" "$runs" "$output" stderr.out "$@") || return 1
    read -r timed_median timed_least timed_peak _ <<END
$timed
END
}

keep_result() { # as
    [ -z "$result_file" ] || mv "$result_file" "$1"
}

ours() {
    timed ours.out "$@" || exit 1
    keep_result ours.out
    ours_median=$timed_median ours_peak=$timed_peak
    ours_ratio=$(ratio "$ours_median" "$limit_seconds")
    printf '%s %s %s\n' "$name" "$timed_least" "$limit_seconds" >>"$figures"
}

memory_max() {
    awk -v peak="$ours_peak" -v most="$1" 'BEGIN { exit !(peak > most) }' || return 0
    echo "bench: $name takes $ours_peak MiB, more than $1" >&2
    missed=1
}

peer() {
    [ -n "$with_peers" ] || return 0
    peer_name=$1 goal=$2
    shift 2
    if ! present "$@"; then
        row "$title" "$peer_name" "$ours_median" absent - - "$goal" "$ours_peak" - - "$limit_seconds" "$ours_ratio"
        return
    fi
    timed peer.out "$@" || exit 1
    keep_result peer.out
    work=$(sed -n 's/^work //p' stderr.out)
    error=$("$tools/compare" ${compare_how:+"$compare_how"} ours.out peer.out) || error=differs
    compared=$timed_median
    [ -z "$part" ] || compared=$work
    row "$title" "$peer_name" "$ours_median" "$timed_median" "$work" "$(ratio "$ours_median" "$compared")" "$goal" \
        "$ours_peak" "$timed_peak" "$error" "$limit_seconds" "$ours_ratio"
}

peer_part() {
    part=yes
    peer "$@"
    part=
}

alone() {
    [ -n "$with_peers" ] || return 0
    row "$title" - "$ours_median" - - - - "$ours_peak" - - "$limit_seconds" "$ours_ratio"
}

# Whether a peer's interpreter and what it needs are installed: the script's imports are asked for.
present() {
    case $2 in
    *.py)
        modules=$(sed -nE 's/^ *(import|from) (numpy|scipy|pandas|sklearn|ot)([ .].*)?$/\2/p' "$2" | sort -u | paste -sd ,)
        [ -n "$python" ] && "$python" -c "import ${modules:-sys}" 2>/dev/null
        ;;
    *.R)
        packages=$(sed -nE 's/.*library\((.*)\)\)/\1/p' "$2")
        command -v Rscript >/dev/null && Rscript -e "stopifnot(requireNamespace('${packages:-stats}', quietly = TRUE))" >/dev/null 2>&1
        ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# workload, peer, ours, peer, its work, ratio, goal, memory of both, error, limit, ours / limit
row() {
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >>"$table"
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$@" | show
}

show() {
    awk -F '\t' '
        function seconds(text) { return text ~ /^[0-9]/ ? sprintf("%.4g", text) : text }
        { printf "%-42s %-18s %8s %8s %8s %8s %7s %7s %7s %8s %8s %8s\n", $1, $2, seconds($3), seconds($4), seconds($5),
              $6, $7, $8, $9, $10, seconds($11), $12 }'
}
