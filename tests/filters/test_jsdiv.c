/* jsdiv as a user runs it. Numbers come from the closed forms and from the published checks of its manual. */

#include "support/filter_case.h"

#define P_ROWS "0.1,0.2,0.7\n0.5,0.5,0\n1,0,0\n"
#define Q_ROWS "0.3,0.3,0.4\n0.25,0.25,0.5\n0,0.5,0.5\n"
#define ROWS FILES({"p.csv", P_ROWS}, {"q.csv", Q_ROWS})

/* Nine decimals are given: half a unit in the last, and a little. */
#define NINE_DECIMALS .tolerance = 6e-10

#define POINTS FILES({"x.csv", "0\n1\n2.5\n4\n4.2\n"}, {"y.csv", ".3\n1.9\n3\n5\n5.5\n7\n"})

#define MODELS                                                                                               \
    FILES({"fw.csv", ".4\n.6\n"}, {"fm.csv", "0,0\n3,1\n"}, {"fc.csv", "1\n.3\n.3\n1\n.5\n0\n0\n1\n"},       \
          {"gw.csv", ".5\n.3\n.2\n"}, {"gm.csv", ".5,0\n2.5,1\n-1,2\n"},                                     \
          {"gc.csv", "1\n0\n0\n1\n1\n.2\n.2\n1\n2\n0\n0\n.5\n"})
#define PACK                                                                                                 \
    "matcat --no-header --pack kind:=gmm covariance_type:=full weights=fw.csv means=fm.csv "                 \
    "covariances=fc.csv "                                                                                    \
    "--shape covariances=2x2x2 -o f.npz && "                                                                 \
    "matcat --no-header --pack kind:=gmm covariance_type:=full weights=gw.csv means=gm.csv "                 \
    "covariances=gc.csv "                                                                                    \
    "--shape covariances=3x2x2 -o g.npz && "

