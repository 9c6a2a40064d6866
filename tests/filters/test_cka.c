/* cka as a user runs it. Numbers are those of a reference in numpy from the definitions, to the twelve digits
 * that it printed. */

#include "support/filter_case.h"

/* clang-format off */
#define A_ROWS "1,2\n2,0\n0,1\n3,1\n1,1\n2,3\n"
#define B_ROWS "1,0,1\n2,1,0\n0,0,1\n2,2,1\n1,1,0\n1,3,2\n"
#define FEATURES FILES({"a.csv", A_ROWS}, {"b.csv", B_ROWS})
#define EIGHT FILES({"a.csv", A_ROWS "0,0\n4,1\n"}, {"b.csv", B_ROWS "0,1,1\n3,1,2\n"})
#define TWELVE_DIGITS .relative_tolerance = 6e-12
/* 200 rows of twice 500 numbers by Lehmer's generator: five layers of 100 columns on each side. */
#define WIDE                                                                                                 \
    "awk 'BEGIN { x = 1; for (i = 1; i <= 200; i++) for (j = 1; j <= 1000; j++) { " \
    "x = x * 16807 % 2147483647; printf \"%.10g%s\", x / 2147483647, j < 1000 ? \",\" : \"\\n\" } }' " \
    "| matcat -b >w.npy; "               \
    "matcat -c 1-500 -b w.npy >a.npy; matcat -c 501-1000 -b w.npy >b.npy; s=100,100,100,100,100; "
/* clang-format on */

