/* fdiv as a user runs it. Numbers come from the closed forms and the checks of its manual. */

#include "support/filter_case.h"

/* clang-format off */
#define ROWS FILES({"p.csv", ".5,.3,.2\n"}, {"q.csv", ".2,.3,.5\n"})
#define EXAMPLE                                                                                              \
    FILES({"p.csv", "a,b,c\n.1,.2,.7\n.5,.5,0\n1,0,0\n"}, {"q.csv", "a,b,c\n.3,.3,.4\n.25,.25,.5\n0,.5,.5\n"})
/* clang-format on */

/* Twelve digits are given. */
#define TWELVE_DIGITS .tolerance = 6e-13

static const struct filter_case cases[] = {
    {"every divergence, a column each", "fdiv -f all p.csv q.csv", ROWS,
     .numbers = "0.274887219562 0.274887219562 0.142058590798 0.0664143143823 0.549774439124 0.0675444679663 "
                "0.63 0.63 0.128571428571 0.3",
     TWELVE_DIGITS},
    {"columns have the names, underscores for dashes", "fdiv -f all p.csv q.csv | head -1", ROWS,
     .output = "kl,rkl,softened_rkl,js,jeffreys,hellinger,chi2,neyman,le_cam,tv\n"},
    {"alpha, several times", "fdiv -f alpha:alpha=.5 --divergence alpha:alpha=3 p.csv q.csv", ROWS,
     .numbers = "0.270177871865 0.4095", TWELVE_DIGITS},
    {"a name that comes again is numbered",
     "fdiv -f alpha:alpha=.5 -f kl -f alpha:alpha=3 p.csv q.csv | head -1", ROWS,
     .output = "alpha,kl,alpha_2\n"},
    {"the default is js", "fdiv p.csv q.csv", ROWS, .numbers = "0.0664143143823", TWELVE_DIGITS},
    {"the mean is one bare number", "fdiv -f tv --mean p.csv q.csv", EXAMPLE, .numbers = "0.6",
     .tolerance = 1e-15},
    {"means of several are a table of one row", "fdiv -f tv -f le-cam -m p.csv q.csv", EXAMPLE,
     .numbers = "0.6 0.4780808080808081", .tolerance = 1e-15},
    {"disjoint and absent mass",
     "fdiv -N -f kl -f rkl -f js -f hellinger -f chi2 -f neyman -f le-cam -f tv -f "
     "softened-rkl -f alpha:alpha=.5 -f alpha:alpha=-1 p.csv q.csv",
     FILES({"p.csv", "1,0\n"}, {"q.csv", "0,1\n"}),
     .numbers = "inf inf 0.6931471805599453 1 inf inf 1 1 inf 4 inf", .tolerance = 1e-15},
    {"equal rows are at 0", "fdiv -N -f all p.csv p.csv", FILES({"p.csv", ".1,.2,.7\n"}),
     .output = "0,0,0,0,0,0,0,0,0,0\n"},
    {"a one-row Q is compared with every row", "fdiv -N -f tv p.csv q.csv",
     FILES({"p.csv", "1,0\n0,1\n.5,.5\n"}, {"q.csv", ".5,.5\n"}), .output = "0.5\n0.5\n0\n"},
    {"a one-row P is compared with every row", "fdiv -N -f chi2 p.csv q.csv",
     FILES({"q.csv", ".5,.5\n.25,.75\n"}, {"p.csv", ".5,.5\n"}), .output = "0\n0.3333333333333333\n"},
    {"more rows than fit a piece, in their order",
     "awk 'BEGIN { for (i = 0; i < 3000; i++) print i / 3000 \",\" 1 - i / 3000 }' >p.csv; "
     "fdiv -N -f tv -f kl p.csv q.csv | awk -F, '{ d = $1 - (NR - 1) / 3000; if (d * d > 1e-10) print NR }'",
     FILES({"q.csv", "0,1\n"})},
    {"P may come from standard input", "fdiv -f kl q.csv <p.csv", ROWS, .numbers = "0.274887219562",
     TWELVE_DIGITS},
    {"kl is kldiv's, to the byte", "fdiv -N -f kl p.csv q.csv >a; kldiv -N p.csv q.csv | cmp - a", EXAMPLE},
    {"js is jsdiv's, to the byte", "fdiv -N p.csv q.csv >a; jsdiv -N p.csv q.csv | cmp - a", EXAMPLE},
    {"counts are rescaled where asked", "fdiv --normalize -f tv p.csv q.csv",
     FILES({"p.csv", "5,3,2\n"}, {"q.csv", "2,3,5\n"}), .numbers = "0.3", .tolerance = 1e-15},
    {"logits", "fdiv --logits -f all p.csv q.csv",
     FILES({"p.csv", "0,-0.5108256237659907,-0.916290731874155\n"}, /* log 1, log .6, log .4 */
           {"q.csv", "-0.916290731874155,-0.5108256237659907,0\n"}),
     .numbers = "0.274887219562 0.274887219562 0.142058590798 0.0664143143823 0.549774439124 0.0675444679663 "
                "0.63 0.63 0.128571428571 0.3",
     TWELVE_DIGITS},
    {"temperature divides logits", "fdiv --logits --temperature 2 -f tv p.csv q.csv",
     FILES({"p.csv", "0,2.1972245773362196\n"}, {"q.csv", "0,0\n"}), .numbers = "0.25", .tolerance = 1e-15},
    {"logits of 800", "fdiv -N --logits -f kl -f js -f jeffreys -f tv p.csv q.csv",
     FILES({"p.csv", "800,0\n"}, {"q.csv", "0,800\n"}), .numbers = "800 0.6931471805599453 1600 1",
     .tolerance = 1e-12},
    {"logarithms of probabilities", "fdiv -N --log-probs -f hellinger p.csv q.csv",
     FILES({"p.csv", "0,-inf\n"}, {"q.csv", "-0.6931471805599453,-0.6931471805599453\n"}),
     .numbers = "0.2928932188134524", .tolerance = 1e-15},
    {"weights of js", "fdiv --weights p.csv q.csv", ROWS, .numbers = "0.357142857143 0.25 0.142857142857",
     TWELVE_DIGITS},
    {"weights of hellinger", "fdiv --weights -f hellinger p.csv q.csv", ROWS,
     .numbers = "0.395284707521 0.25 0.158113883008", TWELVE_DIGITS},
    {"weights of chi2", "fdiv --weights -f chi2 p.csv q.csv", ROWS, .numbers = "12.5 2 0.32", TWELVE_DIGITS},
    {"weights of jeffreys", "fdiv --weights -f jeffreys p.csv q.csv", ROWS, .numbers = "3.5 2 1.4",
     TWELVE_DIGITS},
    {"weights of alpha = 3", "fdiv --weights -f alpha:alpha=3 p.csv q.csv", ROWS, .numbers = "15.625 1 0.064",
     TWELVE_DIGITS},
    {"weights of softened-rkl", "fdiv --weights -f softened-rkl p.csv q.csv", ROWS,
     .numbers = "0.285714285714 0.5 0.714285714286", TWELVE_DIGITS},
    {"weights keep the columns' names", "fdiv --weights p.csv q.csv | head -1", EXAMPLE, .output = "a,b,c\n"},
    {"weights where a row has no mass", "fdiv -N --weights -f kl p.csv q.csv",
     FILES({"p.csv", "0,1,0\n"}, {"q.csv", ".5,0,.5\n"}), .output = "0,inf,0\n"},
    {"a ratio of nothing to nothing has no weight", "fdiv -N --weights p.csv q.csv",
     FILES({"p.csv", "0,1\n"}, {"q.csv", "0,1\n"}), .output = "nan,0.25\n"},
    {"weights of ratios", "fdiv -f chi2 --ratio r.csv", FILES({"r.csv", "r,s\n1,2\n0.5,3\n"}),
     .output = "r,s\n2,8\n0.5,18\n"},
    {"ratios may come from standard input", "fdiv --ratio -f kl", .input = "1,2\n", .output = "x1,x2\n1,2\n"},
    {"functions of ratios", "fdiv -N --ratio -f tv --function", .input = "1,3\n0.5,2\n",
     .output = "0,1\n0.25,0.5\n"},
    {"derivatives of ratios", "fdiv -N --ratio -f chi2 --derivative", .input = "1,3\n", .output = "0,4\n"},
    {"conjugates of slopes", "fdiv -N --ratio -f chi2 --conjugate", .input = "0,2,-3\n",
     .output = "0,3,-1\n"},
    {"binary in and out", "matcat -b p.csv >p.npy; fdiv -b -f tv p.npy q.csv | matcat", EXAMPLE,
     .numbers = "0.3 0.5 1", .tolerance = 1e-15},
    {"parts of P add up",
     "fdiv -N -f all p.csv q.csv >whole; for i in 1 2; do fdiv -N -f all --shard $i/2 p.csv q.csv; done | "
     "cmp - "
     "whole",
     FILES({"p.csv", ".5,.5\n1,0\n.25,.75\n"}, {"q.csv", ".5,.5\n"})},
    {"one thread and four give the same bytes",
     "awk 'BEGIN { srand(1); for (i = 0; i < 40000; i++) { a = rand(); print a \",\" 1 - a } }' >p.csv; "
     "fdiv -t 1 -f all -f alpha:alpha=.3 p.csv q.csv >one; fdiv -t 4 -f all -f alpha:alpha=.3 p.csv q.csv | "
     "cmp "
     "- one",
     FILES({"q.csv", ".3,.7\n"})},
    {"the report names the figures",
     "fdiv --mean -f tv -f js --report r.json p.csv q.csv >/dev/null; grep -c -e "
     "'\"tv\": 0.3' -e '\"js\": 0.06641' r.json",
     ROWS, .output = "2\n"},

    {"slopes at the ends of doubles, where r + 1 and r^2 are 1, inf or 0", /* log(2 r) / 2, mpmath */
     "for f in js neyman le-cam softened-rkl; do fdiv -N --ratio --derivative -f $f r.csv; done",
     FILES({"r.csv", "1e-300,1e-9,1e300,1.7e308\n"}),
     .numbers = "-345.04119035882689 -10.015059328693232 0.34657359027997264 0.34657359027997264 "
                "-inf -999999999999999999 1 1 -1.5 -1.499999996 0.5 0.5 "
                "-1e300 -999999979.96988134 -0.69314718055994529 -0.69314718055994529",
     .relative_tolerance = 1e-15},
    {"weights of scores 1000 apart, whose ratios are beyond doubles", /* mpmath */
     "fdiv -N --logits --weights -f hellinger p.csv q.csv; fdiv -N --logits --weights -f alpha:alpha=.2 "
     "q.csv p.csv",
     FILES({"p.csv", "0,0\n"}, {"q.csv", "-1000,0\n"}),
     .numbers = "2.481223938160952e216 0.17677669529663689 1.5896796637486e-87 1.1486983549970351",
     .relative_tolerance = 1e-12},
    {"f(1) is 0, without a sign", "fdiv -N --ratio --function -f rkl r.csv", FILES({"r.csv", "1\n"}),
     .output = "0\n"},

    /* refusals */
    {"a row that does not sum to 1", "fdiv p.csv q.csv", FILES({"p.csv", ".5,.4\n"}, {"q.csv", ".5,.5\n"}),
     .status = 1, .error = "fdiv: p.csv:1: row sums to 0.9, not 1 (--normalize rescales)\n"},
    {"a negative entry", "fdiv p.csv q.csv", FILES({"p.csv", "2,-1\n"}, {"q.csv", ".5,.5\n"}), .status = 1,
     .error = "fdiv: p.csv:1: field 2: expected a probability, got '-1'\n"},
    {"widths that differ", "fdiv p.csv q.csv", FILES({"p.csv", ".5,.5\n"}, {"q.csv", "1\n"}), .status = 1,
     .error = "fdiv: p.csv has 2 columns, q.csv 1\n"},
    {"row counts that differ", "fdiv p.csv q.csv", FILES({"p.csv", "1\n1\n1\n"}, {"q.csv", "1\n1\n"}),
     .status = 1, .error = "fdiv: p.csv has 3 rows, q.csv 2\n"},
    {"a header alone", "fdiv p.csv q.csv", FILES({"p.csv", "a\n"}, {"q.csv", "a\n"}), .status = 1,
     .error = "fdiv: p.csv: no rows\n"},
    {"no operand", "fdiv </dev/null", .status = 2,
     .error = "fdiv: an operand is missing (--help shows the usage)\n"},
    {"no weight for tv", "fdiv -f tv --weights p.csv q.csv", .status = 2,
     .error = "fdiv: no weight for tv\n"},
    {"no weight for tv of ratios either", "fdiv -f tv --ratio r.csv", .status = 2,
     .error = "fdiv: no weight for tv\n"},
    {"alpha 0", "fdiv -f alpha:alpha=0 p.csv q.csv", .status = 2,
     .error = "fdiv: --divergence: alpha may not be 0: that limit is rkl\n"},
    {"alpha 1", "fdiv -f alpha:alpha=1 p.csv q.csv", .status = 2,
     .error = "fdiv: --divergence: alpha may not be 1: that limit is kl\n"},
    {"an unknown divergence", "fdiv -f lecam p.csv q.csv", .status = 2,
     .error = "fdiv: --divergence: unknown divergence 'lecam'; did you mean 'le-cam'?\n"},
    {"weights of two divergences", "fdiv -f kl -f js --weights p.csv q.csv", .status = 2,
     .error = "fdiv: --weights takes one divergence, 2 are given\n"},
    {"weights have no mean", "fdiv --weights --mean p.csv q.csv", .status = 2,
     .error = "fdiv: --weights and --mean exclude each other\n"},
    {"two matrices of ratios", "fdiv --ratio r.csv s.csv", .status = 2,
     .error = "fdiv: --ratio takes one matrix\n"},
    {"ratios have no mean", "fdiv --ratio --mean r.csv", .status = 2,
     .error = "fdiv: --mean has no meaning with --ratio\n"},
    {"functions are of ratios", "fdiv --function p.csv q.csv", .status = 2,
     .error = "fdiv: --function has no meaning without --ratio\n"},
    {"a ratio of 0", "fdiv --ratio r.csv", FILES({"r.csv", "r,s\n1,0\n"}), .status = 1,
     .error = "fdiv: r.csv:2: column 2 (s): expected a positive ratio, got '0'\n"},
    {"an infinite slope", "fdiv --ratio --conjugate r.csv", FILES({"r.csv", "1,inf\n"}), .status = 1,
     .error = "fdiv: r.csv:1: column 2: expected a finite slope, got 'inf'\n"},
    {"no ratios", "fdiv --ratio r.csv", FILES({"r.csv", "r\n"}), .status = 1, .output_contains = "",
     .error = "fdiv: r.csv: no rows\n"},
    {"a full disk", "fdiv p.csv q.csv >/dev/full", ROWS, .status = 1,
     .error = "fdiv: standard output: No space left on device\n"},

    /* COMPARED WITH: numbers that scipy 1.10.1 printed, on counts of 100 */
    {"scipy.stats.power_divergence(o, e, 'pearson') is 100 x chi2", "fdiv -f chi2 p.csv q.csv", ROWS,
     .numbers = "0.63", .relative_tolerance = 1e-14},
    {"'neyman' is 100 x neyman", "fdiv -f neyman p.csv q.csv", ROWS, .numbers = "0.62999999999999986",
     .relative_tolerance = 1e-14},
    {"'log-likelihood' is 200 x kl", "fdiv -N -f kl p.csv q.csv | awk '{ printf \"%.15g\\n\", 200 * $1 }'",
     ROWS, .numbers = "54.97744391244932", .relative_tolerance = 1e-14},
    {"'mod-log-likelihood' is 200 x rkl",
     "fdiv -N -f rkl p.csv q.csv | awk '{ printf \"%.15g\\n\", 200 * $1 }'", ROWS,
     .numbers = "54.97744391244932", .relative_tolerance = 1e-14},
    {"'freeman-tukey' is 800 x hellinger",
     "fdiv -N -f hellinger p.csv q.csv | awk '{ printf \"%.15g\\n\", 800 * $1 }'", ROWS,
     .numbers = "54.03557437305933", .relative_tolerance = 1e-14},
    {"'cressie-read' is 200 x alpha = 5/3",
     "fdiv -N -f alpha:alpha=1.6666666666666667 p.csv q.csv | awk '{ printf \"%.15g\\n\", 200 * $1 }'", ROWS,
     .numbers = "59.32522427830072", .relative_tolerance = 1e-13},
    {"scipy.spatial.distance.cityblock is 2 x tv", "fdiv -N -f tv p.csv q.csv | awk '{ print 2 * $1 }'", ROWS,
     .numbers = "0.6", .relative_tolerance = 1e-14},
    {"scipy.spatial.distance.jensenshannon is the root of js",
     "fdiv -N p.csv q.csv | awk '{ printf \"%.15g\\n\", sqrt($1) }'", ROWS, .numbers = "0.257709748326061",
     .relative_tolerance = 1e-13},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
