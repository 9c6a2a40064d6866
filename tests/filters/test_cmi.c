/* cmi as a user runs it. Numbers are those of a reference in numpy from the definitions, to the twelve digits
 * that it printed. */

#include "support/filter_case.h"

/* clang-format off */
#define P_ROWS ".7,.2,.1\n.5,.4,.1\n.1,.8,.1\n.3,.6,.1\n.2,.2,.6\n.05,.05,.9\n.25,.25,.5\n"
#define OUTPUTS FILES({"p.csv", P_ROWS}, {"y.csv", "0\n0\n1\n1\n2\n2\n2\n"})
#define SYMBOLS "0,0,0\n0,0,0\n0,1,0\n1,1,0\n1,1,0\n1,0,0\n0,1,1\n0,1,1\n1,0,1\n1,1,1\n1,0,1\n2,0,1\n"
#define TWELVE_DIGITS .relative_tolerance = 6e-12
/* x = sin i, y = sin i + sin(i^2) / 2, z = cos 3i, i = 1 .. 200 */
#define WAVES "awk 'BEGIN { for (i = 1; i <= 200; i++) printf \"%.17g,%.17g,%.17g\\n\", sin(i), " \
    "sin(i) + sin(i * i) / 2, cos(3 * i) }' >xyz.csv; "
#define DIFFER(limit) " | awk '{ d = $1 - $2; if (d > " limit " || d < -" limit ") print }'"
/* clang-format on */

