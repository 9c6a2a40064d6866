/* gppredict as a user runs it. Figures of the six rows are those of Gaussian process regression by hand. */

#include "support/filter_case.h"

#define SIX                                                                                                  \
    FILES({"six.csv", "x,y\n0,0\n0.5,0.8414709848078965\n1,0.9092974268256817\n1.5,0.1411200080598672\n"     \
                      "2,-0.7568024953079282\n2.5,-0.9589242746631385\n"},                                   \
          {"q.csv", "x\n0.25\n1.1\n3\n"})
#define MODEL                                                                                                \
    "gpfit -k 'rbf(variance=1.5,lengthscale=.8)' --mean zero --noise .01 --no-optimize six.csv -o m.npz; "

/* Four points on the circle, y = x1 x2. */
#define CIRCLE                                                                                               \
    FILES({"circle.csv", "-0.80114361554693371,-0.59847214410395655,0.47946213733156928\n"                   \
                         "0.54030230586813977,-0.8414709848078965,-0.45464871341284091\n"                    \
                         "0.87758256189037276,0.47942553860420301,0.42073549240394825\n"                     \
                         "-0.41614683654714241,0.90929742682568171,-0.37840124765396416\n"},                 \
          {"q.csv", "1,0\n0.54030230586813977,0.8414709848078965\n"})
#define NETWORK                                                                                              \
    "gpfit -k 'ntk(depth=3,bias_variance=.01,gain=1.4142135623730951)' --no-optimize --noise 1e-6 "          \
    "--fix-noise --mean zero circle.csv -o m.npz; "

