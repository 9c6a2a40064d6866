/* Sparse fits by gpfit, and what gppredict makes of them. Figures of the six rows are those of the formulas
 * by hand. */

#include "support/filter_case.h"

/* x_i = i/2, y_i = sin(2 x_i); inducing inputs, queries, and the rows themselves as inducing inputs. */
#define SIX                                                                                                  \
    FILES({"six.csv", "x,y\n0,0\n0.5,0.8414709848078965\n1,0.9092974268256817\n1.5,0.1411200080598672\n"     \
                      "2,-0.7568024953079282\n2.5,-0.9589242746631385\n"},                                   \
          {"z.csv", "0\n1\n2\n"}, {"all.csv", "0\n0.5\n1\n1.5\n2\n2.5\n"}, {"q.csv", "x\n0.25\n1.1\n3\n"})
#define KERNEL "-k 'rbf(variance=1.5,lengthscale=.8)' --mean zero --noise .01"
#define FAITHFUL "gpfit -k 'matern(nu=2.5)' --inducing 6 $DATA/faithful.csv "

static const struct filter_case cases[] = {
    /* the objective */
    {"the variational bound", "gpfit " KERNEL " --inducing-file z.csv --evaluate six.csv", SIX,
     .numbers = "-29.7296484888", .tolerance = 6e-11},
    {"fitc", "gpfit " KERNEL " --inducing-file z.csv --inducing-method fitc --evaluate six.csv", SIX,
     .numbers = "-4.2944915299", .tolerance = 6e-11},
    {"rows as inducing inputs give the exact figure by all methods",
     "for m in vfe fitc sor; do gpfit " KERNEL
     " --inducing-file all.csv --inducing-method $m --evaluate six.csv; done",
     SIX, .numbers = "-3.7589304812 -3.7589304812 -3.7589304812", .tolerance = 1e-10},
    {"also with a mean of their own",
     "for z in '' '--inducing-file all.csv'; do gpfit -k 'rbf(lengthscale=.8)' --mean linear --noise .01 "
     "--evaluate $z six.csv; done | awk '{ a[NR] = $1 } END { d = a[1] - a[2]; print NR, (d * d < 1e-20) }'",
     SIX, .output = "2 1\n"},
    {"two targets are twice one",
     "awk -F, '{ print $0 \",\" $2 }' six.csv | sed '1s/.*/x,y,z/' >t.csv; gpfit " KERNEL
     " --inducing-file z.csv --target y,z --evaluate t.csv",
     SIX, .numbers = "-59.4592969777", .tolerance = 2e-10},
    {"the gradient names inducing inputs behind the noise",
     "gpfit " KERNEL " --inducing-file z.csv --gradient six.csv | cut -d, -f1,2", SIX,
     .output = "name,value\nrbf.variance,1.5\nrbf.lengthscale,0.8\nnoise,0.01\ninducing_1_1,0\n"
               "inducing_2_1,1\ninducing_3_1,2\n"},
    {"and leaves them out where they are held",
     "gpfit " KERNEL " --inducing-file z.csv --fix-inducing --gradient six.csv | cut -d, -f1", SIX,
     .output = "name\nrbf.variance\nrbf.lengthscale\nnoise\n"},
    {"the gradient is that of differences, with noise known by row",
     "awk -F, 'NR == 1 { print $0 \",v\" } NR > 1 { print $0 \",\" 0.01 * NR }' six.csv >v.csv; for m in vfe "
     "fitc sor; do for s in -1e-4 1e-4; do awk -v s=$s '{ print $1 + (NR == 2) * s }' z.csv >z$s.csv; done; "
     "f() "
     "{ gpfit " KERNEL
     " --noise-column v --inducing-method $m --inducing-file \"$@\" v.csv; }; { f z.csv --gradient | grep "
     "inducing_2 | cut -d, -f3; f z1e-4.csv --evaluate; f z-1e-4.csv --evaluate; } | awk '{ a[NR] = $1 } END "
     "{ d = a[1] - (a[2] - a[3]) / 2e-4; print (d * d < 1e-12 * (1 + a[1] * a[1])) }'; done",
     SIX, .output = "1\n1\n1\n"},

    /* the model */
    {"means and variances of the bound",
     "gpfit " KERNEL " --inducing-file z.csv --no-optimize six.csv | gppredict - q.csv", SIX,
     .numbers = "0.4090280602 0.0537238152 0.8372946403 0.0124229958 -0.6608419108 1.1249705396",
     .tolerance = 6e-11},
    {"rows as inducing inputs predict exactly, with a mean of their own",
     "gpfit -k 'rbf(lengthscale=.8)' --mean linear --noise .01 --no-optimize six.csv | gppredict -N - q.csv "
     ">a; "
     "for m in vfe fitc sor; do gpfit -k 'rbf(lengthscale=.8)' --mean linear --noise .01 --inducing-method "
     "$m "
     "--inducing-file all.csv --no-optimize six.csv | gppredict -N - q.csv | paste -d, a - | awk -F, '{ d = "
     "$1 - "
     "$3; e = $2 - $4; print (d * d + e * e < 1e-18) }'; done",
     SIX, .output = "1\n1\n1\n1\n1\n1\n1\n1\n1\n"},
    {"the diagonal of the joint covariance is the variance",
     "gpfit " KERNEL
     " --inducing-file z.csv --no-optimize six.csv -o m.npz; gppredict m.npz q.csv | cut -d, -f2 "
     "| tail -n +2 >a; gppredict -N --covariance m.npz q.csv | awk -F, '{ print $NR }' | paste -d, a - | awk "
     "-F, '{ d = $1 - $2; print (d * d < 1e-24) }'",
     SIX, .output = "1\n1\n1\n"},
    {"the model holds its arrays",
     "gpfit " KERNEL " --inducing-file z.csv --no-optimize six.csv -o m.npz; matcat --list m.npz | cut -d, "
     "-f1,3 | tail -n +12; matcat m.npz:Z",
     SIX,
     .output = "input_names,1\nmethod,scalar\nmean_coefficients,0x1\nx_shift,1\nx_scale,1\ny_shift,1\n"
               "y_scale,1\nZ,3x1\nchol_uu,3x3\nchol_b,3x3\nc,3x1\nlog_marginal_likelihood,scalar\n0\n1\n2\n"},
    {"inducing inputs of a file are in the data's units",
     "printf '2\\n3\\n4\\n' >t.csv; gpfit --standardize --inducing-file t.csv --no-optimize "
     "$DATA/faithful.csv -o "
     "m.npz; { matcat m.npz:x_shift; matcat m.npz:x_scale; matcat m.npz:Z; } | awk 'NR == 1 { a = $1 } NR == "
     "2 "
     "{ b = $1 } NR > 2 { print a + b * $1 }'",
     .numbers = "2 3 4", .tolerance = 1e-5},

    /* the fit */
    {"a fit is where the gradient is small",
     FAITHFUL "-o m.npz; gpfit --init @m.npz --inducing 6 --gradient $DATA/faithful.csv | cut -d, -f3",
     .numbers = "0 0 0 0 0 0 0 0 0", .tolerance = 1e-2},
    {"units of the inputs are of no matter",
     "awk -F, 'NR == 1 { print } NR > 1 { print $1 * 1048576 \",\" $2 }' $DATA/faithful.csv >f.csv; for f in "
     "f.csv "
     "$DATA/faithful.csv; do gpfit --inducing 5 $f -o m.npz; matcat m.npz:log_marginal_likelihood; done | "
     "awk "
     "'{ a[NR] = $1 } END { d = a[1] - a[2]; print (d * d < 1e-6) }'",
     .output = "1\n"},
    {"targets far from 0 are as good as any, where there is a mean",
     "for o in 0 134217728; do awk -v o=$o 'BEGIN { for (i = 0; i < 50; i++) printf \"%g,%.17g\\n\", i / 8, "
     "o + "
     "i * i * 37 % 64 / 64 }' >f.csv; for m in vfe fitc sor; do gpfit --mean linear --noise .1 --inducing 8 "
     "--inducing-init first --inducing-method $m --evaluate f.csv; done >a$o; done; paste -d, a0 a134217728 "
     "| "
     "awk -F, '{ d = $1 - $2; print (d * d < 1e-14 * $1 * $1) }'",
     .output = "1\n1\n1\n"},
    {"more inducing inputs, a higher bound, below the exact figure",
     "for m in 2 4 8; do gpfit -q --accept-unconverged -k rbf --inducing $m $DATA/faithful.csv -o m.npz; "
     "matcat "
     "m.npz:log_marginal_likelihood; done >a; gpfit -k rbf $DATA/faithful.csv -o m.npz; matcat "
     "m.npz:log_marginal_likelihood >>a; awk 'NR > 1 { print ($1 > b - 1e-3) } { b = $1 }' a",
     .output = "1\n1\n1\n"},
    {"inducing inputs that are held stay, by all starts",
     "for i in kmeans farthest random first; do gpfit -k rbf --inducing 3 --inducing-init $i --fix-inducing "
     "--no-optimize six.csv -o a.npz; gpfit -q -k rbf --inducing 3 --inducing-init $i --fix-inducing six.csv "
     "--accept-unconverged -o b.npz; matcat a.npz:Z >a; matcat b.npz:Z >b; cmp a b; done",
     SIX},
    {"fitc of more rows than a tile",
     "gpfit -q --accept-unconverged --max-iterations 3 -k rbf --inducing 5 --inducing-method fitc "
     "$DATA/faithful.csv -o m.npz; matcat --list m.npz | grep -c "
     "chol_uu,.*5x5",
     .output = "1\n"},
    {"threads leave no trace",
     "for t in 1 3; do gpfit -q --accept-unconverged --max-iterations 5 -t $t -k 'rbf(ard=true) + linear' "
     "--inducing 20 --columns 1-4 $DATA/iris.csv -o m$t.npz; done; cmp m1.npz m3.npz"},
    {"the report names the method",
     "gpfit " KERNEL " --inducing-file z.csv --no-optimize --report r.json -o m.npz six.csv; grep -o "
     "'\"method.*\\|\"inducing.*' r.json",
     SIX, .output = "\"method\": \"vfe\",\n\"inducing\": 3,\n"},

    /* refusals */
    {"more inducing inputs than rows", "gpfit --inducing 50 six.csv", SIX, .status = 1,
     .error = "gpfit: --inducing 50 exceeds the 6 rows\n"},
    {"a file of another width", "gpfit --inducing-file six.csv six.csv", SIX, .status = 1,
     .error = "gpfit: six.csv: expected 1 columns of inputs, got 2\n"},
    {"a file of another length", "gpfit --inducing 4 --inducing-file z.csv six.csv", SIX, .status = 1,
     .error = "gpfit: z.csv: expected 4 rows (--inducing), got 3\n"},
    {"an infinite inducing input", "gpfit --inducing-file - six.csv", SIX, .input = "1\ninf\n", .status = 1,
     .error = "gpfit: -: row 2: column 1 is not finite\n"},
    {"methods without inducing inputs", "gpfit --inducing-method fitc six.csv", SIX, .status = 2,
     .error_contains = "--inducing-method has no meaning without --inducing"},
    {"leave-one-out", "gpfit --inducing 3 --objective loo six.csv", SIX, .status = 2,
     .error_contains = "--objective has no meaning with --inducing"},
    {"searches of fitc and sor end, their inducing inputs having met",
     "for m in fitc sor; do for k in matern rbf; do gpfit -q --inducing 10 -k $k --inducing-method $m "
     "--max-iterations 3000 --report r $DATA/faithful.csv -o m.npz || echo $?; grep -c '\"converged\": 1' r; "
     "done; "
     "awk 'BEGIN { for (i = 0; i < 300; i++) { x = i * 37 % 300 / 30; print x \",\" sin(2 * x) + cos(i * i) "
     "/ 5 } }' "
     "| gpfit -q --inducing 12 --max-iterations 3000 --inducing-method $m -o s.npz || echo $?; done",
     .output = "1\n1\n1\n1\n"},
    {"of which the usual number of steps is enough",
     "awk 'BEGIN { for (i = 0; i < 300; i++) { x = i * 37 % 300 / 30; print x \",\" sin(2 * x) + cos(i * i) "
     "/ 5 } }' >f.csv; for m in fitc sor; do gpfit -q --inducing 12 --inducing-method $m --report r -o s.npz "
     "f.csv; echo $?; done; gpfit -q --inducing 12 --inducing-method sor --max-iterations 20 -o s.npz f.csv",
     .status = 3, .output = "0\n0\n"},
    {"how many are left is told, and is what the model holds", /* how many meet is up to rounding */
     "gpfit --accept-unconverged --inducing 10 -k matern --inducing-method sor $DATA/faithful.csv -o m.npz "
     "2>told; "
     "left=$(matcat m.npz:Z | wc -l); grep -c \"gpfit: inducing inputs that met were made one, $left are "
     "left\" told; "
     "[ $left -lt 10 ] || echo $left",
     .output = "1\n"},
    {"universal predictions of inducing inputs at all rows are those of the matrix",
     "cut -d, -f1 six.csv >x.csv; K='matern + linear'; gpfit -k \"$K\" --no-optimize --mean linear "
     "--universal "
     "--noise .1 six.csv | gppredict --covariance - q.csv >a; for m in vfe fitc sor; do gpfit -k \"$K\" "
     "--no-optimize --mean linear --universal --noise .1 --inducing-method $m --inducing-file x.csv six.csv "
     "| "
     "gppredict --covariance - q.csv | paste -d, a - | awk -F, 'NR > 1 { for (i = 1; i <= 3; i++) { d = $i - "
     "$(i + 3); if (d > m) m = d; if (-d > m) m = -d } } END { print (m < 1e-9) }'; done",
     SIX, .output = "1\n1\n1\n"},
    {"two starts", "gpfit --inducing-init first --inducing-file z.csv six.csv", SIX, .status = 2,
     .error_contains = "--inducing-init has no meaning with --inducing-file"},
    {"no noise", "gpfit --inducing 3 --noise 0 six.csv", SIX, .status = 1,
     .error = "gpfit: row 1: a sparse fit by vfe needs noise > 0\n"},
    {"a kernel without derivative", "gpfit -k 'matern(nu=.5)' --inducing 3 six.csv", SIX, .status = 1,
     .error = "gpfit: matern has no derivative in the inputs: --fix-inducing holds the inducing ones\n"},
    {"a constant input under a linear mean", "gpfit --mean linear --inducing 2 -", .input = "1,2\n1,3\n1,4\n",
     .status = 1, .error = "gpfit: input column 1: the linear mean is not determined\n"},
    {"leave-one-out of a sparse model",
     "gpfit " KERNEL " --inducing-file z.csv --no-optimize six.csv | gppredict --loo -", SIX, .status = 1,
     .error = "gppredict: --loo needs the rows, which a sparse model does not keep (gpfit --vecchia keeps "
              "them)\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