static const struct filter_case cases[] = {
    /* outputs of a classifier */
    {"the information of outputs", "cmi p.csv y.csv", OUTPUTS, .numbers = "0.0479549584778", TWELVE_DIGITS},
    {"in bits", "cmi --base 2 p.csv y.csv", OUTPUTS, .numbers = "0.069184380782", TWELVE_DIGITS},
    {"normalized", "cmi --normalized p.csv y.csv", OUTPUTS, .numbers = "0.0428262967366", TWELVE_DIGITS},
    {"normalized has no unit", "cmi --normalized --base 2 p.csv y.csv", OUTPUTS, .numbers = "0.0428262967366",
     TWELVE_DIGITS},
    {"a divergence for each row", "cmi --rows p.csv y.csv", OUTPUTS,
     .numbers = "0.0268124542574 0.0239120505837 0.0375103960436 0.0291491245361 0.00971231332289 "
                "0.149696852773 0.0588915178282",
     TWELVE_DIGITS},
    {"rows from a pipe, labels beside them, are read once",
     "paste -d, p.csv y.csv | cmi --rows -N - | tail -1", OUTPUTS, .numbers = "0.0588915178282",
     TWELVE_DIGITS},
    {"a row for each class", "cmi --per-class -N p.csv y.csv | cut -d, -f 1-3", OUTPUTS,
     .numbers = "0 2 0.0253622524206 1 2 0.0333297602899 2 3 0.0727668946413", TWELVE_DIGITS},
    {"the separation is the mean of the classes' over rows",
     "cmi --per-class -N p.csv y.csv | awk -F, '{ s += $2 * $4 / 7 } END { printf \"%.15g\\n\", s }'",
     OUTPUTS, .numbers = "1.11975496674", TWELVE_DIGITS},
    {"centroids", "cmi --centroids p.csv y.csv", OUTPUTS,
     .numbers = ".6 .3 .1 .2 .7 .1 .166666666666667 .166666666666667 .666666666666667", .tolerance = 1e-15},
    {"the data's own centroids, given, change nothing",
     "cmi --centroids p.csv y.csv >q.csv; cmi --centroids-from q.csv p.csv y.csv; cmi --rows p.csv y.csv >a; "
     "cmi --rows --centroids-from q.csv p.csv y.csv | cmp - a",
     OUTPUTS, .numbers = "0.0479549584778", TWELVE_DIGITS},
    {"other centroids give more", "cmi --centroids-from q.csv p.csv y.csv | awk '{ print ($1 > 0.0479550) }'",
     FILES({"p.csv", P_ROWS}, {"y.csv", "0\n0\n1\n1\n2\n2\n2\n"},
           {"q.csv", ".61,.29,.1\n.2,.7,.1\n.2,.2,.6\n"}),
     .output = "1\n"},
    {"centroids of 0 where an output is not are infinitely far, for all and for each row",
     "cmi --centroids-from q.csv p.csv y.csv; cmi -N --rows --centroids-from q.csv p.csv y.csv; cmi -N "
     "--per-class --centroids-from q.csv p.csv y.csv | cut -d, -f 3",
     FILES({"p.csv", ".5,.5\n1,0\n.25,.75\n"}, {"y.csv", "0\n0\n1\n"}, {"q.csv", "1,0\n.25,.75\n"}),
     .output = "inf\ninf\n0\n0\ninf\n0\n"},
    {"labels as the last column", "paste -d, p.csv y.csv | cmi", OUTPUTS, .numbers = "0.0479549584778",
     TWELVE_DIGITS},
    {"logarithms",
     "awk -F, '{ printf \"%.17g,%.17g,%.17g\\n\", log($1), log($2), log($3) }' p.csv | "
     "cmi --log-probs - y.csv",
     OUTPUTS, .numbers = "0.0479549584778", TWELVE_DIGITS},
    {"logits of any offset",
     "awk -F, '{ printf \"%.17g,%.17g,%.17g\\n\", 9 + log($1), 9 + log($2), 9 + "
     "log($3) }' p.csv | cmi --normalized --logits - y.csv",
     OUTPUTS, .numbers = "0.0428262967366", TWELVE_DIGITS},
    {"equal outputs in a class tell nothing", "cmi p.csv y.csv",
     FILES({"p.csv", ".1,.9\n.1,.9\n.1,.9\n.7,.3\n"}, {"y.csv", "0\n0\n0\n1\n"}), .output = "0\n"},
    {"one class: the joint Jensen-Shannon divergence",
     "yes 0 | head -7 >z.csv; cmi p.csv z.csv >a; jsdiv --joint p.csv | paste a -" DIFFER("1e-15"), OUTPUTS},
    {"zero outputs: classes that exclude each other are infinitely separated",
     "cmi --normalized p.csv y.csv; cmi --per-class p.csv y.csv",
     FILES({"p.csv", "1,0\n.5,.5\n.1,.9\n"}, {"y.csv", "0\n0\n1\n"}),
     .output_contains = "0\nclass,count,cmi,gamma\n"},
    {"columns of P in another order change nothing", "cmi --columns 3,1,2 p.csv y.csv", OUTPUTS,
     .numbers = "0.0479549584778", TWELVE_DIGITS},
    {"nor do rows", "paste -d, p.csv y.csv | sort -r | cmi", OUTPUTS, .numbers = "0.0479549584778",
     TWELVE_DIGITS},
    {"finer labels tell less", "cmi p.csv y.csv",
     FILES({"p.csv", P_ROWS}, {"y.csv", "0\n1\n2\n3\n4\n5\n6\n"}), .output = "0\n"},
    {"labels beyond the columns of P", "cmi --per-class -N p.csv y.csv | cut -d, -f 1,2 | tail -1",
     FILES({"p.csv", ".5,.5\n.1,.9\n"}, {"y.csv", "0\n4\n"}), .output = "4,1\n"},

    /* parts */
    {"merged parts are the whole",
     "head -3 p.csv >p1; tail -4 p.csv >p2; head -3 y.csv >y1; tail -4 y.csv >y2; "
     "cmi --partial p1 y1 -o 1.npz; cmi --partial p2 y2 -o 2.npz; klmerge 2.npz 1.npz; "
     "klmerge --finish normalized 1.npz 2.npz; cmi --per-class p.csv y.csv >a; cmi --centroids p.csv y.csv "
     ">b; "
     "klmerge --finish per-class 1.npz 2.npz | cmp - a; klmerge --finish centroids 1.npz 2.npz | cmp - b",
     OUTPUTS, .numbers = "0.0479549584778 0.0428262967366", TWELVE_DIGITS},
    {"a part keeps what was asked, and the unit",
     "cmi --partial --base 2 p.csv y.csv -o 1.npz; klmerge 1.npz; cmi --partial --normalized p.csv y.csv | "
     "klmerge -",
     OUTPUTS, .numbers = "0.069184380782 0.0428262967366", TWELVE_DIGITS},
    {"parts in other units do not merge",
     "cmi --partial p.csv y.csv -o 1.npz; cmi --partial --base 2 p.csv y.csv -o 2.npz; klmerge 1.npz 2.npz",
     OUTPUTS, .status = 1, .error_contains = "units"},

    /* samples */
    {"mutual information by neighbours", WAVES "cmi --samples --columns 1,2 xyz.csv",
     .numbers = "0.943003421932", TWELVE_DIGITS},
    {"conditional on z", WAVES "cmi --samples xyz.csv; cmi --samples --x 1 --y 1 -k 3 xyz.csv",
     .numbers = "0.789446909058 0.818375277308", TWELVE_DIGITS},
    {"x and y may change places", WAVES "cmi --samples --columns 2,1,3 xyz.csv", .numbers = "0.789446909058",
     TWELVE_DIGITS},
    {"two columns of x", WAVES "cmi --samples --x 2 --columns 1,2,3 xyz.csv >a; "
                               "cmi --samples --y 2 --columns 3,1,2 xyz.csv | paste a -" DIFFER("1e-13")},
    {"any number of threads gives the same bytes",
     WAVES "cmi --samples -t 1 --permutations 19 xyz.csv >a; cmi --samples -t 3 --permutations 19 xyz.csv | "
           "cmp - a"},
    {"dependence is found beyond chance",
     WAVES "cmi --samples --permutations 99 xyz.csv | tail -1 | cut -d, "
           "-f 2-",
     .output = "0.01,99\n"},
    {"independence is not",
     "awk 'BEGIN { for (i = 1; i <= 200; i++) print sin(i * i) \",\" sin(1.5 * i * i * i) }' | "
     "cmi --samples --permutations 99 | awk -F, 'NR > 1 { print ($2 > 0.03) }'",
     .output = "1\n"},
    {"another seed shuffles otherwise",
     WAVES
     "for s in 1 2; do cmi --samples --columns 1,3 --permutations 49 -s $s xyz.csv; done | uniq | wc -l",
     .output = "4\n"},
    {"plug-in of symbols", "cmi --discrete", .input = SYMBOLS, .numbers = "0.215761554339", TWELVE_DIGITS},
    {"Miller and Madow's correction", "cmi --discrete --bias-correct", .input = SYMBOLS,
     .numbers = "0.174094887672", TWELVE_DIGITS},
    {"names of symbols do not matter",
     "awk -F, '{ print 7 - 3 * $1 \",\" (0 - $2) \",\" 1000000 * $3 }' | cmi --discrete", .input = SYMBOLS,
     .numbers = "0.215761554339", TWELVE_DIGITS},
    {"symbols without z: equal ones give their entropy", "cmi --discrete --base 2",
     .input = "0,5\n1,6\n2,7\n3,8\n", .numbers = "2", .tolerance = 1e-15},
    {"shuffles of symbols within z",
     "cmi --discrete --permutations 200 | awk -F, 'NR > 1 { print ($2 > .2), "
     "$3 }'",
     .input = SYMBOLS, .output = "1 200\n"},
    /* With x determined by z no shuffle within z changes anything. */
    {"what z tells of x is left alone", "cmi --discrete --permutations 20 | tail -1 | cut -d, -f 2",
     .input = "0,0,0\n0,1,0\n1,0,1\n1,1,1\n", .output = "1\n"},

    /* what is refused */
    {"a row that sums to 0.97", "cmi p.csv y.csv",
     FILES({"p.csv", ".5,.5\n.5,.5\n.5,.47\n"}, {"y.csv", "0\n0\n0\n"}), .status = 1,
     .error = "cmi: p.csv:3: row sums to 0.97, not 1 (--normalize rescales)\n"},
    {"a negative label", "cmi p.csv y.csv", FILES({"p.csv", ".5,.5\n.5,.5\n"}, {"y.csv", "0\n-1\n"}),
     .status = 1,
     .error = "cmi: y.csv:2: field 1: expected a label, a whole number from 0 to 999999, got '-1'\n"},
    {"half a label", "cmi -", .input = ".5,.5,.5\n", .status = 1,
     .error = "cmi: -:1: field 3: expected a label, a whole number from 0 to 999999, got '0.5'\n"},
    {"more rows than labels", "cmi p.csv y.csv", FILES({"p.csv", ".5,.5\n.5,.5\n"}, {"y.csv", "0\n"}),
     .status = 1, .error = "cmi: p.csv has 2 rows, y.csv 1\n"},
    {"more labels than rows", "cmi p.csv y.csv", FILES({"p.csv", ".5,.5\n"}, {"y.csv", "0\n1\n1\n"}),
     .status = 1, .error = "cmi: p.csv has 1 row, y.csv 3\n"},
    {"headers alone", "cmi p.csv y.csv; cmi --rows --centroids-from q.csv <p.csv",
     FILES({"p.csv", "a,b\n"}, {"y.csv", "y\n"}, {"q.csv", "1\n"}), .status = 1, .output_contains = "",
     .error = "cmi: p.csv: no rows\ncmi: -: no rows\n"},
    {"a class without rows is noted", "cmi --centroids -N p.csv y.csv",
     FILES({"p.csv", ".5,.5\n"}, {"y.csv", "1\n"}), .output = "nan,nan\n0.5,0.5\n",
     .error = "cmi: class 0 has no rows\n"},
    {"unless quiet", "cmi -q --centroids --classes 3 -N p.csv y.csv",
     FILES({"p.csv", ".5,.5\n"}, {"y.csv", "1\n"}), .output = "nan,nan\n0.5,0.5\nnan,nan\n"},
    {"a label beyond --classes", "cmi --classes 1 p.csv y.csv", FILES({"p.csv", ".5,.5\n"}, {"y.csv", "1\n"}),
     .status = 1, .error = "cmi: there is a label 1, but --classes 1\n"},
    {"a label beyond the centroids", "cmi --centroids-from q.csv p.csv y.csv",
     FILES({"p.csv", ".5,.5\n"}, {"y.csv", "1\n"}, {"q.csv", ".5,.5\n"}), .status = 1,
     .error = "cmi: there is a label 1, but q.csv has 1 rows\n"},
    {"centroids of another width", "cmi --rows --centroids-from q.csv p.csv y.csv",
     FILES({"p.csv", ".5,.5\n"}, {"y.csv", "1\n"}, {"q.csv", "1\n"}), .status = 1,
     .error = "cmi: q.csv has 1 columns, but there are 2 probabilities a row\n"},
    {"one class cannot be normalized", "cmi --normalized -", .input = ".5,.5,0\n.4,.6,0\n", .status = 1,
     .error = "cmi: the outputs of different classes have a cross-entropy of 0: nothing to divide by\n"},
    {"as many neighbours as points", "cmi --samples -k 3 -", .input = "0,1\n2,3\n4,4\n", .status = 1,
     .error = "cmi: - has 3 rows, --neighbours 3 needs 4\n"},
    {"more columns than there are", "cmi --samples --x 2 -", .input = "0,1\n2,3\n", .status = 1,
     .error = "cmi: - has 2 columns, --x and --y want 3\n"},
    {"symbols that are no whole numbers", "cmi --discrete -", .input = "0,1\n2,3.5\n", .status = 1,
     .error = "cmi: -: row 2: column 2: expected a whole number, got '3.5'\n"},
    {"four columns of symbols", "cmi --discrete -", .input = "0,1,2,3\n", .status = 1,
     .error = "cmi: - has 4 columns, --discrete takes x, y and z, or x and y\n"},
    {"two ways of samples", "cmi --samples --discrete -", .status = 2,
     .error = "cmi: --samples and --discrete exclude each other\n"},
    {"two results", "cmi --rows --per-class - y.csv", .status = 2,
     .error = "cmi: --normalized, --rows, --per-class and --centroids exclude one another\n"},
    {"rows are no sum", "cmi --rows --partial - y.csv", .status = 2,
     .error = "cmi: --partial has no meaning with --rows\n"},
    {"neighbours without samples", "cmi -k 3 - y.csv", .status = 2,
     .error = "cmi: --neighbours has no meaning without --samples or --discrete\n"},
    {"labels beside samples", "cmi --samples x.csv y.csv", .status = 2,
     .error = "cmi: --samples takes one operand\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