static const struct filter_case cases[] = {
    {"means and variances", MODEL "gppredict m.npz q.csv", SIX,
     .numbers = "0.4517791056 0.0085892241 0.8138639771 0.0073524895 -0.6205836687 0.2194276104",
     .tolerance = 6e-11},
    {"with noise", MODEL "gppredict --noisy m.npz q.csv | cut -d, -f2", SIX,
     .numbers = "0.0185892241 0.0173524895 0.2294276104", .tolerance = 6e-11},
    {"the diagonal of the joint covariance is the variance",
     MODEL "gppredict m.npz q.csv | cut -d, -f2 | tail -n +2 >a; gppredict -N --covariance m.npz q.csv | awk "
           "-F, '{ print $NR "
           "}' | paste -d, a - | awk -F, '{ d = $1 - $2; print (d < 1e-12 && d > -1e-12) }'",
     SIX, .output = "1\n1\n1\n"},
    {"leave-one-out of the training rows", MODEL "gppredict --loo m.npz | head -4", SIX,
     .numbers = "0.3605501884 0.2299320821 -0.4666373071 0.7150421659 0.058475965 0.3639575561 0.9368278714 "
                "0.0377224436 0.709765407",
     .tolerance = 6e-11},
    {"leave-one-out is a fit without the row",
     MODEL "gppredict --loo -N m.npz | sed -n 3p | cut -d, -f1,2; sed 4d six.csv >five.csv; sed -n '1p;4p' "
           "six.csv >one.csv; "
           "gpfit -k 'rbf(variance=1.5,lengthscale=.8)' --mean zero --noise .01 --no-optimize five.csv | "
           "gppredict -N --noisy - "
           "one.csv",
     SIX, .numbers = "0.9368278714 0.0377224436 0.9368278714 0.0377224436", .tolerance = 6e-11},
    {"quantiles keep their spelling", MODEL "gppredict --quantiles .5,0.975 m.npz q.csv | head -2", SIX,
     .output_contains = "mean,variance,q_.5,q_0.975\n"},
    {"the median is the mean, and the others are deviations away",
     MODEL
     "gppredict --quantiles .5,.975 -N m.npz q.csv | awk -F, '{ d = $4 - $1 - 1.959963984540054 * sqrt($2); "
     "print ($3 == $1), (d < 1e-14 && d > -1e-14) }'",
     SIX, .output = "1 1\n1 1\n1 1\n"},
    {"derivatives are those of differences",
     MODEL "gppredict --derivatives -N m.npz q.csv | cut -d, -f3; for d in 1e-5 -1e-5; do awk -v d=$d 'NR > "
           "1 { printf "
           "\"%.17g\\n\", $1 + d }' q.csv | gppredict -N --mean-only m.npz >m$d; done; paste -d' ' m1e-5 "
           "m-1e-5 | awk '{ "
           "printf \"%.9g\\n\", ($1 - $2) / 2e-5 }' >differences; gppredict --derivatives -N m.npz q.csv | "
           "cut -d, -f3 | "
           "paste -d' ' - differences | awk '{ d = $1 - $2; print (d < 1e-8 && d > -1e-8) }' >&2",
     SIX, .error = "1\n1\n1\n", .numbers = "1.7007701144680727 -1.2086205638624266 0.8730787955556055",
     .tolerance = 1e-9},
    {"the slope's variance at a row without noise is that of the kernel's curvature less what is known",
     "printf '0,1\\n100,2\\n' | gpfit -k 'rbf(variance=2,lengthscale=.5)' --no-optimize --noise 1e-9 | "
     "gppredict "
     "--derivatives - q.csv | cut -d, -f4",
     FILES({"q.csv", "50\n"}), .numbers = "8", .relative_tolerance = 1e-12},
    {"terms sum to the mean less the mean function",
     "gpfit -k 'rbf + .5*linear + matern' --no-optimize --mean zero six.csv | gppredict --terms -N - q.csv | "
     "awk -F, '{ d = "
     "$1 - $3 - $5 - $7; print NF, (d < 1e-12 && d > -1e-12) }'",
     SIX, .output = "8 1\n8 1\n8 1\n"},
    {"log densities are the normal's",
     MODEL "awk -F, '{ print $1 \",\" $2 }' six.csv | gppredict --noisy --log-density "
           "y -N m.npz - >a; paste -d, a six.csv >/dev/null; tail -n +2 six.csv | "
           "paste -d, a - | awk -F, '{ d = $3 + .5 * (log(6.283185307179586 * $2) + "
           "($5 - $1)^2 / $2); print (d < 1e-10 && d > -1e-10) }'",
     SIX, .output = "1\n1\n1\n1\n1\n1\n"},
    {"and their mean",
     MODEL "gppredict --log-density 2 -N m.npz six.csv | awk -F, '{ s += $3 } END { printf \"%.12g\\n\", "
           "s / 6 }' >a; gppredict --mean-log-density y m.npz six.csv | awk '{ printf \"%.12g\\n\", $1 }' "
           "| cmp - a",
     SIX},
    {"the covariance of draws is the joint one",
     MODEL "gppredict --samples 100000 -N -b m.npz q.csv | matcat -N --transpose - | kldiv --gaussian - "
           "x.csv 2>/dev/null; "
           "gppredict --samples 100000 -N m.npz q.csv | awk -F, '{ s = 0; for (i = 1; i <= NF; i++) s += $i; "
           "m = s / NF; v "
           "= 0; for (i = 1; i <= NF; i++) v += ($i - m)^2; print m, v / NF }'",
     SIX, .numbers = "0.45178 0.0085892 0.81386 0.0073525 -0.62058 0.21943", .tolerance = 2e-3,
     .relative_tolerance = 0.02},
    {"the first draws do not depend on how many there are",
     MODEL "gppredict --samples 2 -N m.npz q.csv >a; gppredict --samples 5 -N m.npz q.csv | cut -d, -f1,2 | "
           "cmp - a",
     SIX},
    {"universal predictions are less sure",
     "gpfit -k rbf --no-optimize --noise .01 --mean linear --universal six.csv -o u.npz; gpfit -k rbf "
     "--no-optimize --noise "
     ".01 --mean linear six.csv -o m.npz; gppredict u.npz q.csv >a; gppredict --universal m.npz q.csv | cmp "
     "- a; gppredict "
     "m.npz q.csv | paste -d, a - | awk -F, 'NR > 1 { print ($1 == $3), ($2 > $4) }'",
     SIX, .output = "1 1\n1 1\n1 1\n"},
    {"a vague basis in the kernel is a universal mean",
     "gpfit -k 'rbf + 1e7' --no-optimize --noise .01 --mean zero six.csv | gppredict --digits 5 - q.csv >a; "
     "gpfit -k rbf "
     "--no-optimize --noise .01 --universal six.csv | gppredict --digits 5 - q.csv | cmp - a",
     SIX},
    {"inputs are found by name",
     MODEL "awk '{ print \"7,\" $0 }' q.csv | sed '1s/.*/time,x/' | gppredict m.npz >a; gppredict "
           "m.npz q.csv | cmp - a",
     SIX},
    {"a thousand rows as one by one",
     MODEL "(echo x; seq 0 0.003 3) >s.csv; gppredict -N m.npz s.csv | md5sum >a; matcat -N "
           "s.csv | while read -r x; do echo $x; done | gppredict -N m.npz | md5sum | cmp "
           "- a",
     SIX},
    {"threads leave no trace",
     MODEL "(echo x; seq 0 0.001 3) >s.csv; gppredict -t 1 m.npz s.csv >a; gppredict -t 3 m.npz "
           "s.csv | cmp - a",
     SIX},
    {"a model passes through pipes",
     "gpfit --standardize $DATA/faithful.csv | tee m.npz | gppredict - $DATA/faithful.csv "
     ">a; gppredict m.npz $DATA/faithful.csv | cmp - a"},
    {"scikit-learn's predictions",
     "gpfit -k 'rbf(variance=100)' --noise 30 --mean zero --no-optimize $DATA/faithful.csv | gppredict "
     "--noisy -N - q.csv | "
     "awk -F, '{ print $1, sqrt($2) }'",
     FILES({"q.csv", "2\n3\n"}), .numbers = "54.06457402 5.5118933 65.78378435 5.63342707",
     .tolerance = 6e-5},
    {"two targets",
     "awk -F, '{ print $0 \",\" $2 }' six.csv | sed '1s/.*/x,y,z/' | gpfit --target y,z -k rbf --no-optimize "
     "| gppredict - q.csv | awk -F, 'NR == 1 { print } NR > 1 { print ($1 == $3), ($2 == $4) }'",
     SIX, .output = "mean_1,variance_1,mean_2,variance_2\n1 1\n1 1\n1 1\n"},

    /* refusals */
    {"too few columns", "gpfit --columns 1-4 $DATA/iris.csv -o m.npz -q; gppredict m.npz -", .input = "1,2\n",
     .status = 1, .error = "gppredict: model has 3 inputs, queries have 2\n"},
    {"another kind of model", "gppredict $DATA/mixture.npz -", .input = "1\n", .status = 1,
     .error_contains = "kind is 'gmm', expected 'gp'\n"},
    {"a rough kernel has no slope",
     "gpfit -k 'matern(nu=.5)' --no-optimize six.csv | gppredict --derivatives - q.csv", SIX, .status = 1,
     .error = "gppredict: --derivatives: matern is not differentiable\n"},
    {"no rows", MODEL "gppredict m.npz - </dev/null", SIX, .status = 1, .error_contains = "no rows"},
    {"an infinite input", MODEL "gppredict m.npz -", SIX, .input = "inf\n", .status = 1,
     .error_contains = "row 1: column 1 is not finite"},
    {"an input whose square is no double", MODEL "gppredict --covariance m.npz -", SIX,
     .input = "2\n-1e151\n", .status = 1,
     .error = "gppredict: -: row 2: column 1 is -1e+151: more than 1e150 in size\n"},
    {"a prediction that overflows",
     "gpfit -k 'poly(degree=5)' --no-optimize six.csv -o m.npz; gppredict m.npz -", SIX, .input = "1\n1e70\n",
     .status = 1, .error = "gppredict: -: row 2: the result is not finite, input 1 being 1e+70\n"},
    {"a joint one",
     "gpfit -k 'poly(degree=5)' --no-optimize six.csv -o m.npz; gppredict --covariance m.npz -", SIX,
     .input = "1\n1e70\n", .status = 1,
     .error = "gppredict: -: row 2: the result is not finite, input 1 being 1e+70\n"},
    {"a network's state that overflows",
     "gpfit -k 'ntk*poly(degree=5)' --no-optimize six.csv -o m.npz; gppredict --flow-time 1 m.npz -", SIX,
     .input = "1\n1e70\n", .status = 1,
     .error = "gppredict: -: row 2: the result is not finite, input 1 being 1e+70\n"},
    {"far from all rows a prediction is the prior's",
     "gpfit -k 'matern(nu=2.5,lengthscale=1e-75)' --mean zero --no-optimize six.csv | gppredict - q.csv",
     FILES({"six.csv", "0,1\n1,2\n2,1\n"}, {"q.csv", "1e75\n"}), .output = "mean,variance\n0,1\n"},
    {"the log density of a target that is known is infinite",
     "gpfit --noise 0 --no-optimize t.csv -o m.npz; gppredict -N --log-density 2 m.npz t.csv; gppredict -N "
     "--log-density 2 m.npz u.csv",
     FILES({"t.csv", "0,1\n8,2\n16,1\n"}, {"u.csv", "0,1.5\n"}),
     .output = "1,0,inf\n2,0,inf\n1,0,inf\n1,0,-inf\n"},
    {"two results at once", MODEL "gppredict --covariance --samples 2 m.npz q.csv", SIX, .status = 2,
     .error_contains = "exclude each other"},
    {"a factor of half the digits", "gppredict $DATA/coarse_factor.npz -", .input = "1\n", .status = 1,
     .error_contains = "coarse_factor.npz: chol: expected float64, got '<f4': a factor needs all digits\n"},
    {"a model cut short", MODEL "head -c 700 m.npz >cut.npz; gppredict cut.npz q.csv", SIX, .status = 1,
     .error_contains = "gppredict: cut.npz"},
    {"a wide network under gradient flow",
     NETWORK "gppredict -N --flow-time 1,10,inf m.npz q.csv | cut -d, -f3", CIRCLE,
     .numbers = ".04219236 .05079852 .1436823 .17758499 .15074414 .18644997", .tolerance = 6e-9},
    {"and its variance", NETWORK "gppredict --flow-time 1,inf m.npz q.csv | cut -d, -f4", CIRCLE,
     .numbers = ".18857136 .1884434 .06081106 .06078455", .tolerance = 6e-9},
    {"at time 0 it is what it was drawn from",
     "gpfit -k 'ntk(depth=2,bias_variance=.1)' --no-optimize circle.csv -o m.npz; gppredict --flow-time 0 -N "
     "m.npz "
     "q.csv; gppredict --parameters m.npz | tail -1 | cut -d, -f2; gpkernel -N --diag -k "
     "'nngp(depth=2,bias_variance=.1)' q.csv",
     CIRCLE, .numbers = "0 1 0.0184766152 0.3 0 2 0.0184766152 0.3 0.0184766152 0.3 0.3", .tolerance = 1e-7},
    {"at the end it is regression with the tangent kernel",
     NETWORK "gppredict -N --flow-time inf m.npz q.csv | cut -d, -f3 >a; gpfit -k "
             "'ntk(depth=3,bias_variance=.01,gain=1.4142135623730951)' --no-optimize --noise 1e-12 "
             "--fix-noise --mean zero "
             "circle.csv | gppredict -N --mean-only - q.csv | paste -d, a - | awk -F, '{ d = $1 - $2; print "
             "(d < 1e-10 && "
             "d > -1e-10) }'",
     CIRCLE, .output = "1\n1\n"},
    {"and training rows are learnt, without doubt",
     NETWORK "cut -d, -f1,2 circle.csv | gppredict -N --flow-time inf m.npz | cut -d, -f3,4", CIRCLE,
     .numbers = "0.47946213733156928 0 -0.45464871341284091 0 0.42073549240394825 0 -0.37840124765396416 0",
     .tolerance = 1e-12},
    {"modes, fastest first", NETWORK "gppredict -N --modes m.npz | cut -d, -f1-3", CIRCLE,
     .numbers =
         "1 3.6866463 .921661575 2 1.78996995 .447492488 3 1.65783418 .414458545 4 1.26554957 .316387393",
     .tolerance = 6e-9},
    {"their coefficients hold all that is to be learnt",
     NETWORK
     "gppredict -N --flow-time 3 --modes m.npz | awk -F, '{ s += $4 ^ 2 } END { print s }'; awk -F, '{ s += "
     "$3 ^ 2 } END { print s }' circle.csv",
     CIRCLE, .numbers = "0.756795 0.756795", .tolerance = 1e-6},
    {"flow of many rows, of two targets and of scaled units goes by LAPACK to the same regression",
     "awk -F, 'NR == 1 { print $0 \",z\" } NR > 1 { print $0 \",\" 2 * $2 + 1 }' $DATA/faithful.csv >f.csv; "
     "gpfit -k "
     "'ntk(bias_variance=1)' --standardize --target waiting,z --no-optimize f.csv -o m.npz; gppredict "
     "--flow-time 5 "
     "-t 1 m.npz f.csv >a; gppredict --flow-time 5 -t 3 m.npz f.csv | cmp - a; head -1 a; awk -F, 'NR > 1 { "
     "d = 2 * "
     "$3 + 1 - $5; e = 4 * $4 - $6; if (d * d > 1e-16 || e * e > 1e-16) print \"differ\" }' a",
     .output = "time,row,mean_1,variance_1,mean_2,variance_2\n"},
    {"the last layer alone goes by the covariance in place of the tangent kernel",
     "gpfit -k 'nngp(depth=3,bias_variance=.01,gain=1.4142135623730951)' --mean zero --no-optimize "
     "circle.csv "
     "-o m.npz; gppredict -N --flow-last-layer --flow-time 1,10 m.npz q.csv | cut -d, -f3,4",
     CIRCLE,
     .numbers = "0.0092320696308796 0.32909779202468 0.010858921874605 0.32965515694831 0.054483430978308 "
                "0.08679838136841 0.069349005046369 0.085879362611344",
     .tolerance = 1e-12},
    {"which ends at regression without noise",
     "gpfit -k 'ntk(depth=3,bias_variance=.01,gain=1.4)' --mean zero --no-optimize circle.csv -o m.npz; "
     "gppredict -N --flow-last-layer --flow-time inf m.npz q.csv | cut -d, -f3,4 >a; gpfit -k "
     "'nngp(depth=3,bias_variance=.01,gain=1.4)' --mean zero --noise 0 --no-optimize circle.csv | gppredict "
     "-N - q.csv | paste -d, a - | awk -F, '{ d = $1 - $3; e = $2 - $4; print (d * d + e * e < 1e-24) }'",
     CIRCLE, .output = "1\n1\n"},
    {"and has modes of its own",
     "gpfit -k 'ntk(depth=3,bias_variance=.01,gain=1.4)' --mean zero --no-optimize circle.csv -o m.npz; "
     "gppredict -N --flow-last-layer --modes m.npz | cut -d, -f2 >a; cut -d, -f1,2 circle.csv | gpkernel -N "
     "--eigenvalues -k 'nngp(depth=3,bias_variance=.01,gain=1.4)' | paste -d, a - | awk -F, '{ d = $1 - $2; "
     "print (d * d < 1e-24) }'",
     CIRCLE, .output = "1\n1\n1\n1\n"},
    {"flow of a kernel without a network", MODEL "gppredict --flow-time 1 m.npz q.csv", SIX, .status = 1,
     .error = "gppredict: --flow-time needs a model whose kernel holds ntk\n"},
    {"of two", "gpfit -k 'ntk+ntk' --no-optimize six.csv | gppredict --flow-time 1 - q.csv", SIX, .status = 1,
     .error = "gppredict: --flow-time needs a model whose kernel holds one ntk, this one has 2\n"},
    {"a time before the start", "gpfit -k ntk --no-optimize six.csv | gppredict --flow-time -1 - q.csv", SIX,
     .status = 2, .error = "gppredict: --flow-time: a time must be >= 0 (inf: until nothing moves)\n"},
    {"slopes of a relu network", "gpfit -k ntk --no-optimize six.csv | gppredict --derivatives - q.csv", SIX,
     .status = 1, .error = "gppredict: --derivatives: ntk is not differentiable\n"},
    {"slopes of an erf network are differences",
     "gpfit -k 'ntk(activation=erf,depth=2,bias_variance=.2)' --no-optimize --noise .01 six.csv -o m.npz; "
     "gppredict "
     "--derivatives -N m.npz q.csv | cut -d, -f3 >a; for d in 1e-5 -1e-5; do awk -v d=$d 'NR > 1 { printf "
     "\"%.17g\\n\", $1 + d }' q.csv | gppredict -N --mean-only m.npz >m$d; done; paste -d' ' m1e-5 m-1e-5 a "
     "| awk '{ d "
     "= ($1 - $2) / 2e-5 - $3; print (d < 1e-7 && d > -1e-7) }'",
     SIX, .output = "1\n1\n1\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
