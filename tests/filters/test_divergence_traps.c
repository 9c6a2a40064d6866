/* What users of other programs stumble over in divergences of rows and samples (near and equal rows, the ends
 * of doubles, ties, rounded data), as kldiv and jsdiv answer it. */

#include "support/filter_case.h"

/* 300 rows of 5 of Lehmer's numbers, and the same with their last digits changed. */
#define NEAR                                                                                                 \
    "awk 'BEGIN { x = 1; for (i = 0; i < 300; i++) { s = 0; for (j = 0; j < 5; j++) { x = x * 16807 % "      \
    "2147483647; p[j] = x; s += x } for (j = 0; j < 5; j++) printf \"%.17g%s\", p[j] / s, j < 4 ? \",\" : "  \
    "\"\\n\" } }' >p; awk -F, '{ for (j = 1; j <= 5; j++) printf \"%.17g%s\", $j * (1 + (j - 3) * 2.2e-16 "  \
    "* "                                                                                                     \
    "(NR % 4)), j < 5 ? \",\" : \"\\n\" }' p >q; "
/* 40 points of X and of Y, of which most are equal to another once rounded to a tenth. */
#define ROUNDED                                                                                              \
    "awk 'BEGIN { for (i = 0; i < 40; i++) printf \"%.1f\\n\", sin(i) }' >x; awk 'BEGIN { for (i = 0; i < "  \
    "40; "                                                                                                   \
    "i++) printf \"%.1f\\n\", 1 + cos(3 * i) }' >y; "
#define BOTH "for f in kldiv jsdiv; do "

