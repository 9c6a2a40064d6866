/* gpfit --vecchia and --method kalman, and gppredict with their models, as a user runs them. Figures of the
 * six rows are those of Gaussian process regression by hand (mpmath). */

#include "support/filter_case.h"

/* x_i = i/2, y_i = sin(2 x_i) */
#define SIX                                                                                                  \
    FILES({"six.csv", "x,y\n0,0\n0.5,0.8414709848078965\n1,0.9092974268256817\n1.5,0.1411200080598672\n"     \
                      "2,-0.7568024953079282\n2.5,-0.9589242746631385\n"},                                   \
          {"q.csv", "x\n0.25\n1.1\n3\n"})
/* Sorted lines of the greatest difference of two tables, told to be small or not. */
#define SAME(tolerance)                                                                                      \
    "paste -d, a b | awk -F, 'NR > 1 { for (i = 1; i <= NF / 2; i++) { d = $i - $(i + NF / 2); if (d < 0) "  \
    "d = -d; if (d > m) m = d } } END { print (m < " tolerance ") }'"

static const struct filter_case cases[] = {
    /* the objective */
    {"with all rows before as neighbours the likelihood is exact",
     "gpfit -k 'rbf(variance=1.5,lengthscale=.8)' --mean zero --noise .01 --vecchia 5 --evaluate six.csv",
     SIX, .numbers = "-3.7589304812", .tolerance = 6e-11},
    {"a filter's likelihood is exact",
     "for nu in .5 1.5 2.5; do gpfit -k \"matern(nu=$nu,variance=1.5,lengthscale=.8)\" --mean zero --noise "
     ".01 --method kalman --evaluate six.csv; done",
     SIX, .numbers = "-6.8643298292 -5.8822605828 -5.3241114069", .tolerance = 6e-11},
    {"gradients of a filter are those of the matrix",
     "for m in exact kalman; do gpfit -k 'matern(nu=2.5) + 3*matern(lengthscale=2)' --mean linear --noise 30 "
     "--method $m --gradient $DATA/faithful.csv | cut -d, -f2- >$m; done; mv exact a; mv kalman b; " SAME(
         "1e-8"),
     .output = "1\n"},
    {"neighbours come near to the matrix, the more the nearer",
     "for v in '' '--vecchia 10' '--vecchia 40'; do gpfit -k 'matern(variance=280,lengthscale=3.3)' --noise "
     "31 $v "
     "--evaluate $DATA/faithful.csv; done | awk 'NR == 1 { e = $1 } NR > 1 { d = $1 - e; if (d < 0) d = -d; "
     "print (d < (NR == 2 ? 8 : .5)) }'",
     .output = "1\n1\n"},

    /* the fit */
    {"a fit by a filter is the fit by the matrix",
     "for m in exact kalman; do gpfit -k matern --method $m $DATA/faithful.csv -o $m.npz; gppredict "
     "--parameters $m.npz | cut -d, -f2 >$m; done; mv exact a; mv kalman b; " SAME("1e-4"),
     .output = "1\n"},
    {"of many rows of one input auto takes the filter, of few the matrix",
     "for n in 2999 3000; do seq $n | awk '{ print $1, sin($1) }' | gpfit -k matern --no-optimize --report "
     "r.json -o m.npz; grep -c '\"method\": \"kalman\"' r.json; done",
     .output = "0\n1\n"},
    {"unless more is asked of it than it can tell",
     "seq 3000 | awk '{ print $1, sin($1 / 40) }' | gpfit --objective loo -k matern --no-optimize --noise .1 "
     "--report r.json -o m.npz; grep -c '\"method\"' r.json; true",
     .output = "0\n"},
    {"a long series is fitted on the scale it varies on, far below the distances in it",
     "seq 20000 | awk '{ print $1 / 10, sin($1 / 10) + .3 * cos($1 * $1) }' | gpfit -k 'matern(nu=2.5)' | "
     "gppredict --parameters - | awk -F, 'NR == 3 { print ($2 < 20) } NR == 4 { print ($2 < .1) }'",
     .output = "1\n1\n"},
    {"a fit by neighbours is where its gradient is small",
     "gpfit -k matern --vecchia 10 $DATA/faithful.csv -o m.npz; gpfit --init @m.npz --vecchia 10 --gradient "
     "$DATA/faithful.csv | cut -d, -f3",
     .numbers = "0 0 0", .tolerance = 1e-3},
    {"threads leave no trace",
     "for t in 1 3; do gpfit -t $t -k 'rbf(ard=true) + linear' --vecchia 12 --columns 1-4 $DATA/iris.csv -o "
     "$t.npz; gppredict -t $t $t.npz --columns 1-3 $DATA/iris.csv >$t; done; cmp 1.npz 3.npz; cmp 1 3"},
    {"units of the targets move the density by their logarithm",
     "awk -F, 'NR == 1 { print } NR > 1 { print $1 \",\" $2 * 1e6 }' $DATA/faithful.csv >f.csv; for v in "
     "'--vecchia 9' '--method kalman'; do gpfit --standardize $v -k matern $DATA/faithful.csv -o a.npz; "
     "gpfit "
     "--standardize $v -k matern f.csv -o b.npz; for m in a b; do matcat $m.npz:log_marginal_likelihood; "
     "done "
     "| awk 'NR == 1 { a = $1 } END { printf \"%.6f\\n\", a - $1 - 272 * log(1e6) }'; done",
     .numbers = "0 0", .tolerance = 1e-5},
    {"the models hold their arrays, the rows of a filter ascending",
     "(echo x,y; tail -n +2 six.csv | sort -r) >r.csv; gpfit --method "
     "kalman -k matern --no-optimize r.csv -o m.npz; matcat m.npz:X; gpfit --vecchia 3 --no-optimize six.csv "
     "-o v.npz; matcat --list v.npz | grep -v scale | cut -d, -f1,3 | tail -n +11; matcat v.npz:vecchia",
     SIX,
     .output =
         "0\n0.5\n1\n1.5\n2\n2.5\nmean_kind,scalar\ninput_names,1\nmethod,scalar\nvecchia,scalar\njitter,"
         "scalar\nmean_coefficients,1x1\nX,6x1\nY,6x1\nx_shift,1\ny_shift,1\norder,6\nmean_factor,1x1\n"
         "log_marginal_likelihood,scalar\n3\n"},

    /* predictions */
    {"predictions by a smoother are those of the matrix",
     "seq -3 .05 9 >q; for m in exact kalman; do gpfit -k 'matern + matern(nu=.5)' --mean linear --noise 20 "
     "--no-optimize --method $m $DATA/faithful.csv | gppredict --noisy --quantiles .1,.9 - q >$m; done; mv "
     "exact a; mv kalman b; " SAME("1e-8"),
     .output = "1\n"},
    {"and so are those from all rows",
     "for v in '--vecchia 6' ''; do gpfit -k matern --mean linear --noise .1 --no-optimize $v six.csv | "
     "gppredict - q.csv >b; test -f a || cp b a; done; " SAME("1e-10"),
     SIX, .output = "1\n"},
    {"a thousand rows as one by one",
     "for o in '--vecchia 9' '--method kalman'; do gpfit -k matern --noise 20 --no-optimize $o "
     "$DATA/faithful.csv -o m.npz; seq 0 .11 9 >s; gppredict -N m.npz s | md5sum >a; while read -r x; do "
     "echo "
     "$x | gppredict -N m.npz; done <s | md5sum | cmp - a; done"},
    {"the log density and the truth of two targets",
     "awk -F, '{ print $0 \",\" $2 }' six.csv | sed '1s/.*/x,y,z/' >t.csv; for o in '--vecchia 3' '--method "
     "kalman'; do gpfit $o --target y,z -k matern --no-optimize t.csv | gppredict --log-density y,z - t.csv "
     "| "
     "awk -F, 'NR == 2 { print ($1 == $3), ($2 == $4), NF }'; done",
     SIX, .output = "1 1 5\n1 1 5\n"},

    {"by a smoother all results are those of the matrix, of queries in any order",
     "(seq 9 -.7 -3; echo 2) >q; for m in exact kalman; do gpfit -k 'matern(nu=2.5) + "
     "2*matern(lengthscale=3)' "
     "--mean linear --noise 20 --no-optimize --universal --method $m $DATA/faithful.csv -o $m.npz; done; for "
     "o "
     "in --loo --covariance '--samples 3' --terms --derivatives; do case $o in --loo) q=;; *) q=q;; esac; "
     "gppredict --noisy $o exact.npz $q >a; gppredict --noisy $o kalman.npz $q >b; " SAME(
         "1e-9 * 1e3") "; done",
     .output = "1\n1\n1\n1\n1\n"},
    {"and so are those from all other rows",
     "for v in '--vecchia 6' ''; do gpfit -k 'matern(nu=2.5) + rbf(lengthscale=3)' --mean linear --universal "
     "--noise .1 --no-optimize $v six.csv -o m.npz; for o in --loo --covariance '--samples 3' --terms "
     "--derivatives; do case $o in --loo) q=;; *) q=q.csv;; esac; gppredict $o m.npz $q | sed 1d; done | tr "
     "'\\n' , >b; (echo; cat b) >c; mv c b; test -f a || cp b a; done; " SAME("1e-9"),
     SIX, .output = "1\n"},
    {"the diagonal of a joint covariance from few neighbours is the variance",
     "matcat --columns 1-3 $DATA/iris.csv >q; gpfit -k matern --vecchia 5 --columns 1-4 --standardize "
     "--no-optimize $DATA/iris.csv -o m.npz; gppredict m.npz q | cut -d, -f2 | tail -n +2 >a; gppredict -N "
     "--covariance m.npz q | awk -F, '{ print $NR }' | paste -d, a - | awk -F, '{ d = $1 - $2; if (d * d > "
     "m) m = "
     "d * d } END { print (m < 1e-24) }'",
     .output = "1\n"},
    {"rows are left out in the order of the data",
     "(echo x,y; tail -n +2 six.csv | sort -r) >r.csv; for v in '--vecchia 3' '--method kalman'; do gpfit -k "
     "matern --noise .1 --no-optimize $v six.csv | gppredict -N --loo - | sort >a; gpfit -k matern --noise "
     ".1 "
     "--no-optimize $v r.csv | gppredict -N --loo - >c; tail -n +2 r.csv | cut -d, -f2 | paste -d, - c | awk "
     "-F, '{ d = $2 - $1; print (-.5 * log(6.283185307179586 * $3) - d * d / (2 * $3) - $4)^2 < 1e-20 }' | "
     "sort "
     "-u; done",
     SIX, .output = "1\n1\n"},

    /* traps */
    {"equal inputs without noise take jitter, which the model keeps",
     "for o in '--vecchia 2' '--method kalman'; do gpfit --no-optimize --noise 0 $o -k matern -o m.npz "
     "e.csv; "
     "matcat m.npz:jitter; gppredict --digits 4 -N --mean-only m.npz e.csv | head -1; done",
     FILES({"e.csv", "0,1\n0,1\n1,2\n1,2\n"}), .numbers = "1e-10 1 1e-10 1", .tolerance = 1e-6,
     .error = "gpfit: 1e-10 was added to the diagonal (--jitter sets it)\ngpfit: 1e-10 was added to the "
              "diagonal (--jitter sets it)\n"},
    {"gradients count what the jitter does with the variance: by half of the rows they would be off",
     "k() { gpfit -q --noise 0 --mean zero -k \"matern(nu=.5,variance=$1,lengthscale=$2)\" $o $3 e.csv; }; "
     "for o "
     "in '' '--objective loo' '--vecchia 7' '--vecchia 3' '--method kalman'; do k 2 1 --gradient | cut -d, "
     "-f3 | "
     "sed -n '2p;3p' >g; { k 2.02 1 --evaluate; k 1.98 1 --evaluate; k 2 1.01 --evaluate; k 2 .99 "
     "--evaluate; } | "
     "paste -d' ' - - | paste -d' ' - g | awk '{ d = ($1 - $2) / .02 - $3; print (d * d < 1e-6 * (1 + $3 * "
     "$3)) "
     "}'; done",
     FILES({"e.csv", "0,1\n0,1\n1,2\n1,2\n2.5,0\n2.5,0\n3,1\n3,1\n"}),
     .output = "1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n"},
    {"a covariance that jitter alone holds up is searched in few steps",
     "awk 'BEGIN { for (i = 0; i < 60; i++) { x = int(i / 2) / 6; print x \",\" sin(2 * x) } }' >d.csv; "
     "gpfit -q "
     "-k rbf --noise 0 --report r d.csv -o m.npz; grep -o '\"evaluations\": [0-9]*' r | awk '{ print ($2 < "
     "500) }'; "
     "gpfit -q -k rbf --report r d.csv -o m.npz; grep -o '\"evaluations\": [0-9]*' r | awk '{ print ($2 < "
     "500) }'",
     .output = "1\n1\n"},
    {"and fail with too little", "gpfit --no-optimize --noise 0 --jitter 0 --vecchia 2 -o m.npz -",
     .input = "0,1\n0,1\n1,2\n1,2\n", .status = 1,
     .error = "gpfit: covariance is not positive definite (jitter up to 1e-6 tried)\n"},
    {"inputs of all magnitudes, far apart, are independent",
     "for o in '--vecchia 2' '--method kalman'; do gpfit --no-optimize --noise 1 $o -k 'matern(nu=2.5)' "
     "--mean zero - <e.csv | gppredict --digits 6 -N - e.csv | tail -1; done",
     FILES({"e.csv", "-1e100,1\n1e100,1\n1e-100,3\n"}), .output = "1.5,0.5\n1.5,0.5\n"},

    /* refusals */
    {"a kernel without states", "gpfit --method kalman -k rbf six.csv", SIX, .status = 2,
     .error = "gpfit: --method kalman: the kernel is no sum of matern of nu 0.5, 1.5 or 2.5 of one input\n"},
    {"leave-one-out from neighbours", "gpfit --vecchia 3 --objective loo six.csv", SIX, .status = 2,
     .error = "gpfit: --objective has no meaning with --vecchia\n"},
    {"a flow of a network from neighbours",
     "gpfit --vecchia 3 -k ntk --no-optimize six.csv | gppredict --flow-time 1 - q.csv", SIX, .status = 1,
     .error = "gppredict: --flow-time needs a model with a factor, this one is by Vecchia's approximation\n"},
    {"slopes of a rough kernel by a smoother",
     "gpfit --method kalman -k 'matern(nu=.5)' --no-optimize six.csv | gppredict --derivatives - q.csv", SIX,
     .status = 1, .error = "gppredict: --derivatives: matern is not differentiable\n"},
    {"a kernel without states", "gpfit --method kalman -k rbf six.csv", SIX, .status = 2,
     .error = "gpfit: --method kalman: the kernel is no sum of matern of nu 0.5, 1.5 or 2.5 of one input\n"},
    {"leave-one-out from neighbours", "gpfit --vecchia 3 --objective loo six.csv", SIX, .status = 2,
     .error = "gpfit: --objective has no meaning with --vecchia\n"},
    {"a flow of a network from neighbours",
     "gpfit --vecchia 3 -k ntk --no-optimize six.csv | gppredict --flow-time 1 - q.csv", SIX, .status = 1,
     .error = "gppredict: --flow-time needs a model with a factor, this one is by Vecchia's approximation\n"},
    {"slopes of a rough kernel by a smoother",
     "gpfit --method kalman -k 'matern(nu=.5)' --no-optimize six.csv | gppredict --derivatives - q.csv", SIX,
     .status = 1, .error = "gppredict: --derivatives: matern is not differentiable\n"},
    {"an order that is none",
     "gpfit --vecchia 3 --no-optimize six.csv -o m.npz; printf '0\n1\n2\n2\n4\n5\n' | matcat -b - >o.npy; "
     "mkdir d; cd d; unzip -q ../m.npz; matcat -b -N ../o.npy | matcat -b - >order.npy; zip -q -0 ../n.npz "
     "*; "
     "cd ..; gppredict --loo n.npz",
     SIX, .status = 1, .error_contains = "gppredict: n.npz: order"},
    {"universal predictions of a model made before there were any",
     "gpfit --vecchia 3 --no-optimize six.csv -o m.npz; mkdir d; cd d; unzip -q ../m.npz; rm "
     "mean_factor.npy; "
     "zip -q -0 ../n.npz *; cd ..; gppredict --universal n.npz q.csv",
     SIX, .status = 1,
     .error = "gppredict: the model holds no mean_factor for universal predictions: fit it again\n"},
    {"both at once", "gpfit --method kalman --vecchia 3 six.csv", SIX, .status = 2,
     .error = "gpfit: --vecchia and --method kalman exclude each other\n"},
    {"neighbours and inducing inputs", "gpfit --inducing 3 --vecchia 3 six.csv", SIX, .status = 2,
     .error = "gpfit: --vecchia has no meaning with --inducing\n"},
    {"too many neighbours", "gpfit --vecchia 64 six.csv", SIX, .status = 2, .error_contains = "--vecchia"},
    {"a constant input under a linear mean", "gpfit --mean linear --vecchia 2 -", .input = "1,2\n1,3\n1,4\n",
     .status = 1, .error = "gpfit: input column 1: the linear mean is not determined\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
