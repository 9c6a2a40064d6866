/* kldiv as a user runs it. Numbers come from the closed forms and from the published checks of its manual. */

#include "support/filter_case.h"

#define P_ROWS "0.1,0.2,0.7\n0.5,0.5,0\n1,0,0\n"
#define Q_ROWS "0.3,0.3,0.4\n0.25,0.25,0.5\n0,0.5,0.5\n"
#define ROWS FILES({"p.csv", P_ROWS}, {"q.csv", Q_ROWS})

/* Nine decimals are given: half a unit in the last, and a little. */
#define NINE_DECIMALS .tolerance = 6e-10

#define X_POINTS "0\n1\n2.5\n4\n4.2\n"
#define Y_POINTS ".3\n1.9\n3\n5\n5.5\n7\n"
#define POINTS FILES({"x.csv", X_POINTS}, {"y.csv", Y_POINTS})

/* Two mixtures f and g (two and three components in the plane), made by matcat --pack. */
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

/* N(0, 1) and N(1e4, 1): a divergence of 5e7, which no sum of doubles has to 1e-10. */
#define FAR                                                                                                  \
    "echo 1 >one; echo 0 >a.csv; echo 1e4 >b.csv; for i in a b; do matcat --no-header --pack kind:=gmm "     \
    "covariance_type:=full weights=one means=$i.csv covariances=one --shape covariances=1x1x1,means=1x1 "    \
    "-o $i; done; "