static const struct filter_case cases[] = {
    /* rows */
    {"rows against rows", "jsdiv p.csv q.csv", ROWS, .numbers = "0.051912259 0.215761554 0.693147181",
     NINE_DECIMALS},
    {"the column has a name", "jsdiv p.csv q.csv | head -1", ROWS, .output = "js\n"},
    {"order does not matter", "jsdiv p.csv q.csv >a; jsdiv q.csv p.csv | cmp - a", ROWS},
    {"disjoint rows reach log 2", "jsdiv -N p.csv -", FILES({"p.csv", "1,0\n"}), .input = "0,1\n",
     .output = "0.6931471805599453\n"},
    {"and 1 in bits", "jsdiv -N --base 2 p.csv -", FILES({"p.csv", "1,0\n"}), .input = "0,1\n",
     .output = "1\n"},
    {"weighted", "jsdiv --weight .25 p.csv q.csv", ROWS, .numbers = "0.040353705 0.203483366 0.562335145",
     NINE_DECIMALS},
    {"a weight of 0 leaves nothing to compare", "jsdiv -N --weight 0 p.csv q.csv", ROWS,
     .output = "0\n0\n0\n"},
    {"the distance is the root", "jsdiv -N --distance p.csv -", FILES({"p.csv", "1,0\n"}), .input = "0,1\n",
     .output = "0.8325546111576977\n"},
    {"the distance of equal rows is 0", "jsdiv -N --distance p.csv p.csv", ROWS, .output = "0\n0\n0\n"},
    {"gradient by logits of q", "jsdiv --gradient q-logits p.csv q.csv | head -2", ROWS,
     .numbers = "0.053476590 0.020005057 -0.073481648", NINE_DECIMALS},
    {"terms add up to the value",
     "jsdiv -N --terms p.csv q.csv | awk -F, '{ printf \"%.15g\\n\", $1 + $2 + $3 }' >a; jsdiv -N --digits "
     "15 p.csv q.csv >b; "
     "paste a b | awk '{ d = $1 - $2; if (d > 1e-14 || d < -1e-14) print }'",
     ROWS},
    {"the mean is one bare number", "jsdiv --mean p.csv q.csv",
     FILES({"p.csv", "1,0\n.5,.5\n"}, {"q.csv", "0,1\n.5,.5\n"}), .output = "0.34657359027997264\n"},
    {"the mean of distances", "jsdiv --mean --distance p.csv q.csv",
     FILES({"p.csv", "1,0\n.5,.5\n"}, {"q.csv", "0,1\n.5,.5\n"}), .output = "0.41627730557884884\n"},
    {"all pairs of one matrix", "jsdiv --pairs p.csv", FILES({"p.csv", "1,0\n0,1\n"}),
     .output = "q1,q2\n0,0.6931471805599453\n0.6931471805599453,0\n"},
    {"all pairs of two", "jsdiv -N --pairs p.csv q.csv", FILES({"p.csv", "1,0\n0,1\n"}, {"q.csv", "1,0\n"}),
     .output = "0\n0.6931471805599453\n"},
    {"the joint divergence of all rows", "jsdiv --joint p.csv", FILES({"p.csv", "1,0\n0,1\n"}),
     .numbers = "0.693147180559945", .tolerance = 1e-15},
    {"the joint divergence with weights", "jsdiv --joint --weights w.csv p.csv",
     FILES({"p.csv", "1,0\n0,1\n"}, {"w.csv", "3\n1\n"}), .numbers = "0.562335145",
     NINE_DECIMALS}, /* H(3/4, 1/4) */
    {"the joint divergence of logits", "jsdiv --joint --logits p.csv",
     FILES({"p.csv", "800,-800\n-800,800\n"}), .numbers = "0.693147180559945", .tolerance = 1e-15},
    {"the joint divergence, smoothed: that of (3/4, 1/4) and (1/4, 3/4)", "jsdiv --joint --smooth .5 p.csv",
     FILES({"p.csv", "1,0\n0,1\n"}), .numbers = "0.130812036", NINE_DECIMALS},
    {"the joint divergence in bits from a pipe", "jsdiv --joint --base 2", .input = "1,0\n0,1\n",
     .numbers = "1", .tolerance = 1e-15},
    {"a joint weight too few", "jsdiv --joint --weights w.csv p.csv",
     FILES({"p.csv", "1,0\n0,1\n"}, {"w.csv", "1\n"}), .status = 1,
     .error = "jsdiv: w.csv has 1 weight, p.csv 2 rows\n"},
    {"joint weights that are all 0", "jsdiv --joint --weights w.csv p.csv",
     FILES({"p.csv", "1,0\n0,1\n"}, {"w.csv", "0\n0\n"}), .status = 1,
     .error = "jsdiv: the weights sum to 0\n"},
    {"a row of the joint divergence that is no distribution", "jsdiv --joint p.csv",
     FILES({"p.csv", "1,0\n.5,.4\n"}), .status = 1,
     .error = "jsdiv: p.csv:2: row sums to 0.9, not 1 (--normalize rescales)\n"},
    {"a row of Q in pairs that is no distribution", "jsdiv --pairs p.csv q.csv",
     FILES({"p.csv", "1,0\n"}, {"q.csv", "1,0\n2,-1\n"}), .status = 1,
     .error = "jsdiv: q.csv: row 2: field 2: expected a probability, got '-1'\n"},
    {"missing values leave pairs of all out", "jsdiv -N --pairs --na skip p.csv",
     FILES({"p.csv", "1,0\nNA,1\n0,1\n"}), .output = "0,0.6931471805599453\n0.6931471805599453,0\n",
     .error = "jsdiv: p.csv: 1 row with missing values skipped\n"},
    {"smoothing", "jsdiv -N --smooth .5 p.csv q.csv", FILES({"p.csv", "1,0\n"}, {"q.csv", "0,1\n"}),
     .numbers = "0.130812036", NINE_DECIMALS}, /* (.75, .25) and (.25, .75): log 2 - H(3/4, 1/4) */
    {"logits", "jsdiv -N --logits p.csv q.csv", FILES({"p.csv", "800,-800\n"}, {"q.csv", "-800,800\n"}),
     .output = "0.6931471805599453\n"},
    {"logarithms of probabilities, and what does not sum to 1",
     "jsdiv -N --log-probs p.csv q.csv; jsdiv --joint --log-probs p.csv; jsdiv --log-probs r.csv q.csv",
     FILES({"p.csv", "0,-inf\n-0.6931471805599453,-0.6931471805599453\n"}, {"q.csv", "-inf,0\n"},
           {"r.csv", "0,0\n"}), /* log 2; 3/4 log(4/3); joint: H(3/4, 1/4) - log(2) / 2 */
     .numbers = "0.69314718055994529 0.21576155433883565 0.21576155433883565", .tolerance = 2e-16,
     .status = 1, .error = "jsdiv: r.csv:1: row sums to 2, not 1 (--logits rescales)\n"},
    {"terms and gradients have no root", "jsdiv --distance --terms p q; jsdiv -r --gradient p p q",
     .status = 2,
     .error = "jsdiv: --distance and --terms exclude each other\njsdiv: --distance and --gradient exclude "
              "each other\n"},
    {"a one-row Q is compared with every row", "jsdiv -N p.csv q.csv",
     FILES({"p.csv", "1,0\n0,1\n"}, {"q.csv", "1,0\n"}), .output = "0\n0.6931471805599453\n"},
    {"a key for each group", "jsdiv --mean --by k p.csv q.csv",
     FILES({"p.csv", "k,a,b\nx,1,0\ny,1,0\nx,0,1\n"}, {"q.csv", "a,b\n0,1\n"}),
     .output = "key,js\nx,0.34657359027997264\ny,0.6931471805599453\n"},
    {"a negative mass is refused", "jsdiv p.csv -", FILES({"p.csv", "1,0\n"}), .status = 1, .input = "2,-1\n",
     .output_contains = "", .error = "jsdiv: -:1: field 2: expected a probability, got '-1'\n"},
    {"a weight beyond 1", "jsdiv --weight 2 p.csv q.csv", .status = 2,
     .error = "jsdiv: --weight: expected a number from 0 to 1, got '2'\n"},
    {"joint and pairs", "jsdiv --joint --pairs p.csv", .status = 2,
     .error = "jsdiv: --joint and --pairs exclude each other\n"},
    {"weights without joint", "jsdiv --weights w.csv p.csv q.csv", .status = 2,
     .error = "jsdiv: --weights needs --joint\n"},

    /* samples */
    {"nearest neighbours, K = 1", "jsdiv --samples -k 1 x.csv y.csv", POINTS, .numbers = "-0.069420618",
     NINE_DECIMALS},
    {"nearest neighbours, K = 2", "jsdiv --samples -k 2 x.csv y.csv", POINTS, .numbers = "-0.178722207",
     NINE_DECIMALS},
    /* sums of normal densities over the other points, in numpy */
    {"kernel estimates with the own point left out",
     "jsdiv --samples --method kde --bandwidth-p .7 --bandwidth-q .9 x.csv y.csv", POINTS,
     .numbers = "-0.24436936174827048", .tolerance = 1e-13},
    {"an interval by subsampling", "jsdiv --samples -k 1 --bootstrap 50 x.csv y.csv | head -1", POINTS,
     .output = "js,standard_error,lower,upper\n"},
    {"an interval by jackknife is the estimate and Student's 97.5 % quantile of 20 degrees times the error",
     "seq 0 .5 20 >x.csv; seq .213 .47 20 >y.csv; jsdiv -N --samples --jackknife x.csv y.csv >a; jsdiv "
     "--samples x.csv y.csv >b; paste -d, a b | awk -F, '{ print ($1 == $5), ($2 > 0), (($4 - $1) "
     "/ $2 - 2.085963447) ^ 2 < 1e-15, (($1 - $3) / $2 - 2.085963447) ^ 2 < 1e-15 }'",
     .output = "1 1 1 1\n"},
    {"its error is the --report's without it",
     "seq 0 .5 20 >x.csv; seq .213 .47 20 >y.csv; jsdiv -N --samples --jackknife x.csv y.csv | cut -d, -f 2 "
     ">a; jsdiv --samples --report r x.csv y.csv >b; sed -n 's/.*_error\": \\(.*\\),/\\1/p' r | cmp - a"},
    {"covariances, and draws, are not of neighbours or kernels",
     "jsdiv --samples --mle x.csv y.csv; jsdiv --samples --method kde --draws 9 x.csv y.csv", .status = 2,
     .error = "jsdiv: --mle has no meaning with --method ratio\njsdiv: --draws has no meaning with --method "
              "kde\n"},
    {"adaptive is of kldiv", "jsdiv --samples --method adaptive x.csv y.csv", .status = 2,
     .error_contains = "jsdiv: --method: "},

    /* Gaussians */
    {"the geometric divergence of two Gaussians", "jsdiv --gaussian --mle --geometric x.csv y.csv",
     FILES({"x.csv", "-1\n1\n"}, {"y.csv", "-1\n3\n"}), .numbers = "0.275928224", NINE_DECIMALS},
    {"two Gaussians by quadrature", "jsdiv --gaussian --mle x.csv y.csv",
     FILES({"x.csv", "-1\n1\n"}, {"y.csv", "-1\n3\n"}), .numbers = "0.128174973", NINE_DECIMALS},

    /* models */
    {"quadrature", PACK "jsdiv --models --method quadrature f.npz g.npz", MODELS, .numbers = "0.108517209",
     NINE_DECIMALS},
    {"what may fall short may be accepted",
     PACK "jsdiv --models --method quadrature --accept-unconverged f.npz g.npz", MODELS,
     .numbers = "0.108517209", NINE_DECIMALS},
    {"Monte Carlo prints its standard error", PACK "jsdiv --models f.npz g.npz | head -1", MODELS,
     .output = "js,standard_error\n"},
    {"Monte Carlo is within four standard errors",
     PACK "jsdiv -N --models f.npz g.npz | awk -F, '{ d = ($1 - 0.108517209) / $2; print (d < 4 && d > -4), "
          "($2 < 0.01) }'",
     MODELS, .output = "1 1\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
