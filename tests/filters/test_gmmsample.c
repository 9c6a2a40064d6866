/* gmmsample as a user runs it. Fixed seeds; bounds on means are five standard errors. */

#include "support/filter_case.h"

#define MODEL                                                                                                \
    FILES({"w.csv", ".3\n.7\n"}, {"mu.csv", "0,0\n3,1\n"}, {"c.csv", "1\n.5\n.5\n2\n.5\n0\n0\n.25\n"})
#define PACK                                                                                                 \
    "matcat --no-header --pack kind:=gmm covariance_type:=full weights=w.csv means=mu.csv "                  \
    "covariances=c.csv --shape covariances=2x2x2 -o m.npz && "

/* Means, then second moments about 0, of the two columns on standard input. */
#define MOMENTS                                                                                              \
    "awk -F, '{ a += $1; b += $2; aa += $1 * $1; ab += $1 * $2; bb += $2 * $2 } "                            \
    "END { print a / NR, b / NR, aa / NR, ab / NR, bb / NR }'"

static const struct filter_case cases[] = {
    {"one row unless more are asked for", PACK "gmmsample m.npz | wc -l", MODEL, .output = "2\n"},
    {"columns are x1 to xd", PACK "gmmsample m.npz | head -n 1", MODEL, .output = "x1,x2\n"},
    {"labels stand last", PACK "gmmsample --labels m.npz | head -n 1", MODEL, .output = "x1,x2,label\n"},
    {"a count like 1e3", PACK "gmmsample -N -n 1e3 m.npz | wc -l", MODEL, .output = "1000\n"},
    {"draws have the mixture's moments", /* mean (2.1, .7), covariance [[2.54, .78], [.78, .985]] */
     PACK "gmmsample -N -n 40000 m.npz | " MOMENTS, MODEL, .numbers = "2.1 .7 6.95 2.25 1.475",
     .tolerance = 0.13},
    {"draws of the noised mixture", /* .8^2 and .8^2 times the moments, and .36 on the diagonal */
     PACK "gmmsample -N -n 40000 --alpha .8 --sigma .6 m.npz | " MOMENTS, MODEL,
     .numbers = "1.68 .56 4.808 1.44 1.304", .tolerance = 0.1},
    {"labels tell the components",
     PACK "gmmsample -N -n 40000 --labels m.npz | awk -F, '$3 == 1 { n++; a += $1; b += $1 * $2 } "
          "END { print n / NR, a / n, b / n }'",
     MODEL, .numbers = ".3 0 .5", .tolerance = 0.07},
    {"strata are rounded by largest remainders", /* 2.1 and 4.9 */
     PACK "gmmsample -N -n 7 --stratified --labels m.npz | cut -d, -f3 | tr '\\n' ' '", MODEL,
     .output = "1 1 2 2 2 2 2 "},
    {"conditional draws have the moments of gmmeval --given", /* x1 = 2: r = (.0607.., ..), both means 1 */
     PACK "echo 2 | gmmeval -N --given 1 m.npz; gmmsample -N -n 40000 --given 1=2 m.npz | "
          "awk '{ a += $1; b += $1 * $1 } END { print a / NR, b / NR - a * a / NR / NR }'",
     MODEL, .numbers = "1 .40045 1 .40045", .tolerance = 0.02},
    {"conditional draws are named by their number", PACK "gmmsample --given 1=2 --labels m.npz | head -n 1",
     MODEL, .output = "x2,label\n"},
    {"conditions from the end, and negative values", PACK "gmmsample --given -1=-1.5e0 m.npz | head -n 1",
     MODEL, .output = "x1\n"},
    {"fewer rows are the first of more",
     PACK "gmmsample -n 10000 m.npz | head -n 5001 >a; gmmsample -n 5000 m.npz | cmp - a", MODEL},
    {"the same bytes for any number of threads",
     PACK "gmmsample -n 60000 -t 1 --labels m.npz >a; gmmsample -n 60000 -t 4 --labels m.npz | cmp - a",
     MODEL},
    {"another seed gives other rows",
     PACK "gmmsample m.npz >a; gmmsample -s 2 m.npz >b; cmp -s a b || echo other", MODEL,
     .output = "other\n"},
    {"the model from standard input, rows as NPY",
     PACK "cat m.npz | gmmsample -n 3 -b | matcat --info -N | "
          "grep -c '3'",
     MODEL, .output = "1\n"},
    {"a reader that goes away ends it quietly", PACK "gmmsample -n 1e9 m.npz | head -n 1", MODEL,
     .output = "x1,x2\n"},

    {"a condition without a value", PACK "gmmsample --given 1 m.npz", MODEL, .status = 2,
     .error = "gmmsample: --given: expected J=V, a column and a number, got '1'\n"},
    {"a condition that is no number", PACK "gmmsample --given 1=a m.npz", MODEL, .status = 2,
     .error = "gmmsample: --given: expected J=V, a column and a number, got '1=a'\n"},
    {"a condition on several columns", PACK "gmmsample --given 1-2=1 m.npz", MODEL, .status = 2,
     .error = "gmmsample: --given: expected one column before '=', got 2\n"},
    {"a condition on all columns", PACK "gmmsample --given 1=0,2=0 m.npz", MODEL, .status = 2,
     .error = "gmmsample: --given: all columns are given: none is left to be told\n"},
    {"a condition that is too far", PACK "gmmsample --given 1=1e300 m.npz", MODEL, .status = 1,
     .error = "gmmsample: --given: the given values are too far from every component\n"},
    {"no rows", PACK "gmmsample -n 0 m.npz", MODEL, .status = 2, .error_contains = "gmmsample: "},
    {"no spread at all", PACK "gmmsample --alpha 0 m.npz", MODEL, .status = 1,
     .error = "gmmsample: m.npz: covariances: component 1 is not positive definite\n"},
    {"a table in place of a model", "gmmsample w.csv", MODEL, .status = 1,
     .error_contains = "gmmsample: w.csv: "},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