static const struct filter_case cases[] = {
    {"equal rows are at 0, nearly equal ones never below, and none is nan, as distances too",
     NEAR "kldiv -N p p >a; jsdiv -N p p >>a; jsdiv -N --distance p p >>a; sort -u a; kldiv -N p q >b; kldiv "
          "-N q p "
          ">>b; kldiv -N --symmetric p q >>b; jsdiv -N p q >>b; jsdiv -N --distance p q >>b; kldiv -N --skew "
          ".1 p q "
          ">>b; awk '!($1 >= 0 && $1 < 1e-15) { bad++ } $1 > 0 { above++ } END { print bad + 0, (above > "
          "500) }' b",
     .output = "0\n0 1\n"},
    {"a row and the next double: exact to the last digits", /* KL = 2 e^2 (1 + ..), e = 2^-53; JS a quarter */
     BOTH "$f -N p q; done", FILES({"p", ".5,.5\n"}, {"q", "0.50000000000000011,0.49999999999999994\n"}),
     .numbers = "1.6949e-32 4.2372e-33", .relative_tolerance = 1},
    {"float32 input is computed in doubles",
     "matcat -b --float32 p >p4.npy; matcat -b --float32 q >q4.npy; matcat p4.npy >wide.p; matcat q4.npy "
     ">wide.q; " BOTH
     "$f -N p4.npy q4.npy >narrow; $f -N wide.p wide.q | cmp - narrow; $f -N p q | cmp -s - narrow || echo "
     "not those of the digits; done",
     FILES({"p", ".5,.25,.25\n.1,.2,.7\n"}, {"q", ".25,.5,.25\n.3,.3,.4\n"}),
     .output = "not those of the digits\nnot those of the digits\n"},
    {"the least of doubles count, and their logarithms are taken",
     BOTH "$f -N p q; $f -N q p; $f -N --logits p q; done",
     FILES({"p", ".5,5e-324,.5\n"},
           {"q", ".25,.25,.5\n"}), /* .5 ln 2; .25 ln .5 + .25 ln(.25/5e-324) ..., mpmath */
     .numbers = "0.34657359027997264 185.59015759492536 0.018788641557798337 0.10788077716941785 "
                "0.10788077716941785 0.00470502885164506",
     .relative_tolerance = 1e-14},
    {"zeros on either side", BOTH "$f -N p q; $f -N q p; done",
     FILES({"p", ".5,.5,0\n1,0,0\n"}, {"q", ".5,0,.5\n1,0,0\n"}),
     .numbers = "inf 0 inf 0 0.34657359027997264 0 0.34657359027997264 0", .tolerance = 1e-16},
    {"rows that sum to 0.9999 are refused, and rescaled where asked",
     BOTH "$f p p; $f -N --normalize p p; done", FILES({"p", ".5,.4999\n"}), .output = "0\n0\n",
     .error = "kldiv: p:1: row sums to 0.9999, not 1 (--normalize rescales)\njsdiv: p:1: row sums to 0.9999, "
              "not 1 "
              "(--normalize rescales)\n"},
    {"rows that sum to 1 within 1e-6 are taken as they are", BOTH "$f -N p q; done",
     FILES({"p", ".5,.4999999\n"}, {"q", ".5,.5\n"}), .tolerance = 1e-13, .numbers = "0 0"},
    {"samples whose points are all equal",
     BOTH "$f --samples -k 1 e y; $f --samples -k 1 --jitter .1 e y; $f --gaussian e y; done",
     FILES({"e", "1\n1\n1\n1\n"}, {"y", ".3\n1.9\n3\n5\n"}), .status = 1,
     .error = "kldiv: row 1 of X has 1 equal point (duplicates): --jitter S separates them\nkldiv: all "
              "points of X are "
              "equal: --jitter is a share of their deviation, which is 0\nkldiv: e: the covariance is "
              "singular, column 1 "
              "is constant: fit both with gmmfit --ridge and compare the models\njsdiv: row 1 of X has 1 "
              "equal point "
              "(duplicates): --jitter S separates them\njsdiv: all points of X are equal: --jitter is a "
              "share of their "
              "deviation, which is 0\njsdiv: e: the covariance is singular, column 1 is constant: fit both "
              "with gmmfit "
              "--ridge and compare the models\n"},
    {"rounded data have ties, which are named, and which jitter separates",
     ROUNDED BOTH
     "$f --samples -k 1 x y 2>&1 | grep -c 'row [0-9]* of X .*--jitter S separates'; $f --samples -k 1 "
     "--jitter .1 x y | awk '{ print ($1 > -1 && $1 < 5) }'; done",
     .output = "1\n1\n1\n1\n"},
    {"duplicated points named in either sample",
     "jsdiv --samples -k 1 x y; kldiv --samples -k 1 y x; kldiv --samples -k 1 z y",
     FILES({"x", "0\n1\n2.5\n4\n"}, {"y", ".3\n1.9\n1.9\n5\n"}, {"z", "7\n.3\n8\n10\n"}), .status = 1,
     .error = "jsdiv: row 2 of Y has 1 equal point (duplicates): --jitter S separates them\nkldiv: row 2 of "
              "X has 1 "
              "equal point (duplicates): --jitter S separates them\nkldiv: row 2 of X equals 1 point of Y: "
              "--jitter S "
              "separates them\n"},
    {"a negative estimate stands, and the pages say why", BOTH "$f --samples -k 2 x y | cut -c 1-5; done",
     FILES({"x", "0\n1\n2.5\n4\n4.2\n"}, {"y", ".3\n1.9\n3\n5\n5.5\n7\n"}), .output = "-0.08\n-0.17\n"},
    {"the report has the error bar of a mean over rows", /* s / sqrt(3) of ln 2, 0 and 2 ln 2; halves of it in
                                                            js */
     "kldiv --mean --report r p q >m; kldiv --sum --report s p q >m; kldiv --mean-weights w --report t p q "
     ">m; cat r "
     "s t | sed -n 's/.*_error\": \\(.*\\),/\\1/p'",
     FILES({"p", ".5,.5,0,0\n.25,.25,.25,.25\n1,0,0,0\n"}, {"q", ".25,.25,.25,.25\n"}, {"w", "1\n0\n1\n"}),
     .numbers = "0.400188 1.200566 0.346574", .tolerance = 1e-6},
    {"by key, and of several divergences, each its own",
     "kldiv --mean --by k --report r p q >m; fdiv --mean -f kl -f js --report s p2 q2 >m; tr -d ' \\n' <r | "
     "grep -o "
     "'_error\":.[^]]*'; grep -c _standard_error s",
     FILES({"p", "k,a,b\nx,.5,.5\ny,1,0\nx,1,0\n"}, {"q", "a,b\n.5,.5\n"}, {"p2", ".5,.5\n1,0\n"},
           {"q2", ".5,.5\n.5,.5\n"}),
     .output = "_error\":[0.34657359027997264,\"nan\"\n2\n"},
    {"a value for each key, in jsdiv too", "jsdiv --samples -k 1 --by g x y",
     FILES({"x", "g,v\na,0\nb,0\na,1\nb,1\na,2.5\nb,2.5\na,4\nb,4\na,4.2\nb,4.2\n"},
           {"y", "v,g\n.3,a\n1.9,a\n3,a\n5,a\n5.5,a\n7,a\n.3,b\n1.9,b\n3,b\n5,b\n5.5,b\n7,b\n"}),
     .output = "key,js\na,-0.06942061848701112\nb,-0.06942061848701112\n"},
    {"a sum for each key, and a key that Y lacks", "kldiv --sum --by k p q; kldiv --samples -k 1 --by g x y",
     FILES({"p", "k,a,b\nx,.5,.5\ny,1,0\nx,1,0\n"}, {"q", "a,b\n.5,.5\n"}, {"x", "g,v\na,0\nb,1\na,2\nb,3\n"},
           {"y", "g,v\na,1\na,3\n"}),
     .output = "key,kl\nx,0.6931471805599453\ny,0.6931471805599453\n", .status = 1, .error_contains = "'b'"},
    {"a hundred times the draws, a tenth of the error; divided among components, less still",
     "for k in 1 2; do gmmfit -q -k $k $DATA/faithful.csv -o $k.npz; done; for f in kldiv jsdiv; do for o in "
     "'1000' '100000' '100000 --stratified'; do $f -N --models --draws $o 2.npz 1.npz; done | awk -F, '{ "
     "e[NR] = $2 } "
     "END { print (e[1] / e[2] > 9 && e[1] / e[2] < 11), (e[3] < e[2]) }'; done",
     .output = "1 1\n1 1\n"},
    {"weights that sum to 0, or beyond doubles, have no mean, of all, of a key, or of parts",
     "for w in 0 1e308; do printf \"$w\\n$w\\n\" >w; kldiv --mean-weights w p q; kldiv --sum --mean-weights "
     "w p p; done; printf '1\\n0\\n' >w; kldiv --by k --mean-weights w k q; printf '0\\n0\\n' >w; jsdiv "
     "--mean-weights w --partial p q | klmerge -",
     FILES({"p", ".5,.5\n1,0\n"}, {"q", ".5,.5\n"}, {"k", "k,a,b\nx,.5,.5\ny,1,0\n"}), .output = "0\n0\n",
     .status = 1,
     .error = "kldiv: w: the weights sum to 0\nkldiv: w: the weights sum to inf\nkldiv: key 'y': w: the "
              "weights sum to 0\nklmerge: the weights sum to 0\n"},
    /* cmi writes nan for the class that has no rows: row 3 of P, 4 of Q */
    {"weights of parts of which rows are left out",
     "for i in p q; do cmi -q --centroids -b $i >$i.npy; done; for i in 1 2 3; do kldiv -q --na skip "
     "--mean-weights w --partial --shard $i/3 p.npy q.npy >$i.npz; done; klmerge ?.npz; kldiv -q --na skip "
     "--mean-weights w p.npy q.npy",
     FILES({"p", ".5,.5,0\n1,0,1\n.5,.5,3\n1,0,4\n"}, {"q", ".5,.5,0\n.5,.5,1\n.5,.5,2\n.5,.5,4\n"},
           {"w", "1\n2\n3\n4\n5\n"}), /* 7/8 log 2 */
     .numbers = "0.60650378298995216 0.60650378298995216", .relative_tolerance = 1e-15},
    {"shares of 1e-12 and less keep their digits, where the other row has next to nothing", /* mpmath */
     "for a in 1e-12 1e-300; do kldiv -N --logits --skew $a s l; kldiv -N --skew $a p q; kldiv -N --logits "
     "--skew $a --gradient p s l; jsdiv -N --logits --weight $a l s; jsdiv -N --logits --weight $a s l; "
     "jsdiv "
     "-N --weight $a q p; jsdiv -N --logits --weight $a --gradient q l s; done",
     FILES({"s", "0,0\n"}, {"l", "800,0\n"}, {"p", ".5,.5\n"}, {"q", "1,0\n"}),
     .numbers = "13.468936967684551 13.468936967684551 0.30685281944005469 27.631021115928548 "
                "1.3968936967684176e-11 6.931471805594453e-13 1.3968936967684176e-11 -6.931471805594453e-13 "
                "2.7631021115928548e-11 345.04119035882688 345.04119035882688 0.30685281944005469 "
                "690.77552789821371 3.4554119035882689e-298 6.9314718055994533e-301 3.4554119035882689e-298 "
                "-6.9314718055994533e-301 6.9077552789821372e-298",
     .relative_tolerance = 2e-15},
    {"ends of a range that are left out are told", "kldiv --skew 1 p q", .status = 2,
     .error = "kldiv: --skew: expected a number of at least 0 and below 1, got '1'\n"},
    {"the sum is that of the column",
     "printf '.1,.9\\n.5,.5\\n' >p; printf '.3,.7\\n.2,.8\\n' >q; for f in kldiv jsdiv; do $f --sum p q; $f "
     "-N p q | "
     "awk '{ s += $1 } END { printf \"%.17g\\n\", s }'; done | awk '{ v[NR] = $1 } END { print ((v[1] - "
     "v[2]) ^ 2 < "
     "1e-30), ((v[3] - v[4]) ^ 2 < 1e-30), (v[1] > v[3]) }'",
     .output = "1 1 1\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
