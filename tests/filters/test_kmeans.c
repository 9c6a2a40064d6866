/* kmeans as a user runs it. Small sets have their partitions by hand. */

#include "support/filter_case.h"

#define LINE FILES({"x.csv", "1\n2\n3\n10\n11\n12\n20\n"})
#define IRIS "--columns 1-4 $DATA/iris.csv"

static const struct filter_case cases[] = {
    /* by hand */
    {"three clusters of a line",
     "kmeans -k 3 x.csv >m.npz; for a in centers counts inertia; do matcat m.npz:$a; done", LINE,
     .numbers = "2 11 20 3 3 1 4"},
    {"two clusters of a line",
     "kmeans -k 2 x.csv >m.npz; for a in centers counts inertia; do matcat m.npz:$a; done", LINE,
     .numbers = "13.25 2 4 3 64.75"},
    {"as many clusters as rows", "kmeans -k 7 x.csv -o m.npz; matcat m.npz:inertia", LINE, .output = "0\n"},
    {"one cluster: the mean, and n times the variance",
     "kmeans -k 1 x.csv -o m.npz; matcat m.npz:centers; matcat m.npz:inertia", LINE,
     .numbers = "8.428571428571429 281.7142857142857", .relative_tolerance = 1e-15},
    {"labels and distances", "kmeans -k 3 --labels x.csv", LINE,
     .output = "label,distance\n1,1\n1,0\n1,1\n2,1\n2,0\n2,1\n3,0\n"},
    {"what the model holds", "kmeans -k 3 --standardize x.csv -o m.npz; matcat --list -N m.npz", LINE,
     .output = "kind,<U6,scalar\nversion,<f8,scalar\ncenters,<f8,3x1\ncounts,<f8,3\ninertia,<f8,scalar\n"
               "iterations,<f8,scalar\ndistance,<U11,scalar\nscale,<f8,1\n"},

    /* one answer */
    {"a model labels its own rows as the fit did",
     "for o in '' --standardize '--distance cosine' '--distance cityblock'; do kmeans -k 4 $o " IRIS
     " -o m.npz && kmeans -k 4 $o --labels " IRIS " >a && kmeans -m m.npz " IRIS " | cmp - a; done"},
    {"a pipe and a file are labelled alike", "kmeans -k 3 " IRIS " -o m.npz; kmeans -m m.npz " IRIS
                                             " >a; matcat " IRIS " | kmeans -m m.npz | cmp - a"},
    {"methods and threads leave no trace",
     "kmeans -k 20 --method lloyd -t 1 " IRIS " -o a.npz; for m in hamerly elkan yinyang; do for t in 1 3; do "
     "kmeans -k 20 --method $m -t $t " IRIS " | cmp - a.npz; done; done"},
    {"deterministic starts do not see the seed",
     "for i in maximin pca; do kmeans -k 5 --init $i " IRIS " -o a.npz; kmeans -k 5 --seed 9 --init $i " IRIS
     " | cmp - a.npz; done"},
    {"a weight of 2 is a row twice",
     "printf '2\\n1\\n1\\n1\\n1\\n1\\n1\\n' >w.csv; (cat x.csv; echo 1) >y.csv; kmeans -k 3 --weights w.csv "
     "x.csv "
     "-o a.npz; kmeans -k 3 y.csv -o b.npz; for a in centers counts inertia; do matcat b.npz:$a >b; matcat "
     "a.npz:$a | cmp - b; done",
     LINE},
    {"a start from a model at rest stays",
     "kmeans -k 3 " IRIS " -o a.npz; kmeans --init @a.npz " IRIS
     " -o b.npz; matcat a.npz:centers >a; matcat b.npz:centers | cmp - a"},
    {"a start from a file, in the data's units",
     "printf '1\\n20\\n' >c.csv; kmeans --init @c.csv --standardize -l -N x.csv | cut -d, -f1 | tr '\\n' ' '",
     LINE, .numbers = "2 2 2 1 1 1 1"},

    /* distances */
    {"medians", "kmeans -k 2 --distance cityblock - >m.npz; matcat m.npz:centers; matcat m.npz:inertia",
     .input = "0\n1\n100\n1000\n1001\n1003\n1010\n", .numbers = "1002 1 112"},
    {"the cosine of rows at right angles", "kmeans -k 1 -N --labels --distance cosine -",
     .input = "3,0\n0,5\n", .numbers = "1 0.2928932188134524 1 0.2928932188134524", .tolerance = 2e-16},

    /* iteration */
    {"steps that do not suffice are told", "kmeans -k 20 --restarts 1 --max-iterations 1 " IRIS " -o m.npz",
     .status = 3, .error = "kmeans: not converged after 1 iterations (raise --max-iterations)\n"},
    {"or accepted", "kmeans -q -k 20 --restarts 1 --max-iterations 1 --accept-unconverged " IRIS " -o m.npz"},
    {"tolerance 0 makes the steps asked for",
     "kmeans -k 20 --restarts 1 --max-iterations 2 --tolerance 0 " IRIS " -o m.npz; matcat m.npz:iterations",
     .output = "2\n"},

    /* refusals */
    {"fewer distinct rows than clusters", "kmeans -k 5 - -o m.npz", .input = "1\n2\n1\n2\n3\n3\n",
     .status = 1, .error = "kmeans: -: 5 clusters but 3 distinct rows\n"},
    {"a row without a direction", "kmeans -k 1 --distance cosine - -o m.npz", .input = "1,1\n0,0\n",
     .status = 1, .error = "kmeans: -: row 2: all values are 0, and have no direction\n"},
    {"such a row among new ones", "kmeans -k 1 --distance cosine x.csv -o m.npz; kmeans -m m.npz -",
     FILES({"x.csv", "1,1\n"}), .input = "1,1\n0,0\n", .status = 1,
     .error = "kmeans: -:2: all values are 0, and have no direction\n"},
    {"a missing value", "kmeans -k 1 - -o m.npz", .input = "1\nNA\n", .status = 1,
     .error_contains = "kmeans: -:2: field 1: "},
    {"an infinite value", "kmeans -k 1 - -o m.npz", .input = "1\ninf\n", .status = 1,
     .error = "kmeans: -: row 2: expected values of at most 1e150, got inf\n"},
    {"a constant column to divide by", "kmeans -k 1 --standardize - -o m.npz", .input = "1,5\n2,5\n",
     .status = 1, .error = "kmeans: -: column 2 is constant, nothing to divide by\n"},
    {"new rows of another width", "kmeans -k 2 x.csv -o m.npz; kmeans -m m.npz -", LINE, .input = "1,2\n",
     .status = 1, .error = "kmeans: - has 2 columns, the model 1\n"},
    {"a model of another kind", "matcat --pack kind:=other centers=x.csv -o m.npz; kmeans -m m.npz x.csv",
     LINE, .status = 1, .error = "kmeans: m.npz: kind: expected 'kmeans', got 'other'\n"},
    {"a weight too few", "kmeans --weights w.csv x.csv -o m.npz",
     FILES({"x.csv", "1\n2\n"}, {"w.csv", "1\n"}), .status = 1,
     .error = "kmeans: w.csv has 1 weight, x.csv 2 rows\n"},
    {"a start of another width", "kmeans --init @c.csv x.csv -o m.npz",
     FILES({"x.csv", "1\n2\n"}, {"c.csv", "1,2\n"}), .status = 1,
     .error = "kmeans: c.csv has 2 columns, x.csv 1\n"},
    {"no such start", "kmeans --init best x.csv", .status = 2,
     .error = "kmeans: --init: expected kmeans++, random, maximin, pca or @FILE, got 'best'\n"},
    {"no clusters", "kmeans -k 0 x.csv", .status = 2, .error_contains = "kmeans: --clusters: "},
    {"a model is no table", "kmeans --digits 3 x.csv", .status = 2, .error_contains = "kmeans: --digits "},
    {"a model is not fitted", "kmeans -k 3 -m m.npz x.csv", .status = 2,
     .error_contains = "kmeans: --clusters "},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
