/* gpkernel as a user runs it. */

#include "support/filter_case.h"

static const struct filter_case cases[] = {
    {"the matrix of a kernel", "gpkernel -k 'rbf(variance=1.5,lengthscale=.8)' - | head -2",
     .input = "0\n.5\n2\n", .numbers = "1.5 1.2338663436 0.0659054004", .tolerance = 6e-11},
    {"of one matrix with another", "gpkernel -N -k 'matern(variance=1.5,lengthscale=.8)' - y.csv",
     FILES({"y.csv", "0.5\n2\n"}), .input = "0\n", .numbers = "1.0581453403 0.1052636796",
     .tolerance = 6e-11},
    {"scikit-learn's Matern", "gpkernel -N -k 'matern(lengthscale=2)' - y.csv", FILES({"y.csv", "1\n2\n"}),
     .input = "0\n", .numbers = "0.7848876539574506 0.4833577245965077", .relative_tolerance = 1e-15},
    {"scikit-learn's RationalQuadratic", "gpkernel -N -k 'rq(lengthscale=2,alpha=.7)' - y.csv",
     FILES({"y.csv", "1\n2\n"}), .input = "0\n", .numbers = "0.891355326438615 0.685712009577666",
     .relative_tolerance = 1e-15},
    {"scikit-learn's ExpSineSquared", "gpkernel -N -k 'periodic(lengthscale=1.3,period=2.5)' - y.csv",
     FILES({"y.csv", "1\n2\n"}), .input = "0\n", .numbers = "0.342863024510386 0.6644034664769704",
     .relative_tolerance = 1e-14},
    {"its diagonal", "gpkernel -k 'linear + white' --diag -", .input = "1\n2\n3\n",
     .output = "k\n2\n5\n10\n"},
    {"white counts within a matrix alone", "gpkernel -N -k white x.csv; gpkernel -N -k white x.csv x.csv",
     FILES({"x.csv", "1\n1\n"}), .output = "1,0\n0,1\n0,0\n0,0\n"},
    {"eigenvalues descend and sum to the trace",
     "gpkernel -k rbf --eigenvalues -N $DATA/faithful.csv | awk 'NR > 1 && $1 > last + 1e-12 { print \"up\" "
     "} { last = $1; "
     "s += $1 } END { printf \"%.9f\\n\", s }'",
     .output = "272.000000000\n"},
    {"names of columns",
     "gpkernel -k 'rbf(columns=eruptions)' $DATA/faithful.csv >a; matcat --columns eruptions "
     "$DATA/faithful.csv | gpkernel -k rbf | cmp - a"},
    {"threads leave no trace",
     "gpkernel -t 1 -k 'rbf*periodic' $DATA/faithful.csv >a; gpkernel -t 3 -k 'rbf*periodic' "
     "$DATA/faithful.csv | cmp - a"},
    {"no expression", "gpkernel -", .input = "1\n", .status = 2,
     .error = "gpkernel: --kernel EXPR is needed\n"},
    {"a wrong one", "gpkernel -k 'rbf(' -", .input = "1\n", .status = 2,
     .error = "gpkernel: kernel: position 5: expected a parameter's name\n"},
    {"matrices of different widths", "gpkernel -k rbf - y.csv", FILES({"y.csv", "1,2\n"}), .input = "1\n",
     .status = 1, .error = "gpkernel: - has 1 columns, y.csv 2\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
