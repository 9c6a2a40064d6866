/* csdiv as a user runs it. Numbers are the worked examples of its specification. */

#include "support/filter_case.h"

/* clang-format off */
#define ROWS FILES({"p.csv", ".5,.3,.2\n1,0,0\n.2,.3,.5\n"}, {"q.csv", ".2,.3,.5\n0,1,0\n.25,.25,.5\n"})
#define POINTS FILES({"a.csv", "0,0\n1,0\n0,2\n1,1\n"}, {"b.csv", ".5,.5\n2,1\n1,-1\n"})
#define JOINT                                                                                                \
    FILES({"p.csv", "0,0\n1,1.2\n2,1.8\n3,3.3\n4,3.9\n"}, {"q.csv", "0,.3\n1,.9\n2,2\n3,2.5\n4,4.4\n"},      \
          {"r.csv", ".5,1\n1.5,1\n2.5,3\n3.5,3\n"})
#define LATENT FILES({"t.csv", "0,0,0\n1,.36,-1\n2,.81,-2\n3,2.7225,-3\n4,3.8025,-4\n"})
#define MODELS                                                                                               \
    FILES({"m0", "0\n"}, {"m1", "1\n"}, {"v1", "1\n"}, {"v4", "4\n"}, {"w1", "1\n"}, {"w2", ".3\n.7\n"},     \
          {"m2", "0\n3\n"}, {"v2", "1\n.5\n"}, {"m3", "2\n"}, {"v3", "2\n"})
#define PACK(name_, w_, m_, v_, shape_, means_shape_)                                                        \
    "matcat --no-header --pack kind:=gmm covariance_type:=full weights=" w_ " means=" m_ " covariances=" v_  \
    " --shape covariances=" shape_ ",means=" means_shape_ " -o " name_ " && "
/* clang-format on */

#define TWELVE_DIGITS .tolerance = 6e-12