static const struct filter_case cases[] = {
    {"linear alignment", "cka a.csv b.csv", FEATURES, .numbers = "0.768601885088", TWELVE_DIGITS},
    {"A from standard input", "cka b.csv", FEATURES, .input = A_ROWS, .numbers = "0.768601885088",
     TWELVE_DIGITS},
    {"unbiased", "cka --unbiased a.csv b.csv", FEATURES, .numbers = "0.569521428647", TWELVE_DIGITS},
    {"the criteria", "cka --hsic a.csv b.csv; cka --hsic --unbiased a.csv b.csv", FEATURES,
     .numbers = "2.11 0.944444444444", TWELVE_DIGITS},
    {"the Gaussian kernel", "cka --kernel rbf a.csv b.csv; cka --kernel rbf --bandwidth .5 a.csv b.csv",
     FEATURES, .numbers = "0.821098339499 0.889190658054", TWELVE_DIGITS},
    {"the Gaussian kernel, unbiased", "cka --kernel rbf --unbiased a.csv b.csv", FEATURES,
     .numbers = "0.576212070346", TWELVE_DIGITS},
    {"eight rows", "cka a.csv b.csv; cka --unbiased a.csv b.csv; cka --batch 4 a.csv b.csv", EIGHT,
     .numbers = "0.773166104856 0.66757252013 0.866400225444", TWELVE_DIGITS},
    {"a batch of all rows is the unbiased alignment", "cka --batch 8 a.csv b.csv", EIGHT,
     .numbers = "0.66757252013", TWELVE_DIGITS},
    {"a last batch of fewer than 4 rows is dropped", "cka --batch 6 a.csv b.csv", EIGHT,
     .numbers = "0.569521428647", TWELVE_DIGITS},

    /* invariants */
    {"aligned with itself: 1, to the last bit",
     "for o in '' --unbiased '--kernel rbf' '--kernel rbf --unbiased' '--batch 4'; do cka $o a.csv a.csv; "
     "cka $o "
     "b.csv b.csv; done; cka --partial b.csv b.csv | klmerge -; awk -F, -v OFS=, '{ $1 += 1e6; print }' "
     "b.csv "
     ">far; cka far far; cka --unbiased far far",
     FEATURES, .output = "1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n"},
    {"order does not matter", "cka b.csv a.csv; cka --kernel rbf b.csv a.csv", FEATURES,
     .numbers = "0.768601885088 0.821098339499", TWELVE_DIGITS},
    {"rotation, scale and shift change nothing",
     "awk -F, '{ x = 0.6 * $1 - 0.8 * $2; y = 0.8 * $1 + 0.6 * $2; printf \"%.17g,%.17g\\n\", 7 * x + 100, 7 "
     "* y "
     "- 3 }' a.csv >r.csv; cka r.csv b.csv; cka --unbiased r.csv b.csv; cka --kernel rbf r.csv b.csv",
     FEATURES, .numbers = "0.768601885088 0.569521428647 0.821098339499", TWELVE_DIGITS},
    {"another linear map does",
     "awk -F, '{ print $1 + 9 * $2 \",\" $2 }' a.csv | cka - b.csv | awk '{ print ($1 < 0.7) }'", FEATURES,
     .output = "1\n"},
    /* 100 columns of 0 more than rows make cka go by tiles of Gram matrices in place of products. */
    {"Gram matrices and products of columns agree",
     "zeros=$(awk 'BEGIN { for (i = 0; i < 100; i++) printf \",0\" }'); sed \"s/\\$/$zeros/\" a.csv >z.csv; "
     "cka z.csv b.csv; cka --unbiased z.csv b.csv; cka --hsic z.csv b.csv",
     FEATURES, .numbers = "0.768601885088 0.569521428647 2.11", TWELVE_DIGITS},
    {"they agree to 1e-12",
     WIDE
     "for f in a b; do matcat -c 1-150 -b $f.npy >$f; cat $f | matcat -b --columns 1-150,1-150 >$f.w; done; "
     "for o "
     "in '' --unbiased --hsic '--hsic --unbiased'; do cka $o a b; cka $o a.w b.w; done | awk 'NR % 2 { x = "
     "$1; next } { d = $1 / x / (NR == 6 || NR == 8 ? 4 : 1) - 1; print (d < 1e-12 && d > -1e-12) }'",
     .output = "1\n1\n1\n1\n"},
    /* 1000 rows of 500 columns on each side are more than a block holds; of 1500 columns they are fewer than
       the columns. */
    {"a stream of rows agrees with Gram matrices to 1e-12",
     WIDE
     "cat a.npy b.npy a.npy b.npy a.npy >A; cat b.npy b.npy a.npy a.npy b.npy >B; for f in A B; do matcat "
     "-b -c 1-500,1-500,1-500 $f >$f.w; done; for o in '' --unbiased; do cka $o A B; cka $o A.w B.w; done | "
     "awk "
     "'NR % 2 { x = $1; next } { d = $1 / x - 1; print (d < 1e-12 && d > -1e-12) }'; cka A A; cka --unbiased "
     "A A; cka -t 1 A B >x; cka -t 3 A - <B | cmp - x",
     .output = "1\n1\n1\n1\n"},
    {"a layer constant in each block of a stream may vary yet; one that is constant throughout is refused",
     "{ yes 1,7 | head -300000; yes 2,7 | head -300000; } >v; cka --split 1,1 v v", .status = 1,
     .error = "cka: layer 2 of v is constant\n"},
    {"of independent features the unbiased alignments have mean near 0, the biased not",
     WIDE
     "for o in --unbiased --batch=200; do cka $o --split $s a.npy b.npy | tr , '\\n' | awk '{ s += $1 / 25 } "
     "END { print (s < 0.02 && s > -0.02) }'; done; cka --split $s a.npy b.npy | tr , '\\n' | awk '{ s += $1 "
     "/ 25 } END { print (s > 0.3) }'",
     .output = "1\n1\n1\n"},
    {"any number of threads gives the same bytes",
     WIDE "for t in 1 3; do cka -t $t --kernel rbf a.npy b.npy; cka -t $t --unbiased a.npy b.npy; cka -t $t "
          "--split $s b.npy a.npy; done >x; head -7 x >y; tail -7 x | cmp - y"},

    /* layers */
    {"layers against layers",
     "cka --split 1,1 --split-second 1,2 a.csv b.csv >m; wc -l <m; matcat -c 2 a.csv >2.csv; matcat -c 2,3 "
     "b.csv >23.csv; "
     "cka 2.csv 23.csv >x; tail -1 m | cut -d, -f 2 | cmp - x",
     FEATURES, .output = "2\n"},
    {"the same split for both", "cka --split 1,1 a.csv a.csv", FEATURES, .numbers = "1 0 0 1",
     .tolerance = 4e-16},

    /* tests and parts */
    {"a permutation test", "cka --permutations 99 a.csv a.csv", FEATURES, .numbers = "1 0.01 99",
     .tolerance = 4e-16},
    {"independence is not rejected",
     WIDE "for f in a b; do matcat -c 1-100 -b $f.npy >$f; done; cka --permutations 19 a b | awk -F, 'NR > 1 "
          "{ print "
          "($2 > 0.05) }'",
     .output = "1\n"},
    {"merged moments are the whole, far from 0 too",
     "for f in a b; do awk -F, -v OFS=, '{ for (i = 1; i <= NF; i++) $i += 1e6; print }' $f.csv >t; head -3 "
     "t "
     ">$f.1; tail -5 t >$f.2; done; for i in 1 2; do cka --partial a.$i b.$i -o $i.npz; done; klmerge 2.npz "
     "1.npz; klmerge --finish hsic 1.npz 2.npz >h; cka --hsic a.csv b.csv | paste h - | awk '{ d = $1 / $2 - "
     "1; print (d < 1e-12 && d > -1e-12) }'",
     EIGHT, .numbers = "0.773166104856 1", TWELVE_DIGITS},
    {"merged batches are the whole",
     "for f in a b; do head -4 $f.csv >$f.1; tail -4 $f.csv >$f.2; done; for i in 1 2; do cka --partial "
     "--batch 4 a.$i b.$i -o $i.npz; done; klmerge 2.npz 1.npz",
     EIGHT, .numbers = "0.866400225444", TWELVE_DIGITS},

    /* what is refused */
    {"rows differ", "cka a.csv b.csv", FILES({"a.csv", "1\n2\n3\n"}, {"b.csv", "1\n2\n"}), .status = 1,
     .error = "cka: a.csv has 3 rows, b.csv 2\n"},
    {"one row", "cka a.csv a.csv", FILES({"a.csv", "1\n"}), .status = 1,
     .error = "cka: a.csv has 1 row, at least 2 are needed\n"},
    {"three rows, unbiased", "cka --unbiased a.csv a.csv", FILES({"a.csv", "1\n2\n5\n"}), .status = 1,
     .error = "cka: a.csv has 3 rows, at least 4 are needed\n"},
    {"three rows in batches", "cka --batch 4 a.csv a.csv", FILES({"a.csv", "1\n2\n5\n"}), .status = 1,
     .error = "cka: a.csv has 3 rows, at least 4 are needed\n"},
    {"features whose products of four leave the range of doubles",
     "for e in 76 77 160 300 -81 -82 -160; do awk -F, -v e=e$e '{ print $1 e \",\" $2 e }' a >s; cka s a; "
     "cka "
     "--permutations 3 s a; cka --unbiased s a; done 2>&1 | sed 's/is [0-9e.-]*:/is small:/;s/is 0, not "
     "above "
     "0: no.*/is small: features are too small, scale them/' | LC_ALL=C sort | uniq -c | sed 's/^ *//'",
     FILES({"a", "1,2\n2,-40\n0,1\n3,1\n1,1\n2,3\n"}),
     .output = "9 cka: the criterion of a layer with itself is small: features are too small, scale them\n12 "
               "cka: the criterion overflows: features are too large, scale them\n"},
    {"a criterion that overflows", "sed 's/$/e160/' a | cka --hsic - a", FILES({"a", "1\n2\n5\n"}),
     .status = 1, .error = "cka: the criterion overflows: features are too large, scale them\n"},
    {"an alignment near the ends of the range is that of the features scaled",
     "sed 's/$/e70/' a >b; sed 's/$/e-70/' a >c; cka a d; cka b d; cka c d; cka --unbiased a d; cka "
     "--unbiased b d; "
     "cka --unbiased c d",
     FILES({"a", "1\n2\n5\n3\n0\n"}, {"d", "1\n1\n4\n5\n2\n"}),
     .numbers =
         "0.4522932022932 0.4522932022932 0.4522932022932 0.6489507570972 0.6489507570972 0.6489507570972",
     .tolerance = 1e-12},
    {"a missing value, which cannot be skipped", "cka a a; cka --na skip a a", FILES({"a", "1,2\n2,\n"}),
     .status = 2,
     .error =
         "cka: a:2: field 2: the value is missing\ncka: --na skip has no meaning here: rows would no longer "
         "match\n"},
    {"a constant layer", "cka --split 1,1 a.csv a.csv", FILES({"a.csv", "1,.1\n2,.1\n3,.1\n"}), .status = 1,
     .error = "cka: layer 2 of a.csv is constant\n"},
    {"a median distance of 0", "cka --kernel rbf a.csv a.csv", FILES({"a.csv", "1\n1\n1\n1\n3\n"}),
     .status = 1, .error = "cka: layer 1 of a.csv: a median distance of 0 gives no bandwidth\n"},
    {"widths that do not sum to the columns", "cka --split 1,2 a.csv b.csv", FEATURES, .status = 1,
     .error = "cka: a.csv has 2 columns, --split sums to 3\n"},
    {"a width of 0", "cka --split 2,0 a.csv b.csv", FEATURES, .status = 2,
     .error = "cka: --split: expected whole numbers from 1 on, got '2,0'\n"},
    {"an infinite feature", "cka a.csv a.csv", FILES({"a.csv", "1\ninf\n3\n"}), .status = 1,
     .error = "cka: a.csv:2: field 1: expected a finite number\n"},
    {"a bandwidth without its kernel", "cka --bandwidth 2 a.csv b.csv", .status = 2,
     .error = "cka: --bandwidth needs --kernel rbf\n"},
    {"parts of a Gaussian kernel", "cka --partial --kernel rbf a.csv b.csv", .status = 2,
     .error = "cka: --partial needs --kernel linear or --batch\n"},
    {"a test of batches", "cka --permutations 9 --batch 4 a.csv b.csv", .status = 2,
     .error = "cka: --batch has no meaning with --permutations\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
