/* SIGUSR1 to a gmmfit at work. The shell ignores the signal, and so does the filter until it has set up what
 * takes it: none comes too early. Twenty thousand steps take a third of a second or more; the first model is
 * there after some hundredths. */

#include "support/filter_case.h"

#define STEPS "gmmfit -t 1 -k 6 --restarts 1 --tol 0 --max-iter 20000 $DATA/faithful.csv "
#define IN_BACKGROUND "trap '' USR1; " STEPS
#define UNTIL_THERE " until [ -s m.npz ]; do kill -USR1 $!; sleep .01; done; cp m.npz early.npz; "

/* Forty programs of some hundredths each, as no tolerance is met. */
#define PROGRAMS                                                                                             \
    "gmmfit -q -t 1 -k 3 --method sdp --subsample 100 --outer 40 --outer-tol 0 --sdp-tol 1e-12 "             \
    "--sdp-max-iter 50 --accept-unconverged $DATA/faithful.csv "

static const struct filter_case cases[] = {
    {"the file appears whole before the end, which stays what it would have been",
     STEPS "-o whole.npz && " IN_BACKGROUND "-o m.npz &" UNTIL_THERE
           "matcat early.npz:iterations | awk '{ print ($1 < 20000 ? \"early\" : \"late\") }'; "
           "matcat --list early.npz | wc -l; wait $! && cmp whole.npz m.npz; ls",
     .output = "early\n14\nearly.npz\nm.npz\nwhole.npz\n"},
    {"its figures are those of its parameters",
     IN_BACKGROUND "-o m.npz &" UNTIL_THERE "wait $!; "
                   "gmmfit --init @early.npz --tol 0 --max-iter 0 $DATA/faithful.csv -o same.npz; "
                   "matcat early.npz:log_likelihood same.npz:log_likelihood | awk 'NR == 1 { first = $1 }"
                   "END { print $1 - first }'",
     .numbers = "0", .tolerance = 1e-9}, /* 272 rows, their mean taken off and added again */
    {"a fit resumed from it ends where the other did",
     IN_BACKGROUND "-o m.npz &" UNTIL_THERE "wait $!; "
                   "gmmfit --init @early.npz --tol 0 --max-iter 20000 $DATA/faithful.csv -o resumed.npz; "
                   "matcat resumed.npz:log_likelihood m.npz:log_likelihood | awk 'NR == 1 { first = $1 }"
                   "END { print $1 - first }'",
     .numbers = "0", .tolerance = 1e-6}, /* both far beyond convergence */
    {"of several starts and sizes the best so far is written",
     "trap '' USR1; gmmfit -k 1:6 --restarts 3 --tol 0 --max-iter 5000 $DATA/faithful.csv -o m.npz "
     "&" UNTIL_THERE
     "matcat early.npz:log_likelihood | awk '{ print ($1 < 0 && $1 > -1400 ? \"whole\" : $1) }'; wait $!",
     .output = "whole\n"},
    {"so it is between two semidefinite programs",
     PROGRAMS "-o whole.npz && trap '' USR1; " PROGRAMS "-o m.npz &" UNTIL_THERE
              "matcat early.npz:iterations | awk '{ print ($1 < 40 ? \"early\" : \"late\") }'; "
              "gmmeval --sum early.npz $DATA/faithful.csv >sum; matcat early.npz:log_likelihood | "
              "paste -d, sum - | awk -F, '{ print ($1 - $2 < 1e-6 && $2 - $1 < 1e-6) }'; "
              "wait $! && cmp whole.npz m.npz; ls",
     .output = "early\n1\nearly.npz\nm.npz\nsum\nwhole.npz\n"},
    {"without a file to write a note says so once",
     IN_BACKGROUND ">m.npz & for i in 1 2 3 4; do sleep .05; kill -USR1 $!; done; wait $!; "
                   "matcat --list m.npz | wc -l",
     .output = "14\n", .error = "gmmfit: SIGUSR1: the model so far is written with --output FILE only\n"},
    {"a folder that is gone does not end the fit",
     "mkdir d; trap '' USR1; ( gmmfit -t 1 -k 6 --restarts 1 --tol 0 --max-iter 20000 --labels l.csv "
     "$DATA/faithful.csv -o d/m.npz ) & until [ -e d/m.npz ]; do sleep .01; kill -USR1 $! 2>/dev/null || "
     "break; "
     "done; mv d gone; for i in 1 2 3 4 5 6; do sleep .03; kill -USR1 $! 2>/dev/null; done; wait $!; wc -l "
     "<l.csv",
     .output = "273\n", .error_contains = "gmmfit: SIGUSR1: d/m.npz: No such file or directory: going on\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