static const struct filter_case cases[] = {
    /* rows */
    {"rows against rows", "kldiv p.csv q.csv", ROWS, .numbers = "0.200776801 0.693147181 inf", NINE_DECIMALS},
    {"the column has a name", "kldiv p.csv q.csv | head -1", ROWS, .output = "kl\n"},
    {"P may come from standard input", "kldiv q.csv <p.csv", ROWS, .numbers = "0.200776801 0.693147181 inf",
     NINE_DECIMALS},
    {"Q may come from standard input", "kldiv p.csv - <q.csv", ROWS, .numbers = "0.200776801 0.693147181 inf",
     NINE_DECIMALS},
    {"reversed", "kldiv --reverse p.csv q.csv", ROWS, .numbers = "0.227376904 inf inf", NINE_DECIMALS},
    {"symmetric: the sum of both ways", "kldiv --symmetric p.csv q.csv", ROWS,
     .numbers = "0.428153705 inf inf", .tolerance = 1.2e-9},
    {"skewed", "kldiv --skew .1 p.csv q.csv", ROWS, .numbers = "0.163831935 0.597837001 2.302585093",
     NINE_DECIMALS},
    {"in bits", "kldiv --base 2 p.csv q.csv", ROWS, .numbers = "0.289659695 1 inf", .tolerance = 1e-8},
    {"the gradient by logits of q", "kldiv --gradient q-logits p.csv q.csv | head -2", ROWS,
     .numbers = "0.2 0.1 -0.3", .tolerance = 1e-15},
    {"the gradient by logits of p", "kldiv --gradient p-logits p.csv q.csv | head -2", ROWS,
     .numbers = "-0.129938909 -0.121248382 0.251187291", NINE_DECIMALS},
    {"gradients are named g1, g2, ...", "kldiv --gradient q p.csv q.csv | head -1", ROWS,
     .output = "g1,g2,g3\n"},
    {"terms keep the columns' names and add up", "kldiv --terms p.csv - | head -1",
     FILES({"p.csv", "a,b\n.5,.5\n"}), .input = "a,b\n.25,.75\n", .output = "a,b\n"},
    {"the mean is one bare number", "kldiv --mean p.csv q.csv",
     FILES({"p.csv", ".5,.5\n1,0\n"}, {"q.csv", ".5,.5\n.5,.5\n"}), .output = "0.34657359027997264\n"},
    {"the sum is one bare number", "kldiv --sum p.csv q.csv",
     FILES({"p.csv", ".5,.5\n1,0\n"}, {"q.csv", ".5,.5\n.5,.5\n"}), .output = "0.6931471805599453\n"},
    {"weights of the mean", "kldiv --mean-weights w.csv p.csv q.csv",
     FILES({"p.csv", ".5,.5\n1,0\n"}, {"q.csv", ".5,.5\n.5,.5\n"}, {"w.csv", "1\n3\n"}),
     .output = "0.5198603854199589\n"},
    {"a weight of 0 leaves an infinite row out", "kldiv --mean-weights w.csv p.csv q.csv",
     FILES({"p.csv", "0,1\n1,0\n"}, {"q.csv", "1,0\n.5,.5\n"}, {"w.csv", "0\n1\n"}),
     .output = "0.6931471805599453\n"},
    {"too few weights are refused", "kldiv --mean-weights w.csv p.csv q.csv",
     FILES({"p.csv", ".5,.5\n1,0\n"}, {"q.csv", ".5,.5\n"}, {"w.csv", "1\n"}), .status = 1,
     .error = "kldiv: w.csv has 1 weight, p.csv 2 rows\n"},
    {"a key for each group", "kldiv --mean --by k p.csv q.csv",
     FILES({"p.csv", "k,a,b\nx,.5,.5\ny,1,0\nx,1,0\n"}, {"q.csv", "a,b\n.5,.5\n"}),
     .output = "key,kl\nx,0.34657359027997264\ny,0.6931471805599453\n"},
    {"a one-row Q is compared with every row", "kldiv -N p.csv q.csv",
     FILES({"p.csv", "1,0\n0,1\n.5,.5\n"}, {"q.csv", ".5,.5\n"}),
     .output = "0.6931471805599453\n0.6931471805599453\n0\n"},
    {"a one-row P is compared with every row", "kldiv -N p.csv q.csv",
     FILES({"q.csv", ".5,.5\n.25,.75\n"}, {"p.csv", "1,0\n"}),
     .output = "0.6931471805599453\n1.3862943611198906\n"},
    {"all pairs", "kldiv --pairs p.csv q.csv", FILES({"p.csv", "1,0\n.5,.5\n"}, {"q.csv", ".5,.5\n0,1\n"}),
     .output = "q1,q2\n0.6931471805599453,inf\n0,inf\n"},
    {"equal rows are at 0", "kldiv -N p.csv p.csv", FILES({"p.csv", ".1,.2,.7\n.3,.3,.4\n"}),
     .output = "0\n0\n"},
    {"nearly equal rows are not negative", "kldiv -N p.csv q.csv",
     FILES({"p.csv", ".5,.5\n"}, {"q.csv", "0.5000000000000001,0.4999999999999999\n"}), .numbers = "2.5e-32",
     .relative_tolerance = 0.5},
    {"smoothing", "kldiv -N --smooth .5 p.csv q.csv", FILES({"p.csv", "1,0\n"}, {"q.csv", "0,1\n"}),
     .numbers = "0.549306144", NINE_DECIMALS}, /* (.75, .25) against (.25, .75): log(3) / 2 */
    {"logits", "kldiv -N --logits p.csv q.csv",
     FILES({"p.csv", "0,0\n"}, {"q.csv", "0,1.0986122886681098\n"}), .numbers = "0.143841036",
     NINE_DECIMALS}, /* (.5, .5) against (.25, .75) */
    {"logits of 800 give finite right answers", "kldiv -N --logits p.csv q.csv",
     FILES({"p.csv", "800,-800\n"}, {"q.csv", "-800,800\n"}), .output = "1600\n"},
    {"temperature divides logits", "kldiv -N --logits --temperature 2 p.csv q.csv",
     FILES({"p.csv", "0,0\n"}, {"q.csv", "0,2.1972245773362196\n"}), .numbers = "0.143841036", NINE_DECIMALS},
    {"logarithms of probabilities", "kldiv -N --log-probs p.csv q.csv",
     FILES({"p.csv", "0,-inf\n"}, {"q.csv", "-0.6931471805599453,-0.6931471805599453\n"}),
     .output = "0.6931471805599453\n"},
    {"rows are rescaled where asked", "kldiv -N --normalize p.csv q.csv",
     FILES({"p.csv", "2,0\n"}, {"q.csv", "3,3\n"}), .output = "0.6931471805599453\n"},
    {"one column: the only distribution there is", "kldiv -N p.csv q.csv",
     FILES({"p.csv", "1\n"}, {"q.csv", "1\n"}), .output = "0\n"},
    {"many columns",
     "awk 'BEGIN { for (i = 1; i < 4096; i++) printf \"%.17g,\", 1 / 4096; print 1 / 4096 }' >p.csv; "
     "awk 'BEGIN { for (i = 1; i < 4096; i++) printf \"0,\"; print 1 }' | kldiv -N --reverse p.csv",
     .numbers = "inf"},
    {"binary in, binary out", "matcat -b p.csv >p.npy; matcat -b q.csv >q.npy; kldiv -b p.npy q.npy | matcat",
     ROWS, .numbers = "0.200776801 0.693147181 inf", NINE_DECIMALS},
    {"gzip in, gzip out", "gzip p.csv; kldiv -z p.csv.gz q.csv | gzip -dc", ROWS,
     .numbers = "0.200776801 0.693147181 inf", NINE_DECIMALS},
    {"windows line ends and a byte-order mark", "kldiv -N p.csv q.csv",
     FILES({"p.csv", "\xef\xbb\xbf"
                     "a,b\r\n1,0\r\n"},
           {"q.csv", ".5,.5\r\n"}),
     .output = "0.6931471805599453\n"},
    {"partial sums hold what is merged",
     "kldiv --mean --partial p.csv q.csv >part.npz; matcat --list part.npz", ROWS,
     .output_contains = "kl_carry"},
    {"the report names the run's figures",
     "kldiv --mean --report r.json p.csv q.csv; grep -c '\"rows\": 3' r.json", ROWS, .output = "inf\n1\n"},

    {"parts of P against a one-row Q add up",
     "kldiv -N p.csv q.csv >whole; for i in 1 2 3; do kldiv -N --shard $i/3 p.csv q.csv; done | cmp - whole",
     FILES({"p.csv", ".5,.5\n1,0\n.25,.75\n.125,.875\n0,1\n"}, {"q.csv", ".5,.5\n"})},
    {"parts of two NPY files add up",
     "kldiv -N p.csv q.csv >whole; matcat -b p.csv >p.npy; matcat -b q.csv >q.npy; "
     "for i in 1 2; do kldiv -N --shard $i/2 p.npy q.npy; done | cmp - whole",
     ROWS},
    {"parts of NPY files of unequal length are refused, though a part has one row",
     "matcat -b -o p.npy p.csv; matcat -b -o q.npy q.csv; kldiv --shard 3/3 p.npy q.npy",
     FILES({"p.csv", ".5,.5\n1,0\n.25,.75\n"}, {"q.csv", ".5,.5\n1,0\n.25,.75\n.1,.9\n"}), .status = 1,
     .output_contains = "", .error = "kldiv: p.npy has 1 rows, q.npy 2\n"},
    {"a fault in a binary file is placed by its row",
     "matcat -b p.csv >p.npy; matcat -b q.csv >q.npy; kldiv p.npy q.npy",
     FILES({"p.csv", ".5,.5\n1,0\n.5,.5\n"}, {"q.csv", ".5,.5\n1,0\n.5,.25\n"}), .status = 1,
     .error = "kldiv: q.npy: row 3: row sums to 0.75, not 1 (--normalize rescales)\n"},
    {"a missing value in a binary file is refused, whatever its rows stand for", /* nan over the last value */
     "matcat -b p.csv >p.npy; printf '\\0\\0\\0\\0\\0\\0\\370\\177' | dd of=p.npy bs=1 seek=152 conv=notrunc "
     "2>/dev/null; for means in '' --normalize --logits --log-probs; do kldiv $means p.npy p.npy; done 2>&1 "
     "| "
     "uniq -c | sed 's/^ *//'",
     FILES({"p.csv", ".5,.5\n1,0\n"}),
     .output = "4 kldiv: p.npy: row 2: field 2: the value is missing (--na skip drops such rows)\n"},
    {"binary files of different lengths are refused",
     "matcat -b p.csv >p.npy; matcat -b q.csv >q.npy; kldiv p.npy q.npy",
     FILES({"p.csv", ".5,.5\n1,0\n"}, {"q.csv", ".5,.5\n1,0\n0,1\n"}), .status = 1,
     .error = "kldiv: p.npy has 2 rows, q.npy 3\n"},
    {"parts of two CSV files would not fit together", "kldiv --shard 1/2 p.csv q.csv", ROWS, .status = 2,
     .error = "kldiv: --shard cuts p.csv by bytes, which parts its rows from the other matrix's: convert "
              "both with "
              "matcat -b\n"},
    {"parts of P against all of Q",
     "kldiv -N --pairs p.csv q.csv >whole; for i in 1 2; do kldiv -N --pairs --shard $i/2 p.csv "
     "q.csv; done | cmp - whole",
     ROWS},

    /* refusals */
    {"a row that does not sum to 1", "kldiv p.csv q.csv",
     FILES({"p.csv", ".5,.5\n.5,.43\n"}, {"q.csv", ".5,.5\n"}), .status = 1, .output_contains = "",
     .error = "kldiv: p.csv:2: row sums to 0.93, not 1 (--normalize rescales)\n"},
    {"a negative entry", "kldiv p.csv q.csv", FILES({"p.csv", "2,-1\n"}, {"q.csv", ".5,.5\n"}), .status = 1,
     .output_contains = "", .error = "kldiv: p.csv:1: field 2: expected a probability, got '-1'\n"},
    {"an infinite entry", "kldiv p.csv q.csv", FILES({"p.csv", ".5,.5\n"}, {"q.csv", "inf,0\n"}), .status = 1,
     .output_contains = "", .error = "kldiv: q.csv:1: field 1: expected a probability, got 'inf'\n"},
    {"a missing value", "kldiv p.csv q.csv", FILES({"p.csv", "a,b\n.5,\n"}, {"q.csv", ".5,.5\n"}),
     .status = 1, .output_contains = "", .error_contains = "kldiv: p.csv:2: field 2: "},
    {"a row of zeros cannot be rescaled", "kldiv --normalize p.csv q.csv",
     FILES({"p.csv", "0,0\n"}, {"q.csv", ".5,.5\n"}), .status = 1, .output_contains = "",
     .error = "kldiv: p.csv:1: row sums to 0\n"},
    {"widths that differ", "kldiv p.csv q.csv", FILES({"p.csv", ".5,.5\n"}, {"q.csv", "1\n"}), .status = 1,
     .error = "kldiv: p.csv has 2 columns, q.csv 1\n"},
    {"row counts that differ", "kldiv p.csv q.csv", FILES({"p.csv", "1\n1\n1\n"}, {"q.csv", "1\n1\n"}),
     .status = 1, .output_contains = "", .error = "kldiv: p.csv has 3 rows, q.csv 2\n"},
    {"empty input", "kldiv p.csv q.csv", FILES({"p.csv", ""}, {"q.csv", "1\n"}), .status = 1,
     .error_contains = "kldiv: p.csv: "},
    {"a header alone", "kldiv p.csv q.csv", FILES({"p.csv", "a\n"}, {"q.csv", "a\n"}), .status = 1,
     .output_contains = "", .error = "kldiv: p.csv: no rows\n"},
    {"no such file", "kldiv p.csv q.csv", .status = 1, .error = "kldiv: p.csv: No such file or directory\n"},
    {"standard input twice", "kldiv - -", .status = 2,
     .error = "kldiv: standard input (-) can be read once only\n"},
    {"no operand", "kldiv </dev/null", .status = 2, .error_contains = "kldiv: an operand is missing"},
    {"an unknown option", "kldiv --symetric p.csv q.csv", .status = 2,
     .error = "kldiv: unknown option '--symetric'; did you mean '--symmetric'?\n"},
    {"options of other inputs", "kldiv --neighbours 3 p.csv q.csv", .status = 2,
     .error = "kldiv: --neighbours has no meaning for rows of distributions\n"},
    {"contradictions", "kldiv --mean --sum p.csv q.csv", .status = 2,
     .error = "kldiv: --mean and --sum exclude each other\n"},
    {"two kinds of input", "kldiv --samples --models p q", .status = 2,
     .error = "kldiv: --samples, --gaussian and --models exclude one another\n"},
    {"a full disk", "kldiv p.csv q.csv >/dev/full", ROWS, .status = 1,
     .error = "kldiv: standard output: No space left on device\n"},
    {"a reader that goes away", "{ kldiv p.csv p.csv; echo $? >&2; } | head -1 >/dev/null; true",
     FILES({"p.csv", "1\n"}), .error_contains = ""},

    /* samples */
    {"nearest neighbours, K = 1", "kldiv --samples --neighbours 1 x.csv y.csv", POINTS,
     .numbers = "0.472759555", NINE_DECIMALS},
    {"nearest neighbours, K = 2", "kldiv --samples --neighbors 2 x.csv y.csv", POINTS,
     .numbers = "-0.085599893", NINE_DECIMALS},
    {"adaptive, K = 1", "kldiv --samples --method adaptive -k 1 x.csv y.csv", POINTS,
     .numbers = "0.005465108", NINE_DECIMALS},
    {"adaptive, K = 2", "kldiv --samples --method adaptive -k 2 x.csv y.csv", POINTS,
     .numbers = "0.205465108", NINE_DECIMALS},
    /* sums of normal densities over the other points, in numpy */
    {"kernel estimates with the own point left out",
     "kldiv --samples --method kde --bandwidth-p .7 --bandwidth-q .9 x.csv y.csv", POINTS,
     .numbers = "-0.29840649071826275", .tolerance = 1e-13},
    {"kernel estimates, both ways",
     "kldiv --samples --symmetric --method kde --bandwidth-p .7 --bandwidth-q .9 x.csv y.csv", POINTS,
     .numbers = "0.2580701415522866", .tolerance = 1e-13},
    {"kernel estimates take rules",
     "kldiv --samples --method kde --bandwidth-p sj --bandwidth-q nrd0 x.csv y.csv >/dev/null", POINTS},
    {"an unknown rule", "kldiv --samples --method kde --bandwidth-p silvermann x.csv y.csv", POINTS,
     .status = 2,
     .error = "kldiv: --bandwidth: 'silvermann' is neither number nor rule (is it 'silverman'?)\n"},
    {"bandwidths are for kernels", "kldiv --samples --bandwidth-p 1 x.csv y.csv", POINTS, .status = 2,
     .error = "kldiv: --bandwidth-p has no meaning with --method ratio\n"},
    {"the Gaussian plug-in is --gaussian",
     "kldiv --samples --method gaussian x.csv y.csv >a; kldiv --gaussian x.csv y.csv | cmp - a", POINTS},
    {"an interval by subsampling", "kldiv --samples -k 1 --bootstrap 50 x.csv y.csv | head -1", POINTS,
     .output = "kl,standard_error,lower,upper\n"},
    {"an interval by jackknife",
     "seq 0 .5 20 >x.csv; seq .213 .47 20 >y.csv; kldiv --samples -k 1 --jackknife x.csv y.csv | head -1",
     .output = "kl,standard_error,lower,upper\n"},
    {"the report has an error bar",
     "seq 0 .5 20 >x.csv; seq .213 .47 20 >y.csv; kldiv --samples -k 1 --report r.json x.csv y.csv "
     ">/dev/null; grep -c standard_error "
     "r.json",
     .output = "1\n"},
    {"with keys the report has arrays",
     "kldiv --samples -k 1 --by g --report r.json x.csv y.csv >/dev/null; tr -d ' \\n' <r.json | grep -o "
     "'\"kl\":.[-0-9.,]*]'",
     FILES({"x.csv", "g,v\na,0\nb,0\na,1\nb,1\na,2.5\nb,2.5\n"},
           {"y.csv", "g,v\na,.3\na,1.9\nb,.3\nb,1.9\n"}),
     .output_contains = "\"kl\":["},
    {"a point beyond the squares of doubles has no kernel estimate",
     "kldiv --samples --method kde --bandwidth-p 1 --bandwidth-q 1 x.csv y.csv; kldiv --samples --method kde "
     "x.csv y.csv; kldiv --samples --method gaussian x.csv y.csv",
     FILES({"x.csv", "1\n1e308\n2\n"}, {"y.csv", "1.5\n2.5\n"}), .status = 1,
     .error =
         "kldiv: row 2 of X is so far from the points of a sample that its density has no logarithm: "
         "raise the bandwidth, or leave the row out\nkldiv: row 2 of X is so far from the points of a "
         "sample that its density has no logarithm: raise the bandwidth, or leave the row out\nkldiv: X: "
         "column 1: its values or their squares are not finite\n"},
    {"covariances are not of neighbours, nor are draws of samples and Gaussians",
     "kldiv --samples --mle x.csv y.csv; kldiv --samples --draws 9 x.csv y.csv; kldiv --gaussian --draws 9 "
     "x.csv y.csv",
     POINTS, .status = 2,
     .error = "kldiv: --mle has no meaning with --method ratio\nkldiv: --draws has no meaning with --method "
              "ratio\nkldiv: --draws has no meaning without --models\n"},
    {"ties are named", "kldiv --samples -k 1 x.csv y.csv",
     FILES({"x.csv", "1\n2\n2\n3\n"}, {"y.csv", "1.5\n2.5\n"}), .status = 1, .error_contains = "--jitter"},
    {"jitter separates ties", "kldiv --samples -k 1 --jitter .01 x.csv y.csv >/dev/null",
     FILES({"x.csv", "1\n2\n2\n3\n"}, {"y.csv", "1.5\n2.5\n"})},
    {"too few points", "kldiv --samples x.csv y.csv", FILES({"x.csv", "1\n2\n"}, {"y.csv", "1.5\n2.5\n"}),
     .status = 1, .error_contains = "6"},
    {"a value for each key", "kldiv --samples -k 1 --by g x.csv y.csv",
     FILES({"x.csv", "g,v\na,0\nb,0\na,1\nb,1\na,2.5\nb,2.5\na,4\nb,4\na,4.2\nb,4.2\n"},
           {"y.csv", "v,g\n.3,a\n1.9,a\n3,a\n5,a\n5.5,a\n7,a\n.3,b\n1.9,b\n3,b\n5,b\n5.5,b\n7,b\n"}),
     .numbers = "0.472759555 0.472759555", NINE_DECIMALS},

    /* Gaussians: exact moments, from the corners of a parallelogram scaled so that the divisor n gives them
     */
    {"Gaussians in closed form, one dimension", "kldiv --gaussian --mle x.csv y.csv",
     FILES({"x.csv", "-1\n1\n"}, {"y.csv", "-1\n3\n"}), .numbers = "0.443147181",
     NINE_DECIMALS}, /* N(0,1) against N(1,4): (1/4 + 1/4 - 1 + log 4) / 2 */
    {"rows with missing values are skipped with a note", "kldiv --gaussian --mle --na skip x.csv y.csv",
     FILES({"x.csv", "-1\nNA\n1\nnan\n"}, {"y.csv", "-1\n3\n"}), .numbers = "0.443147181", NINE_DECIMALS,
     .error = "kldiv: x.csv: 2 rows with missing values skipped\n"},
    {"pairs of rows are skipped together", "kldiv -N --na skip p.csv q.csv",
     FILES({"p.csv", "1,0\nNA,1\n.5,.5\n0,1\n"}, {"q.csv", ".5,.5\n.5,.5\n,1\n.25,.75\n"}),
     .numbers = "0.693147180559945 0.287682072451781", .tolerance = 1e-15,
     .error = "kldiv: 2 pairs of rows with missing values skipped\n"},
    {"widths of samples that differ", "kldiv --gaussian x.csv y.csv",
     FILES({"x.csv", "1,2\n2,1\n4,4\n"}, {"y.csv", "1\n2\n"}), .status = 1,
     .error = "kldiv: x.csv has 2 columns, y.csv 1\n"},
    {"dimensions of models that differ",
     "printf '1\\n' >w; printf '0,0\\n' >m2; printf '0\\n' >m1; printf '1,0,0,1\\n' >c2; printf '1\\n' >c1; "
     "matcat --no-header --pack kind:=gmm weights=w means=m2 covariances=c2 --shape "
     "covariances=1x2x2,means=1x2 -o 2.npz && "
     "matcat --no-header --pack kind:=gmm weights=w means=m1 covariances=c1 --shape "
     "covariances=1x1x1,means=1x1 -o 1.npz && "
     "kldiv --models 2.npz 1.npz",
     .status = 1, .error = "kldiv: 2.npz has 2 dimensions, 1.npz 1\n"},
    {"a singular covariance suggests a ridge", "kldiv --gaussian x.csv y.csv",
     FILES({"x.csv", "1,1\n2,2\n3,3\n"}, {"y.csv", "1,0\n0,1\n1,1\n"}), .status = 1,
     .error_contains = "ridge"},

    /* models */
    {"variational", PACK "kldiv --models --method variational f.npz g.npz", MODELS, .numbers = "0.497301601",
     NINE_DECIMALS},
    {"product", PACK "kldiv --models --method product f.npz g.npz", MODELS, .numbers = "0.399656658",
     NINE_DECIMALS},
    {"lower bound", PACK "kldiv --models --method lower f.npz g.npz", MODELS, .numbers = "0.050256070",
     NINE_DECIMALS},
    {"upper bound", PACK "kldiv --models --method upper f.npz g.npz", MODELS, .numbers = "0.846702189",
     NINE_DECIMALS},
    {"variational upper bound", PACK "kldiv --models --method variational-upper f.npz g.npz", MODELS,
     .numbers = "0.535936399", NINE_DECIMALS},
    {"matched", PACK "kldiv --models --method matched f.npz g.npz", MODELS, .numbers = "0.538065580",
     NINE_DECIMALS},
    {"quadrature", PACK "kldiv --models --method quadrature f.npz g.npz", MODELS, .numbers = "0.427556236",
     NINE_DECIMALS},
    {"quadrature, reversed", PACK "kldiv --models --method quadrature --reverse f.npz g.npz", MODELS,
     .numbers = "0.779940777", NINE_DECIMALS},
    {"a quadrature that falls short of its tolerance is status 3",
     FAR "kldiv --models --method quadrature a b", .numbers = "5e7", .relative_tolerance = 1e-12, .status = 3,
     .error_contains = "kldiv: quadrature reached an error of 1e-10 only: try --method mc\n"},
    {"or accepted", FAR "kldiv -q --models --method quadrature --accept-unconverged a b", .numbers = "5e7",
     .relative_tolerance = 1e-12},
    {"Monte Carlo prints its standard error", PACK "kldiv --models f.npz g.npz | head -1", MODELS,
     .output = "kl,standard_error\n"},
    {"Monte Carlo is within four standard errors",
     PACK "kldiv -N --models f.npz g.npz | awk -F, '{ d = ($1 - 0.427556236) / $2; print (d < 4 && d > -4), "
          "($2 < 0.01) }'",
     MODELS, .output = "1 1\n"},
    {"same seed, same bytes, whatever the threads",
     PACK "kldiv --models -t 1 f.npz g.npz >a; kldiv --models -t 3 f.npz g.npz | cmp - a", MODELS},
    {"another seed, another draw",
     PACK "kldiv --models f.npz g.npz >a; kldiv --models -s 2 f.npz g.npz | cmp -s - a; echo $?", MODELS,
     .output = "1\n"},
    {"models 1e200 apart: inf where a formula says so, and no nan",
     "echo 1 >one; echo 0 >a.csv; echo 1e200 >b.csv; for i in a b; do matcat --no-header --pack kind:=gmm "
     "covariance_type:=full weights=one means=$i.csv covariances=one --shape covariances=1x1x1,means=1x1 -o "
     "$i; "
     "done; kldiv --models --method matched a b; kldiv --models a b; kldiv --models --method "
     "variational-upper a "
     "b",
     .output = "inf\n", .status = 1,
     .error =
         "kldiv: the two are so far apart that their log densities overflow: there is no number\nkldiv: the "
         "two are so far apart that their log densities overflow: there is no number\n"},
    {"a model from a pipe", PACK "cat f.npz | kldiv --models --method lower - g.npz", MODELS,
     .numbers = "0.050256070", NINE_DECIMALS},
    {"a method of samples", "kldiv --models --method adaptive f.npz g.npz", .status = 2,
     .error = "kldiv: --method adaptive has no meaning with --models\n"},
    {"a bomb of zeros is refused before it fills the memory",
     "{ printf "
     "'PK\\003\\004\\024\\0\\010\\0\\010\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\013\\0\\0\\0weig"
     "hts.npy'; "
     "{ printf '\\223NUMPY\\001\\000v\\000%-117s\\n' \"{'descr': '<f8', 'fortran_order': False, 'shape': "
     "(12500000,), }\"; "
     "head -c 100000000 /dev/zero; } | gzip -1n | tail -c +11; } | kldiv --models - f.npz",
     .status = 1, .error = "kldiv: -: weights.npy: expands more than 200-fold, beyond 64 MiB: refused\n"},
    {"not a model", "kldiv --models p.csv q.csv", ROWS, .status = 1, .error_contains = "kldiv: p.csv: "},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
