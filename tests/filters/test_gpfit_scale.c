/* gpfit --scale-prior and predictions of its models. Figures of the six rows are those of the mixture by hand
 * (mpmath). */

#include "support/filter_case.h"

#define SIX                                                                                                  \
    FILES({"six.csv", "x,y\n0,0\n0.5,0.8414709848078965\n1,0.9092974268256817\n1.5,0.1411200080598672\n"     \
                      "2,-0.7568024953079282\n2.5,-0.9589242746631385\n"},                                   \
          {"q.csv", "x,t\n0.25,.5\n1.1,.8\n3,2\n"})
#define RBF "gpfit -k 'rbf(variance=1.5,lengthscale=.8)' --mean zero --noise .01 "
#define MODEL(options) RBF "--no-optimize -o m.npz " options " six.csv; "
/* the same targets twice, the second three times as large */
#define PAIR                                                                                                 \
    "awk -F, 'NR == 1 { print $0 \",z\" } NR > 1 { print $0 \",\" 3 * $2 }' six.csv >pair.csv; " RBF         \
    "--no-optimize -y y,z -o m.npz "

static const struct filter_case cases[] = {
    /* the evidence */
    {"shared noise, an inverse gamma",
     "for p in 2,2 1,.5 1e6,1e6; do " RBF "--scale-prior invgamma:$p --evaluate six.csv; done", SIX,
     .numbers = "-3.7968322447 -3.5502895483 -3.7589303", .tolerance = 6e-8},
    {"separate noise, all priors",
     "for p in invgamma:2,2 burr:2,1 gamma:2,2 halfcauchy:1 lognormal:0,1; do " RBF
     "--scale-noise separate --scale-prior $p --evaluate six.csv; done",
     SIX, .numbers = "-3.9305298541 -3.8546175923 -3.7378750818 -4.5754780222 -3.9042844935",
     .tolerance = 6e-11},
    {"a network's covariance",
     "awk -F, 'NR > 1 { $1 += 1 } { print $1 \",\" $2 }' six.csv | gpfit -k "
     "'nngp(depth=2,weight_variance=1.5,bias_variance=.1,last_bias=false)' --mean zero --noise .01 "
     "--scale-prior "
     "invgamma:2,2 --evaluate",
     SIX, .numbers = "-13.971340144941", .tolerance = 6e-13},
    {"the prior's parameters have rows in the gradient",
     RBF "--scale-prior invgamma:2,3 --gradient six.csv | cut -d, -f1,2 | tail -3; " RBF
         "--scale-prior lognormal:-1,3 --gradient six.csv | cut -d, -f1,2 | tail -2; " RBF
         "--scale-prior halfcauchy:1 --fix-scale-prior --gradient six.csv | cut -d, -f1,2 | tail -1",
     SIX, .output = "noise,0.01\ninvgamma.a,2\ninvgamma.b,3\nlognormal.m,-1\nlognormal.s,3\nnoise,0.01\n"},
    {"importance draws the same in every run, and comes near",
     RBF
     "--scale-prior invgamma:2,2 --posterior importance --draws 40000 --evaluate six.csv >a; " RBF
     "--scale-prior invgamma:2,2 --posterior importance --draws 40000 --evaluate -t 3 six.csv >b; cmp a b; "
     "cat a",
     SIX, .numbers = "-3.7968", .tolerance = 0.03},

    /* the report */
    {"the mean of the scale",
     "for p in invgamma:2,2 burr:2,1 gamma:2,2 halfcauchy:1 lognormal:0,1; do " RBF
     "--no-optimize --scale-noise separate --scale-prior $p --report r.json -o m.npz six.csv; grep -o "
     "'\"scale_mean\": [^,]*' r.json | cut -d' ' -f2; done",
     SIX, .numbers = "0.881622230756 0.793326167550 0.744488171297 0.723849734457 0.763841688216",
     .tolerance = 1e-9},
    {"few effective draws are told",
     MODEL("--scale-prior lognormal:-9,1 --posterior importance --draws 100 --fix-scale-prior"), SIX,
     .error_contains = "gpfit: effective sample size "},

    /* Student's t */
    {"a Student t at each query", MODEL("--scale-prior invgamma:2,2") "gppredict m.npz q.csv", SIX,
     .numbers = "0.45177911 0.00682036 10 0.07386667 0.81386398 0.00583832 10 0.06834217 -0.62058367 "
                "0.17423863 10 0.37335092",
     .tolerance = 6e-9},
    {"another",
     MODEL(
         "--scale-prior invgamma:1,.5") "gppredict m.npz q.csv | tail -n +2 | awk -F, '{ print $3, $4 ^ 2 }'",
     SIX, .numbers = "8 0.0035994 8 0.00308113 8 0.09195328", .tolerance = 6e-9, .relative_tolerance = 2e-6},
    {"columns have names",
     MODEL("--scale-prior invgamma:2,2") "gppredict --noisy --quantiles .5 --log-density t m.npz q.csv | "
                                         "head -1",
     SIX, .output = "mean,variance,df,scale,q_.5,log_density\n"},
    {"scale and variance go together: df / (df - 2), with noise and without",
     MODEL("--scale-prior invgamma:2,2") "for n in '' --noisy; do gppredict -N $n m.npz q.csv; done | awk "
                                         "-F, '{ d = "
                                         "$2 / ($4 ^ 2 * $3 / ($3 - 2)) - 1; print (d < 1e-13 && d > -1e-13) "
                                         "}'",
     SIX, .output = "1\n1\n1\n1\n1\n1\n"},
    {"the density of a target, by hand", /* log Gamma(5.5)/Gamma(5) - log(10 pi)/2, the noise in the scale */
     MODEL("--scale-prior invgamma:2,2") "gppredict -N --noisy --log-density t m.npz q.csv | awk -F, '{ t = "
                                         "NR == 1 ? .5 : NR == 2 ? "
                                         ".8 : 2; z = (t - $1) / $4; print $5 + log($4) + 5.5 * log(1 + z * "
                                         "z / 10) }'",
     SIX, .numbers = "-0.943897 -0.943897 -0.943897", .tolerance = 1e-6},
    {"quantiles are t's", /* 2.2281388520 at ten degrees */
     MODEL("--scale-prior invgamma:2,2") "gppredict -N --quantiles .025,.5,.975 m.npz q.csv | awk -F, '{ "
                                         "print ($7 - $1) / $4, ($1 - "
                                         "$5) / $4, ($6 == $1) }'",
     SIX, .numbers = "2.22814 2.22814 1 2.22814 2.22814 1 2.22814 2.22814 1", .tolerance = 6e-6},
    {"quadrature of the same posterior is the closed form",
     MODEL("--scale-prior invgamma:2,2") "gppredict -N --scale m.npz | awk -F, '{ w += $2; m += $1 * $2; i "
                                         "+= $2 / $1 } END { printf \"%.12g "
                                         "%.12g %.12g\\n\", w, m * 4, i }' >a; matcat -N "
                                         "m.npz:scale_posterior | awk -F, '{ printf \"1 %.12g %.12g\\n\", "
                                         "$2, $1 / $2 }' >b; cat a b | tr '\\n' ' ' | awk '{ for (i = 1; i < "
                                         "4; i++) { d = $i / $(i + 3) - 1; "
                                         "print (d < 1e-9 && d > -1e-9) } }'",
     SIX, .output = "1\n1\n1\n"},
    {"1e5 draws lie below t's quantiles as often as they should",
     MODEL("--scale-prior invgamma:2,2") "gppredict -N --samples 100000 m.npz q.csv | tr ',' '\\n' | awk -v "
                                         "a=0.287193897343183 -v b=0.6163643139486347 'NR <= 100000 { low += "
                                         "$1 < a; high += $1 > b } END { print low / 1e5, "
                                         "high / 1e5 }'",
     SIX, .numbers = "0.025 0.025", .tolerance = 2.5e-3}, /* five standard errors */

    /* mixtures of normals */
    {"separate noise: means and variances",
     MODEL("--scale-prior invgamma:2,2 --scale-noise separate") "gppredict m.npz q.csv", SIX,
     .numbers = "0.4502688 0.00822978 0.81162328 0.0071725 -0.62671098 0.19586841", .tolerance = 6e-9},
    {"separate noise: log densities of targets",
     MODEL("--scale-prior invgamma:2,2 --scale-noise separate") "gppredict --log-density t m.npz q.csv | cut "
                                                                "-d, -f3",
     SIX, .numbers = "1.01563541 1.10955008 -10.13494798", .tolerance = 6e-9},
    {"a narrow prior is the Gaussian process",
     MODEL("") "gppredict --log-density t --quantiles .1,.9 m.npz q.csv | tail -n +2 >a; for n in shared "
               "separate; do " MODEL(
                   "--scale-prior lognormal:0,1e-5 --scale-noise $n") "gppredict -N --log-density t "
                                                                      "--quantiles .1,.9 m.npz q.csv | paste "
                                                                      "-d, a - | awk -F, '{ for (i = 1; i < "
                                                                      "6; i++) { d = $i - $(i + 5); if (d < "
                                                                      "1e-7 && d > -1e-7) good++ } } "
                                                                      "END { print good }'; done",
     SIX, .output = "15\n15\n"},
    {"quantiles hold the mass that they name",
     MODEL("--scale-prior halfcauchy:1 --scale-noise separate") "gppredict -N --samples 40000 m.npz q.csv | "
                                                                "sed -n 3p | tr ',' "
                                                                "'\\n' >d; gppredict -N --quantiles .05,.95 "
                                                                "m.npz q.csv | sed -n 3p | tr ',' ' ' | "
                                                                "while read m v a b; do "
                                                                "awk -v a=$a -v b=$b '{ low += $1 < a; high "
                                                                "+= $1 > b } END { print low / NR, high / NR "
                                                                "}' d; done",
     SIX, .numbers = "0.05 0.05", .tolerance = 5.5e-3}, /* five standard errors */
    {"the diagonal of the joint covariance is the variance",
     "for o in 'invgamma:2,2' 'burr:2,1' 'burr:2,1 --scale-noise separate --mean constant'; do " MODEL(
         "--scale-prior $o") "gppredict -N m.npz q.csv | cut -d, -f2 >a; gppredict -N --covariance m.npz "
                             "q.csv | awk -F, '{ print "
                             "$NR }' | paste -d, a - | awk -F, '{ d = $1 - $2; print (d < 1e-12 && d > "
                             "-1e-12) }'; done",
     SIX, .output = "1\n1\n1\n1\n1\n1\n1\n1\n1\n"},
    {"importance makes a mixture of its draws",
     MODEL("--scale-prior invgamma:2,2 --fix-scale-prior --posterior importance --draws 50000") "gppredict "
                                                                                                "m.npz q.csv "
                                                                                                "| cut -d, "
                                                                                                "-f2",
     SIX, .numbers = "0.00682 0.00584 0.17424", .relative_tolerance = 0.02},

    /* several outputs */
    {"a scale for each output follows its size",
     PAIR
     "--scale-prior invgamma:2,2 --scale-per-output pair.csv; gppredict -N m.npz q.csv | awk -F, '{ print $1 "
     "/ $5, $3, $7, ($2 < $6) }'",
     SIX, .numbers = "0.333333 10 10 1 0.333333 10 10 1 0.333333 10 10 1", .tolerance = 1e-5},
    {"each output has rows of its own",
     PAIR "--scale-prior invgamma:2,2 --scale-per-output pair.csv; matcat --list m.npz | grep posterior; "
          "gppredict --scale m.npz | "
          "head -1",
     SIX, .output = "scale_posterior,<f8,2x2\noutput,s,weight\n"},
    {"one scale for both outputs: a t of two dimensions", /* log Gamma(9)/Gamma(8) - log(16 pi) */
     PAIR "--scale-prior invgamma:2,2 pair.csv; printf 'x,t,u\\n3,2,6\\n.7,.9,3\\n' >far.csv; gppredict -N "
          "--noisy "
          "--log-density t,u m.npz far.csv >p; tail -n +2 far.csv | paste -d, - p | awk -F, '{ z = (($2 - "
          "$4) / $7) ^ 2 + (($3 - "
          "$8) / $11) ^ 2; print $6, $12 + log($7 * $11) + log(16 * 3.14159265358979) - log(8) + 9 * log(1 + "
          "z / 16) }'",
     SIX, .numbers = "16 0 16 0", .tolerance = 1e-9},

    /* networks */
    {"a last layer trained for ever is the process without noise, s as it was",
     "for f in '--scale-prior invgamma:2,3' ''; do gpfit -k 'nngp(bias_variance=.5)' --mean zero --noise "
     "1e-13 --fix-noise "
     "--no-optimize $f six.csv -o m.npz; gppredict -N --flow-last-layer --flow-time inf m.npz q.csv | cut "
     "-d, -f3- >$f.f; "
     "gppredict -N m.npz q.csv >p; done; paste -d, -- '--scale-prior invgamma:2,3.f' .f p | awk -F, '{ a = "
     "$1 - $7; b = $2 / "
     "$8 - 3; c = $4 ^ 2 / $8 - 1.5; print $3, (a * a < 1e-12), (b * b < 1e-12), (c * c < 1e-12) }'",
     SIX, .output = "4 1 1 1\n4 1 1 1\n4 1 1 1\n"},
    {"a network's outputs are sqrt(s) times what they were",
     "for p in '' '--scale-prior lognormal:3,1e-9'; do gpkernel -k 'nngp(last_bias=false)' --finite 8 "
     "--outputs --draws 3 $p q.csv "
     "| tail -n +2 | tr ',' '\\n' >$p.f; done; paste -d, -- .f '--scale-prior lognormal:3,1e-9.f' | awk -F, "
     "'{ r = $2 / $1 / exp(1.5) "
     "- 1; good += r * r < 1e-14 } END { print good }'",
     FILES({"q.csv", "x\n0.25\n1.1\n3\n"}), .output = "9\n"},
    {"a scale for kernels", "gpkernel -k ntk --finite 8 --scale-prior gamma:1,1 q.csv",
     FILES({"q.csv", "1\n"}), .status = 2, .error = "gpkernel: --scale-prior needs --outputs\n"},

    /* the fit */
    {"a fit is where the gradient is small",
     "gpfit -k 'rbf(variance:=1)' --scale-prior invgamma:3,2 --mean linear $DATA/faithful.csv -q -o m.npz; "
     "gppredict --parameters "
     "m.npz | cut -d, -f1,3",
     .output = "name,fixed\nrbf.variance,1\nrbf.lengthscale,0\nnoise,0\ninvgamma.a,0\ninvgamma.b,0\nmean_1,"
               "0\nmean_2,0\n"},
    {"threads leave no trace",
     "for n in shared separate; do for t in 1 3; do gpfit -q -t $t --max-iterations 3 --accept-unconverged "
     "--scale-noise $n "
     "--scale-prior lognormal:0,1 $DATA/faithful.csv -o m$t.npz; done; cmp m1.npz m3.npz; gppredict -t 1 "
     "m1.npz "
     "$DATA/faithful.csv >a; gppredict -t 3 m1.npz $DATA/faithful.csv >b; cmp a b; done"},

    /* refusals */
    {"one number too few", "gpfit --scale-prior invgamma:2 six.csv", SIX, .status = 2,
     .error = "gpfit: --scale-prior: invgamma needs two numbers > 0, got 'invgamma:2'\n"},
    {"a prior that is not there", "gpfit --scale-prior cauchy:1 six.csv", SIX, .status = 2,
     .error = "gpfit: --scale-prior: unknown prior 'cauchy' (did you mean halfcauchy?)\n"},
    {"options of mixtures without one", "gpfit --scale-noise separate six.csv", SIX, .status = 2,
     .error_contains = "--scale-noise has no meaning without --scale-prior"},
    {"a sparse mixture", "gpfit --scale-prior invgamma:2,2 --inducing 3 six.csv", SIX, .status = 2,
     .error_contains = "--inducing has no meaning with --scale-prior"},
    {"a prior that is drawn from cannot be fitted",
     "gpfit --scale-prior invgamma:2,2 --posterior importance six.csv", SIX, .status = 2,
     .error = "gpfit: --posterior importance cannot fit the prior it draws from: --fix-scale-prior\n"},
    {"draws of a quadrature", "gpfit --scale-prior invgamma:2,2 --draws 5 six.csv", SIX, .status = 2,
     .error_contains = "--draws has no meaning without --posterior importance"},
    {"separate noise of zero", "gpfit --scale-prior invgamma:2,2 --scale-noise separate --noise 0 six.csv",
     SIX, .status = 1, .error = "gpfit: row 1: --scale-noise separate needs noise > 0\n"},
    {"derivatives of separate noise",
     MODEL("--scale-prior invgamma:2,2 --scale-noise separate") "gppredict --derivatives m.npz q.csv", SIX,
     .status = 2, .error_contains = "gppredict: --derivatives has no meaning where the noise is separate"},
    {"rows left out of a mixture", MODEL("--scale-prior invgamma:2,2") "gppredict --loo m.npz", SIX,
     .status = 1, .error = "gppredict: --loo has no meaning for a mixture over a scale\n"},
    {"the scale of none", MODEL("") "gppredict --scale m.npz", SIX, .status = 1,
     .error = "gppredict: --scale needs a mixture over a scale (gpfit --scale-prior)\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
