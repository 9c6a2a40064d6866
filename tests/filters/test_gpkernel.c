/* gpkernel as a user runs it. */

#include "support/filter_case.h"

#define FOUR "1,0\n.6,.8\n-.5,1.5\n.2,-.3\n"
#define CIRCLE                                                                                               \
    {"c.csv", "-0.80114361554693371,-0.59847214410395655\n0.54030230586813977,-0.8414709848078965\n"         \
              "0.87758256189037276,0.47942553860420301\n-0.41614683654714241,0.90929742682568171\n"},        \
    {                                                                                                        \
        "y.csv", "0.47946213733156928\n-0.45464871341284091\n0.42073549240394825\n-0.37840124765396416\n"    \
    }
#define NETWORK "ntk(depth=3,bias_variance=.01,gain=1.4142135623730951)"

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
    {"matern of large nu, to mpmath's digits, and its limit",
     "for nu in 199 1000 10000 1e12; do printf '1\\n2\\n' | gpkernel -N -k \"matern(nu=$nu)\" - y.csv; done",
     FILES({"y.csv", "0\n"}),
     .numbers = "0.6053875243585778 0.1353375160461346 0.6063032030052086 0.135335373099688 "
                "0.6065079147341062 0.1353352841384871 0.60653065971263342 0.1353352832366127",
     .relative_tolerance = 2e-12},
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
    {"the tangent kernel of a network", "gpkernel -N -k '" NETWORK "' - | head -1", .input = FOUR,
     .numbers = "2.1 1.06008077 .71931297 .41867", .tolerance = 6e-9},
    {"its covariance", "gpkernel -N -k 'nngp(depth=3,activation=erf,bias_variance=.01)' - | head -1",
     .input = FOUR, .numbers = ".24302257 .14878905 -.03880077 .10463455", .tolerance = 6e-9},
    {"a network's expression is read back as it was",
     "gpfit -k 'ntk(depth=2,activation=tanh,last_bias=false,bias_variance=.3)' --no-optimize c.csv | matcat "
     "--list - | grep kernel; gpfit -k 'ntk(depth=2,activation=tanh,last_bias=false,bias_variance=.3)' "
     "--no-optimize c.csv -o m.npz; gpfit -i @m.npz --no-optimize c.csv -o n.npz; gppredict m.npz c.csv >a; "
     "gppredict n.npz c.csv | cmp - a",
     FILES(CIRCLE), .output_contains = "kernel"},
    {"threads leave no trace in networks' kernels",
     "for k in 'ntk(depth=2)' 'nngp(activation=gelu)' 'ntk(activation=erf)'; do gpkernel -t 1 -k \"$k\" "
     "$DATA/faithful.csv >a; gpkernel -t 3 -k \"$k\" $DATA/faithful.csv | cmp - a; done"},
    {"networks of rows of different lengths, by a plain rule of 761 x 761 nodes in NumPy",
     "for k in 'nngp(activation=sigmoid)' 'ntk(activation=tanh)' 'ntk(activation=gelu)'; do gpkernel -N -k "
     "\"$k\" - y.csv <x.csv; done",
     FILES({"x.csv", ".1,.1\n"}, {"y.csv", "3,1\n"}),
     .numbers = "0.257047639162 0.131918976855 0.112260411106", .relative_tolerance = 3e-9},
    {"a wide network is near its limit, by a few of its spread",
     "gpkernel -N -k '" NETWORK "' --finite 1000 --draws 20 c.csv | head -1", FILES(CIRCLE),
     .numbers = "2.1 .63372092 .37882033 .51075956", .tolerance = 0.15},
    {"which is some width^-1/2",
     "gpkernel -N -k '" NETWORK
     "' --finite 1000 --draws 20 --spread c.csv | awk -F, 'NR == 1 { print ($1 > .08 "
     "&& $1 < .3) }'",
     FILES(CIRCLE), .output = "1\n"},
    {"a finite kernel is symmetric, and that of two matrices is a part of it",
     "gpkernel -N -k ntk --finite 20 c.csv >a; matcat -N --transpose a | cmp - a; head -2 c.csv >p; tail -2 "
     "c.csv >q; head -2 a | cut -d, -f3,4 >b; gpkernel -N -k ntk --finite 20 p q | cmp - b",
     FILES(CIRCLE)},
    {"a network's draw depends neither on threads nor on how many there are",
     "gpkernel -t 1 -N -k ntk --finite 20 --draws 5 --outputs c.csv >a; gpkernel -t 3 -N -k ntk --finite 20 "
     "--draws 5 --outputs c.csv | cmp - a; cut -d, -f1,2 a >b; gpkernel -N -k ntk --finite 20 --draws 2 "
     "--outputs c.csv | cmp - b; gpkernel -t 1 -k ntk --finite 20 --draws 5 c.csv >a; gpkernel -t 3 -k ntk "
     "--finite 20 --draws 5 c.csv | cmp - a",
     FILES(CIRCLE)},
    {"the mean over two draws, and their deviation",
     "for s in 1 2; do gpkernel -N -k ntk --finite 20 --draws $s c.csv | head -1 | cut -d, -f2; done >a; "
     "gpkernel -N -k ntk --finite 20 --draws 2 --spread c.csv | head -1 | cut -d, -f2 >>a; awk '{ v[NR] = $1 "
     "} "
     "END { second = 2 * v[2] - v[1]; d = (v[1] - second) / sqrt(2); d = d < 0 ? -d : d; print (d - v[3] < "
     "1e-12 && v[3] - d < 1e-12) }' a",
     FILES(CIRCLE), .output = "1\n"},
    {"a trained network says what it was taught, and its kernel has moved",
     "gpkernel -N -k '" NETWORK "' --finite 100 --train y.csv --steps 500 --outputs c.csv; gpkernel -N -k "
     "'" NETWORK "' --finite 100 --train y.csv c.csv >a; gpkernel -N -k '" NETWORK
     "' --finite 100 c.csv | cmp "
     "-s - a || echo 1",
     FILES(CIRCLE),
     .numbers = "0.47946213733156928 -0.45464871341284091 0.42073549240394825 -0.37840124765396416 1",
     .tolerance = 1e-6},
    {"descent that diverges",
     "gpkernel -k 'ntk(activation=linear)' --finite 200 --train y.csv --learning-rate 10 "
     "c.csv",
     FILES(CIRCLE), .status = 1,
     .error =
         "gpkernel: gradient descent diverged at step 5 (rate 10 exceeds 2 n / largest eigenvalue = 3.18)\n"},
    {"widths for other layers", "gpkernel -k '" NETWORK "' --finite 20,30 -", .input = FOUR, .status = 2,
     .error = "gpkernel: --finite: 2 widths for 3 hidden layers\n"},
    {"a width of nothing", "gpkernel -k ntk --finite 0 -", .input = FOUR, .status = 2,
     .error = "gpkernel: --finite: a width must be an integer from 1 to 1048576\n"},
    {"finite networks of a kernel that is no network", "gpkernel -k 'ntk + rbf' --finite 20 -", .input = FOUR,
     .status = 2, .error = "gpkernel: --finite needs a kernel that is one ntk\n"},
    {"a spread of one", "gpkernel -k ntk --finite 20 --spread -", .input = FOUR, .status = 2,
     .error = "gpkernel: --spread needs at least 2 draws\n"},
    {"draws of nothing", "gpkernel -k ntk --draws 3 -", .input = FOUR, .status = 2,
     .error = "gpkernel: --draws has no meaning without --finite\n"},
    {"targets of other rows", "gpkernel -k ntk --finite 3 --train y.csv -", FILES(CIRCLE), .input = "1,2\n",
     .status = 1, .error = "gpkernel: --train: y.csv is 4 x 1, expected 1 targets in one column\n"},
    {"a depth that is none", "gpkernel -k 'ntk(depth=-1)' -", .input = FOUR, .status = 2,
     .error = "gpkernel: kernel: ntk: depth must be an integer >= 0\n"},
    {"step has no tangent", "gpkernel -k 'ntk(activation=step)' -", .input = FOUR, .status = 2,
     .error = "gpkernel: kernel: ntk: step has no derivative: use nngp\n"},
    {"a negative bias", "gpkernel -k 'ntk(bias_variance=-1)' -", .input = FOUR, .status = 2,
     .error = "gpkernel: kernel: ntk: bias_variance must be >= 0\n"},
    {"no expression", "gpkernel -", .input = "1\n", .status = 2,
     .error = "gpkernel: --kernel EXPR is needed\n"},
    {"a wrong one", "gpkernel -k 'rbf(' -", .input = "1\n", .status = 2,
     .error = "gpkernel: kernel: position 5: expected a parameter's name\n"},
    {"an infinite input", "gpkernel -k rbf x.csv y.csv", FILES({"x.csv", "1,2\n"}, {"y.csv", "1,2\n3,inf\n"}),
     .status = 1, .error = "gpkernel: y.csv: row 2: column 2 is not finite\n"},
    {"an input whose square is no double", "gpkernel -k rbf -", .input = "1\n1e308\n", .status = 1,
     .error = "gpkernel: -: row 2: column 1 is 1e+308: more than 1e150 in size\n"},
    {"a covariance that overflows", "gpkernel -k 'poly(degree=5)' x.csv y.csv",
     FILES({"x.csv", "1,2\n"}, {"y.csv", "1,2\n3,-1e70\n"}), .status = 1,
     .error = "gpkernel: y.csv: row 2: the result is not finite, input 2 being -1e+70\n"},
    {"networks', whose products of squares overflow sooner",
     "gpkernel -k 'ntk(activation=erf)' - <x.csv; gpkernel -k ntk - <x.csv", FILES({"x.csv", "1\n1e80\n"}),
     .status = 1,
     .error = "gpkernel: -: row 2: the result is not finite, input 1 being 1e+80\n"
              "gpkernel: -: row 2: the result is not finite, input 1 being 1e+80\n"},
    {"its eigenvalues", "gpkernel -k 'poly(degree=5)' --eigenvalues -", .input = "1\n1e70\n", .status = 1,
     .error = "gpkernel: -: row 2: the result is not finite, input 1 being 1e+70\n"},
    {"far apart is 0, whatever the kernel's closed form",
     "for nu in .5 1.5 2.5 3.5; do printf '0\n1e75\n' | gpkernel -N -k \"matern(nu=$nu,lengthscale=1e-200)\" "
     "| "
     "tail -1; done",
     .output = "0,1\n0,1\n0,1\n0,1\n"},
    {"matrices of different widths", "gpkernel -k rbf - y.csv", FILES({"y.csv", "1,2\n"}), .input = "1\n",
     .status = 1, .error = "gpkernel: - has 1 columns, y.csv 2\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
