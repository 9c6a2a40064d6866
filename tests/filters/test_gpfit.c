/* gpfit as a user runs it. Figures of the six rows are those of Gaussian process regression by hand (mpmath);
 * others are scikit-learn's and are named so. */

#include "support/filter_case.h"

/* x_i = i/2, y_i = sin(2 x_i) */
#define SIX                                                                                                  \
    FILES({"six.csv", "x,y\n0,0\n0.5,0.8414709848078965\n1,0.9092974268256817\n1.5,0.1411200080598672\n"     \
                      "2,-0.7568024953079282\n2.5,-0.9589242746631385\n"})
#define KERNEL "-k 'rbf(variance=1.5,lengthscale=.8)' --mean zero --noise .01"

static const struct filter_case cases[] = {
    /* the objective */
    {"the marginal likelihood", "gpfit " KERNEL " --evaluate six.csv", SIX, .numbers = "-3.7589304812",
     .tolerance = 6e-11},
    {"leave-one-out", "gpfit " KERNEL " --objective loo --evaluate six.csv", SIX, .numbers = "1.5495803725",
     .tolerance = 6e-11},
    {"its gradient in the logarithms", "gpfit " KERNEL " --gradient six.csv | cut -d, -f3", SIX,
     .numbers = "-1.40074996 3.62854181 -0.42301105", .tolerance = 6e-9},
    {"parameters by name", "gpfit " KERNEL " --gradient six.csv | cut -d, -f1,2", SIX,
     .output = "name,value\nrbf.variance,1.5\nrbf.lengthscale,0.8\nnoise,0.01\n"},
    {"scikit-learn's likelihood of Old Faithful",
     "gpfit -k 'rbf(variance=100)' --noise 30 --mean zero --evaluate $DATA/faithful.csv",
     .numbers = "-922.2570192616367", .relative_tolerance = 1e-11},
    {"scikit-learn's optimum, from its start",
     "awk -F, 'NR > 1 { print $1 \",\" $2 - 70 }' $DATA/faithful.csv | gpfit -k "
     "'rbf(variance=100,lengthscale=1)' --noise "
     "30 --mean zero -o m.npz; matcat m.npz:log_marginal_likelihood",
     .numbers = "-865.3065502931504", .relative_tolerance = 1e-8},
    {"noise known by row is added to noise that is given",
     "gpfit -k rbf --mean zero --noise .2 --evaluate six.csv; awk -F, 'NR == 1 { print $0 \",v\" } NR > 1 { "
     "print "
     "$0 \",0.15\" }' six.csv >v.csv; gpfit -k rbf --mean zero --noise .05 --noise-column v --evaluate "
     "v.csv; "
     "gpfit -k rbf --mean zero --noise-column v --gradient v.csv | tail -1 | cut -d, -f1-2",
     SIX, .numbers = "-5.722920748809429 -5.722920748809429 0", .relative_tolerance = 1e-12},

    /* the fit */
    {"a fit is where the gradient is small",
     "gpfit -k 'matern(nu=2.5)' $DATA/faithful.csv -o m.npz; gpfit --init "
     "@m.npz --gradient $DATA/faithful.csv | cut -d, -f3",
     .numbers = "0 0 0", .tolerance = 1e-3},
    {"threads leave no trace",
     "gpfit -t 1 -k 'rbf(ard=true) + linear' --columns 1-4 $DATA/iris.csv -o a.npz; gpfit "
     "-t 3 -k 'rbf(ard=true) + linear' --columns 1-4 $DATA/iris.csv -o b.npz; cmp a.npz "
     "b.npz"},
    {"what is fixed stays",
     "gpfit -k 'rbf(lengthscale:=2)' --noise 40 --fix-noise $DATA/faithful.csv -o m.npz; "
     "gppredict --parameters m.npz | cut -d, -f1,3; matcat m.npz:parameters | tail -1; matcat "
     "m.npz:noise_variance",
     .numbers = "0 1 1 0 2 40"},
    {"restarts do not make it worse",
     "for r in 0 3; do gpfit --restarts $r -k periodic $DATA/faithful.csv -q -o m.npz; matcat "
     "m.npz:log_marginal_likelihood; done | awk 'NR == 1 { a = $1 } END { print ($1 >= a) }'",
     .output = "1\n"},
    {"units of the targets move the density by their logarithm",
     "gpfit --standardize -k rbf $DATA/faithful.csv -o a.npz; awk -F, 'NR == 1 { print } NR > 1 { print $1 "
     "\",\" "
     "$2 * 1e6 }' $DATA/faithful.csv >f.csv; gpfit --standardize -k rbf f.csv -o b.npz; for m in a b; do "
     "matcat "
     "$m.npz:log_marginal_likelihood; done | awk 'NR == 1 { a = $1 } END { printf \"%.6f\\n\", a - $1 - 272 "
     "* "
     "log(1e6) }'",
     .numbers = "0", .tolerance = 1e-5},
    {"the order of rows is of no account",
     "for o in '' '--vecchia 5' '--method kalman -k matern' '--inducing-file z.csv'; do for r in '' -r; do "
     "(head -1 "
     "six.csv; tail -n +2 six.csv | sort $r) | gpfit $o --mean linear --noise .1 --evaluate --digits 10; "
     "done | "
     "uniq | wc -l; done",
     FILES({"six.csv", "x,y\n0,0\n0.5,0.8414709848078965\n1,0.9092974268256817\n1.5,0.1411200080598672\n"
                       "2,-0.7568024953079282\n2.5,-0.9589242746631385\n"},
           {"z.csv", "0\n1\n2\n3\n"}),
     .output = "1\n1\n1\n1\n"},
    {"where rounding hides the way a search ends, and says what to do",
     "awk 'BEGIN { for (i = 0; i < 60; i++) print i / 6 \",\" sin(i / 6) }' | gpfit -k rbf -o m.npz -",
     .status = 3,
     .error_contains = ": rounding hides where to go, raise --jitter or --tolerance, or fix a noise\n"},
    {"two targets share a kernel",
     "awk -F, '{ print $0 \",\" $2 }' six.csv | sed '1s/.*/x,y,z/' >t.csv; gpfit " KERNEL
     " --target y,z --evaluate t.csv",
     SIX, .numbers = "-7.5178609624", .tolerance = 2e-10},
    {"columns by name",
     "gpfit " KERNEL " --target x --inputs y --evaluate six.csv >a; matcat --columns y,x six.csv | "
     "gpfit " KERNEL " --evaluate >b; cmp a b",
     SIX},
    {"the model holds its arrays",
     "gpfit " KERNEL " six.csv | cat >m.npz; matcat --list m.npz | cut -d, -f1,3", SIX,
     .output =
         "array,shape\nkind,scalar\nversion,scalar\nkernel,scalar\nparameter_names,2\nparameters,2\n"
         "parameters_fixed,2\nnoise_variance,scalar\nnoise_fixed,scalar\nuniversal,scalar\nmean_kind,scalar\n"
         "input_names,1\nmean_coefficients,0x1\nX,6x1\nY,6x1\nx_shift,1\nx_scale,1\ny_shift,1\ny_scale,1\n"
         "chol,6x6\nalpha,6x1\nlog_marginal_likelihood,scalar\n"},
    {"a signal asks for the model so far",
     "gpfit --max-iterations 0 --tolerance 0 " KERNEL " six.csv -o m.npz; "
     "matcat m.npz:parameters",
     SIX, .numbers = "1.5 0.8", .relative_tolerance = 1e-15},

    /* traps */
    {"equal inputs without noise take jitter",
     "gpfit --no-optimize --noise 0 -k rbf --report r.json -o m.npz -; grep "
     "-o '\"jitter\": [^,]*' r.json",
     .input = "0,1\n0,1\n1,2\n1,2\n", .output = "\"jitter\": 1e-10\n",
     .error = "gpfit: 1e-10 was added to the diagonal (--jitter sets it)\n"},
    {"and fail with too little", "gpfit --no-optimize --noise 0 --jitter 0 -k rbf -o m.npz -",
     .input = "0,1\n0,1\n1,2\n1,2\n", .status = 1,
     .error = "gpfit: covariance is not positive definite (jitter up to 1e-6 tried)\n"},
    {"inputs 1e-9 apart", "gpfit --no-optimize --noise 1e-3 -k rbf - | gppredict --digits 6 - q.csv",
     FILES({"q.csv", "0\n"}), .input = "0,1\n1e-9,1.01\n1,2\n", .numbers = "1.00563 0.000499605",
     .tolerance = 1e-5},
    {"targets of scale 1e6 are those of scale 1, scaled",
     "awk -F, 'NR == 1 { print } NR > 1 { print $1 \",\" $2 * 1e6 }' $DATA/faithful.csv | gpfit -k matern -o "
     "m.npz; gpfit -k "
     "matern $DATA/faithful.csv -o n.npz; for m in m n; do gppredict -N $m.npz q.csv; done | awk -F, 'NR == "
     "1 { a = $1; b = "
     "$2 } END { print a / $1 / 1e6, b / $2 / 1e12 }'",
     FILES({"q.csv", "2\n"}), .numbers = "1 1", .tolerance = 1e-4},
    {"constant targets fit, with a note", "gpfit -o m.npz -; gppredict --mean-only -N m.npz q.csv",
     FILES({"q.csv", "5\n"}), .input = "0,3\n1,3\n2,3\n", .numbers = "3", .tolerance = 1e-12,
     .error_contains = "gpfit: the targets are constant\n"},

    {"targets and inputs far from 0 are as good as any",
     "for o in 0 134217728; do awk -v o=$o 'BEGIN { for (i = 0; i < 50; i++) printf \"%.17g,%.17g\\n\", o + "
     "i / 8, "
     "o + int(64 * sin(i / 4) + i * i * 37 % 17) / 64 }' >f.csv; for p in ml loo; do gpfit --objective $p "
     "f.csv -o "
     "m.npz; echo $?; matcat --digits 7 m.npz:parameters; done; done >a; head -6 a >b; tail -6 a | cmp - b; "
     "grep -c "
     "'^0$' a",
     .output = "4\n"},
    /* refusals */
    {"a wrong name", "gpfit -k 'rbf+rfb' six.csv", SIX, .status = 2,
     .error = "gpfit: kernel: position 5: unknown kernel 'rfb' (did you mean rbf?)\n"},
    {"a wrong parameter", "gpfit -k 'rbf(lenth=2)' six.csv", SIX, .status = 2,
     .error = "gpfit: kernel: rbf has no parameter 'lenth'\n"},
    {"one row", "gpfit -", .input = "1,2\n", .status = 1, .error = "gpfit: -: need at least 2 rows, got 1\n"},
    {"no inputs", "gpfit -", .input = "1\n2\n", .status = 1, .error = "gpfit: -: no input columns left\n"},
    {"no rows", "gpfit -", .status = 1, .error = "gpfit: -: no rows\n"},
    {"a negative noise", "gpfit --noise-column 3 -", .input = "1,2,1\n2,3,1\n3,4,-1\n", .status = 1,
     .error = "gpfit: -: noise column: row 3: variance must be >= 0\n"},
    {"an infinite value", "gpfit -", .input = "1,2\ninf,3\n", .status = 1,
     .error = "gpfit: -: row 2: column 1 is not finite\n"},
    {"a value whose square is no double", "gpfit --gradient -", .input = "1,2\n3,1e308\n", .status = 1,
     .error = "gpfit: -: row 2: column 2 is 1e+308: more than 1e150 in size\n"},
    {"derivatives of a kernel between rows that are far from each other",
     "gpfit -k 'matern(nu=2.5,lengthscale=1e-75)' --noise 1 --mean zero --gradient --digits 9 - | cut -d, "
     "-f3",
     .input = "0,1\n1e75,1\n", .output = "gradient\n-0.25\n0\n-0.25\n"},
    {"a constant input under a linear mean", "gpfit --mean linear -", .input = "1,2\n1,3\n1,4\n", .status = 1,
     .error = "gpfit: input column 1: the linear mean is not determined\n"},
    {"a model of another kind", "gpfit --init @$DATA/mixture.npz six.csv", SIX, .status = 1,
     .error_contains = "kind is 'gmm', expected 'gp'"},
    {"too few steps are told", "gpfit --max-iterations 1 $DATA/faithful.csv -o m.npz", .status = 3,
     .error_contains = "gpfit: not converged after 1 steps"},
    {"and accepted", "gpfit -q --max-iterations 1 --accept-unconverged $DATA/faithful.csv -o m.npz"},
    {"restarts without a search", "gpfit --no-optimize --restarts 2 six.csv", SIX, .status = 2,
     .error_contains = "--restarts has no meaning where nothing is optimized"},
    {"a network's gradient is that of differences",
     "gpfit -k 'ntk(depth=2,bias_variance=.2)' --noise .01 --gradient six.csv | grep -E 'weight|bias' | cut "
     "-d, -f3 "
     ">a; for k in weight bias; do for s in 1 -1; do gpfit -k $(awk -v k=$k -v s=$s 'BEGIN { h = exp(s * "
     "1e-5); "
     "printf \"ntk(depth=2,weight_variance=%.17g,bias_variance=%.17g)\", k == \"weight\" ? h : 1, k == "
     "\"bias\" ? "
     ".2 * h : .2 }') --noise .01 --evaluate six.csv; done | paste -d' ' - -; done | paste -d' ' - a | awk "
     "'{ d = ($1 "
     "- $2) / 2e-5 - $3; print (d < 1e-6 && d > -1e-6) }'",
     SIX, .output = "1\n1\n"},
    {"a network is fitted, its factor and a bias of 0 held",
     "gpfit -k 'ntk(activation=erf) + nngp(bias_variance=.5)' --standardize -q --max-iterations 2 "
     "--accept-unconverged $DATA/faithful.csv | gppredict "
     "--parameters - | awk -F, '$1 ~ /k.*variance/ || $1 ~ /p.*variance/ { print $1, $3, ($2 == 1 || $2 == "
     "0) }'",
     .output = "ntk.variance 1 1\nntk.weight_variance 0 0\nntk.bias_variance 1 1\nnngp.variance 1 "
               "1\nnngp.weight_variance 0 0\nnngp.bias_variance 0 0\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