static const struct filter_case cases[] = {
    {"rows against rows", "csdiv p.csv q.csv", ROWS, .numbers = "0.54058065948 inf 0.01324522675",
     TWELVE_DIGITS},
    {"the column has a name", "csdiv p.csv q.csv | head -1", ROWS, .output = "csdiv\n"},
    {"the mean is one bare number", "csdiv --mean p.csv q.csv",
     FILES({"p.csv", ".5,.3,.2\n.5,.5,0\n"}, {"q.csv", ".2,.3,.5\n.5,.5,0\n"}), .numbers = "0.27029032974",
     TWELVE_DIGITS},
    {"in bits", "csdiv --base 2 p.csv q.csv | head -2", ROWS, .numbers = "0.77989303663", .tolerance = 2e-11},
    {"equal rows are at 0", "csdiv -N p.csv p.csv", FILES({"p.csv", "0,1\n.5,.5\n"}), .output = "0\n0\n"},
    {"a one-row Q is compared with every row", "csdiv -N p.csv q.csv",
     FILES({"p.csv", "1,0\n.5,.5\n"}, {"q.csv", ".5,.5\n"}), .numbers = "0.6931471805599453 0",
     .tolerance = 1e-15},
    {"logits", "csdiv -N --logits p.csv q.csv", FILES({"p.csv", "800,0\n"}, {"q.csv", "0,800\n"}),
     .numbers = "1598.6137056388801", .relative_tolerance = 1e-14},
    {"counts are rescaled where asked", "csdiv -N --normalize p.csv q.csv",
     FILES({"p.csv", "5,3,2\n"}, {"q.csv", "2,3,5\n"}), .numbers = "0.54058065948", TWELVE_DIGITS},

    {"samples", "csdiv --samples --bandwidth 1 a.csv b.csv", POINTS, .numbers = "0.411684509237",
     TWELVE_DIGITS},
    {"the median distance is the default width", "csdiv --samples a.csv b.csv", POINTS,
     .numbers = "0.242039838234", TWELVE_DIGITS},
    {"samples from standard input", "csdiv --samples --bandwidth 1 b.csv <a.csv", POINTS,
     .numbers = "0.411684509237", TWELVE_DIGITS},
    {"the maximum mean discrepancy", "csdiv --samples --mmd --bandwidth 1 a.csv b.csv", POINTS,
     .numbers = "0.186694873976", TWELVE_DIGITS},
    {"the gradient by P's rows", "csdiv --samples --gradient --bandwidth 1 a.csv b.csv", POINTS,
     .numbers = "-0.14391814 0.11078856 -0.15646093 0.12317893 -0.02080529 0.02547396 -0.26562503 0.12505118",
     .tolerance = 6e-9},
    {"the gradient in bits", "csdiv --samples --gradient --base 2 --bandwidth 1 -N a.csv b.csv | head -1",
     POINTS, .numbers = "-0.2076300 0.1598341", .tolerance = 6e-8},
    {"gradients are named g1, g2, ...", "csdiv --samples --gradient a.csv b.csv | head -1", POINTS,
     .output = "g1,g2\n"},
    {"a permutation test", "csdiv --samples --bandwidth 1 --permutations 99 a.csv b.csv | head -1", POINTS,
     .output = "statistic,p_value,permutations\n"},
    {"its statistic is the number, its p has a denominator of 1 + N",
     "csdiv --samples --bandwidth 1 --permutations 99 -N a.csv b.csv | awk -F, '{ print $1; print ($2 * 100) "
     "% 1; print "
     "$3 }'",
     POINTS, .numbers = "0.411685 0 99", .tolerance = 5e-7},
    {"equal seeds give equal tests, on any number of threads",
     "csdiv --samples --permutations 70 -s 3 -t 1 a.csv b.csv >one; csdiv --samples --permutations 70 -s 3 "
     "-t 4 a.csv "
     "b.csv | cmp - one",
     POINTS},
    {"far samples are finite", "csdiv --samples --bandwidth 1 a.csv b.csv",
     FILES({"a.csv", "0\n0.5\n"}, {"b.csv", "100\n100.5\n"}), .numbers = "9903.0", .tolerance = 1},

    {"conditional, paired", "csdiv --conditional 1 --paired --bandwidth 1 p.csv q.csv", JOINT,
     .numbers = "0.121163869632", TWELVE_DIGITS},
    {"its gradient by Q's y", "csdiv --conditional 1 --paired --gradient --bandwidth 1 p.csv q.csv", JOINT,
     .numbers = "0.0457759475 -0.0679080061 0.0105119262 -0.1127952801 0.2518142478", .tolerance = 6e-11},
    {"conditional, two samples", "csdiv --conditional 1 --bandwidth 1 p.csv q.csv", JOINT,
     .numbers = "0.132551027678", TWELVE_DIGITS},
    {"of different sizes", "csdiv --conditional 1 --bandwidth-x 1 --bandwidth-y 1 p.csv r.csv", JOINT,
     .numbers = "0.272380062473", TWELVE_DIGITS},
    {"medians of each block, over both samples",
     "csdiv --conditional 1 p.csv q.csv >a; csdiv --conditional 1 --bandwidth-x 1 --bandwidth-y 1.6 p.csv "
     "q.csv >b; "
     "csdiv --conditional 1 --bandwidth-x 1 --report r p.csv q.csv >/dev/null; grep -c -e '\"bandwidth_x\": "
     "1,' -e "
     "'\"bandwidth_y\"' r",
     JOINT, .output = "2\n"},
    {"the report says which number it is",
     "csdiv --samples --report r a.csv b.csv >out; csdiv --samples --mmd --report s a.csv b.csv >out; csdiv "
     "--mutual-information 1 --permutations 9 --report t a.csv >out; cat r s t | grep -o -e '\"csdiv\": ' -e "
     "'\"mmd\": ' -e '\"mutual_information\": '",
     POINTS, .output = "\"csdiv\": \n\"mmd\": \n\"mutual_information\": \n"},
    {"the mutual information", "csdiv --mutual-information 1 --bandwidth 1 t.csv", LATENT,
     .numbers = "0.63948526285", TWELVE_DIGITS},
    {"normalized", "csdiv --mutual-information 1 --normalized --bandwidth 1 <t.csv", LATENT,
     .numbers = "0.991426109526", TWELVE_DIGITS},
    {"a gradient for each row and column of t",
     "csdiv --mutual-information 1 --gradient t.csv | awk -F, 'END { print NR, "
     "NF }'",
     LATENT, .output = "6 2\n"},
    {"its permutation test",
     "csdiv --mutual-information 1 --bandwidth 1 --permutations 49 -N t.csv | cut -d, -f1,3", LATENT,
     .numbers = "0.63948526285 49", TWELVE_DIGITS},

    {"models: normal against normal",
     PACK("f.npz", "w1", "m0", "v1", "1x1x1", "1x1")
         PACK("g.npz", "w1", "m1", "v4", "1x1x1", "1x1") "csdiv --models f.npz g.npz",
     MODELS, .numbers = "0.423143551314", TWELVE_DIGITS},
    {"models: a mixture against a normal",
     PACK("f.npz", "w2", "m2", "v2", "2x1x1", "2x1")
         PACK("g.npz", "w1", "m3", "v3", "1x1x1", "1x1") "csdiv --models f.npz g.npz",
     MODELS, .numbers = "0.336813400369", TWELVE_DIGITS},
    {"samples are the models of their kernel estimates of width S / sqrt 2",
     "for s in a b; do kde --fit -w 0.7071067811865476,0.7071067811865476 -o $s.npz $s.csv; done; "
     "csdiv --models a.npz b.npz",
     POINTS, .numbers = "0.411684509237", TWELVE_DIGITS},

    {"points beyond the squares of doubles have no pull, others theirs",
     "csdiv --samples --gradient --bandwidth 1 far.csv b.csv | tail -n +4 >a; csdiv --samples --gradient "
     "--bandwidth 1 near.csv b.csv | tail -n +4 | cmp - a",
     FILES({"far.csv", "1e308\n-1e308\n0\n1\n"}, {"near.csv", "1e9\n-1e9\n0\n1\n"}, {"b.csv", ".5\n2\n"})},
    {"samples that are equal are no more so than when relabelled",
     "csdiv -N --samples --mmd --bandwidth 1 --permutations 99 p.csv q.csv | cut -d, -f 2",
     FILES({"p.csv", "1.1\n1.1\n1.1\n"}, {"q.csv", "1.1\n1.1\n1.1\n1.1\n1.1\n"}), .output = "1\n"},
    {"logarithms, scores and counts are the rows that they stand for",
     "for f in p q; do awk -F, '{ printf \"%.17g,%.17g\\n\", log($1), log($2) }' "
     "$f.csv >$f.l; awk -F, '{ printf \"%.17g,%.17g\\n\", 9 + 2 * log($1), 9 + 2 * log($2) }' $f.csv >$f.s; "
     "awk -F, '{ print 8 * $1 \",\" 8 * $2 }' $f.csv >$f.n; done; csdiv -N p.csv q.csv; csdiv -N --log-probs "
     "p.l q.l; csdiv -N --logits --temperature 2 p.s q.s; csdiv -N --normalize p.n q.n",
     FILES({"p.csv", ".5,.5\n"}, {"q.csv", ".25,.75\n"}), /* log(5 / 4) */
     .numbers = "0.22314355131420976 0.22314355131420976 0.22314355131420976 0.22314355131420976",
     .tolerance = 1e-15},

    /* refusals */
    {"widths that differ", "csdiv --samples a.csv p.csv",
     FILES({"a.csv", "1,2\n3,4\n"}, {"p.csv", "1,2,3\n4,5,6\n"}), .status = 1,
     .error = "csdiv: a.csv has 2 columns, p.csv 3\n"},
    {"one row", "csdiv --samples a.csv p.csv", FILES({"a.csv", "1,2\n3,4\n"}, {"p.csv", "1,2\n"}),
     .status = 1, .error = "csdiv: p.csv has one row, two are needed\n"},
    {"an infinite point", "csdiv --samples a.csv a.csv", FILES({"a.csv", "1\ninf\n"}), .status = 1,
     .error = "csdiv: a.csv: row 2: column 1 is not finite\n"},
    {"equal rows have no median", "csdiv --samples a.csv a.csv", FILES({"a.csv", "1\n1\n"}), .status = 1,
     .error = "csdiv: --bandwidth: all rows are equal: there is no median bandwidth\n"},
    {"no column is left", "csdiv --conditional 2 p.csv q.csv", JOINT, .status = 1,
     .error = "csdiv: --conditional 2 leaves no column of 2\n"},
    {"no column is x", "csdiv --conditional 0 p.csv q.csv", .status = 2,
     .error_contains = "csdiv: --conditional: expected a whole number"},
    {"paired rows of other x", "csdiv --conditional 1 --paired p.csv q.csv",
     FILES({"p.csv", "0,1\n1,2\n"}, {"q.csv", "0,1\n2,2\n"}), .status = 1,
     .error = "csdiv: --paired, but row 2 of p.csv and q.csv differ in x\n"},
    {"paired rows of other counts", "csdiv --conditional 1 --paired p.csv r.csv", JOINT, .status = 1,
     .error = "csdiv: --paired, but p.csv has 5 rows, r.csv 4\n"},
    {"a constant t has no normalized information",
     "csdiv --mutual-information 1 --normalized --bandwidth 1 t.csv", FILES({"t.csv", "0,1\n1,1\n2,1\n"}),
     .status = 1, .error = "csdiv: --normalized, but x or t is constant, or nearly so beside its width\n"},
    {"but an information of 0", "csdiv --mutual-information 1 --bandwidth 1 t.csv",
     FILES({"t.csv", "0,1\n1,1\n2,1\n"}), .numbers = "0", .tolerance = 1e-15},
    {"a width of 0", "csdiv --samples --bandwidth 0 a.csv b.csv", POINTS, .status = 2,
     .error = "csdiv: --bandwidth: expected a number above 0 or 'median', got '0'\n"},
    {"a width whose square overflows", "csdiv --samples --bandwidth 1e200 a.csv b.csv", POINTS, .status = 2,
     .error = "csdiv: --bandwidth: expected a number from 1e-150 to 1e+150, got '1e200'\n"},
    {"medians whose squares leave the doubles",
     "csdiv --mutual-information 1 a.csv; csdiv --samples b.csv b.csv",
     FILES({"a.csv", "1e-160,1\n2e-160,2\n4e-160,3\n"}, {"b.csv", "1e-200\n2e-200\n4e-200\n"}), .status = 1,
     .error = "csdiv: --bandwidth: the median distance is 2e-160, not from 1e-150 to 1e+150: scale the "
              "columns\ncsdiv: --bandwidth: the squares of distances underflow: scale the columns\n"},
    {"conditionals and gradients of samples whose distances overflow",
     "csdiv --conditional 1 --bandwidth 1 p.csv q.csv; csdiv --samples --gradient --bandwidth 1 p.csv r.csv; "
     "csdiv --conditional 1 --paired --gradient --bandwidth 1 q.csv s.csv",
     FILES({"p.csv", "0,1\n1,2\n"}, {"q.csv", "1e200,1\n1,2\n1,3\n"}, {"r.csv", "1e200,1\n2e200,1\n"},
           {"s.csv", "1e200,1e200\n1,2e200\n1,3e200\n"}),
     .status = 1,
     .error =
         "csdiv: row 1 of Q: the x of the other sample are too many widths away\ncsdiv: the samples are so "
         "many widths apart that there is no gradient\ncsdiv: the y of both are so many widths apart that "
         "there is no gradient\n"},
    {"a width that is none", "csdiv --conditional 1 --bandwidth-y mean p.csv q.csv", JOINT, .status = 2,
     .error = "csdiv: --bandwidth-y: expected a number above 0 or 'median', got 'mean'\n"},
    {"models of another kind", "matcat --pack kind:=scale x=a.csv -o m.npz; csdiv --models m.npz m.npz",
     POINTS, .status = 1, .error_contains = "csdiv: m.npz"},
    {"two forms", "csdiv --samples --models a b", .status = 2,
     .error = "csdiv: --samples, --conditional, --mutual-information and --models exclude one another\n"},
    {"options of other forms", "csdiv --bandwidth 1 p.csv q.csv", .status = 2,
     .error = "csdiv: --bandwidth has no meaning for rows of distributions\n"},
    {"no gradient of two samples' conditionals", "csdiv --conditional 1 --gradient p.csv q.csv", .status = 2,
     .error = "csdiv: --gradient of --conditional needs --paired\n"},
    {"no gradient of a discrepancy", "csdiv --samples --mmd --gradient a b", .status = 2,
     .error = "csdiv: --gradient has no meaning with --mmd\n"},
    {"a discrepancy has no base", "csdiv --samples --mmd --base 2 a b", .status = 2,
     .error = "csdiv: --base has no meaning with --mmd\n"},
    {"two matrices for the information", "csdiv --mutual-information 1 a b", .status = 2,
     .error = "csdiv: --mutual-information takes one matrix\n"},
    {"no operand", "csdiv </dev/null", .status = 2,
     .error = "csdiv: an operand is missing (--help shows the usage)\n"},
    {"a row that does not sum to 1", "csdiv p.csv p.csv", FILES({"p.csv", ".5,.4\n"}), .status = 1,
     .error = "csdiv: p.csv:1: row sums to 0.9, not 1 (--normalize rescales)\n"},

    /* COMPARED WITH: numbers that scikit-learn 1.2.1 and scipy 1.10.1 printed */
    {"means of sklearn's rbf_kernel(gamma=1/8) are those of width 2",
     "csdiv --samples --bandwidth 2 a.csv b.csv; csdiv --samples --mmd --bandwidth 2 a.csv b.csv", POINTS,
     .numbers = "0.14726434080862988 0.1128231679273679", .tolerance = 1e-14},
    {"scipy.spatial.distance.cosine c: -2 log(1 - c)", "csdiv -N p.csv q.csv | head -1", ROWS,
     .numbers = "0.5405806594798234", .tolerance = 1e-14},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
