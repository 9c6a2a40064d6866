/* kmeans as a user runs it. Small sets have their partitions by hand. */

#include "support/filter_case.h"

#define LINE FILES({"x.csv", "1\n2\n3\n10\n11\n12\n20\n"})
#define IRIS "--columns 1-4 $DATA/iris.csv"

/* x.npy: 100 rows of each of four unit Gaussians at (+-6, +-6), g.npz */
#define FOUR                                                                                                 \
    "printf '.25\\n.25\\n.25\\n.25\\n' >w; printf '6,6\\n6,-6\\n-6,6\\n-6,-6\\n' >m; matcat --pack "         \
    "kind:=gmm "                                                                                             \
    "covariance_type:=tied-spherical weights=w means=m covariances:=1 -o g.npz; gmmsample -n 400 "           \
    "--stratified "                                                                                          \
    "--binary g.npz -o x.npy; "
/* s.npz: a start for iris, and parts of a step from it */
#define PARTS                                                                                                \
    "matcat --binary " IRIS                                                                                  \
    " -o x.npy; kmeans -q -k 5 --restarts 1 --max-iterations 1 --tolerance 0 x.npy -o "                      \
    "s.npz; "
#define STEP                                                                                                 \
    "for i in 1 2 3 4; do kmeans --partial --init @s.npz $o --shard $i/4 x.npy -o $i.npz; done; klmerge "    \
    "[1-4].npz -o b.npz; kmeans --init @s.npz $o --max-iterations 1 --tolerance 0 x.npy -o a.npz; "

static const struct filter_case cases[] = {
    /* by hand */
    {"three clusters of a line",
     "kmeans -k 3 x.csv >m.npz; for a in centers counts inertia; do matcat m.npz:$a; done", LINE,
     .numbers = "2 11 20 3 3 1 4"},
    {"two clusters of a line",
     "kmeans -k 2 x.csv >m.npz; for a in centers counts inertia; do matcat m.npz:$a; done", LINE,
     .numbers = "13.25 2 4 3 64.75"},
    {"as many clusters as rows", "kmeans -k 7 x.csv -o m.npz; matcat m.npz:inertia", LINE, .output = "0\n"},
    {"one cluster: the mean, and n times the variance",
     "kmeans -k 1 x.csv -o m.npz; matcat m.npz:centers; matcat m.npz:inertia", LINE,
     .numbers = "8.428571428571429 281.7142857142857", .relative_tolerance = 1e-15},
    {"labels and distances", "kmeans -k 3 --labels x.csv", LINE,
     .output = "label,distance\n1,1\n1,0\n1,1\n2,1\n2,0\n2,1\n3,0\n"},
    {"what the model holds", "kmeans -k 3 --standardize x.csv -o m.npz; matcat --list -N m.npz", LINE,
     .output = "kind,<U6,scalar\nversion,<f8,scalar\ncenters,<f8,3x1\ncounts,<f8,3\ninertia,<f8,scalar\n"
               "iterations,<f8,scalar\ndistance,<U11,scalar\nscale,<f8,1\n"},

    /* one answer */
    {"a model labels its own rows as the fit did",
     "for o in '' --standardize '--distance cosine' '--distance cityblock'; do kmeans -k 4 $o " IRIS
     " -o m.npz && kmeans -k 4 $o --labels " IRIS " >a && kmeans -m m.npz " IRIS " | cmp - a; done"},
    {"a pipe and a file are labelled alike", "kmeans -k 3 " IRIS " -o m.npz; kmeans -m m.npz " IRIS
                                             " >a; matcat " IRIS " | kmeans -m m.npz | cmp - a"},
    {"methods and threads leave no trace",
     "kmeans -k 20 --method lloyd -t 1 " IRIS
     " -o a.npz; for m in hamerly elkan yinyang; do for t in 1 3; do "
     "kmeans -k 20 --method $m -t $t " IRIS " | cmp - a.npz; done; done"},
    {"deterministic starts do not see the seed",
     "for i in maximin pca; do kmeans -k 5 --init $i " IRIS " -o a.npz; kmeans -k 5 --seed 9 --init $i " IRIS
     " | cmp - a.npz; done"},
    {"a weight of 2 is a row twice",
     "printf '2\\n1\\n1\\n1\\n1\\n1\\n1\\n' >w.csv; (cat x.csv; echo 1) >y.csv; kmeans -k 3 --weights w.csv "
     "x.csv "
     "-o a.npz; kmeans -k 3 y.csv -o b.npz; for a in centers counts inertia; do matcat b.npz:$a >b; matcat "
     "a.npz:$a | cmp - b; done",
     LINE},
    {"a start from a model at rest stays",
     "kmeans -k 3 " IRIS " -o a.npz; kmeans --init @a.npz " IRIS
     " -o b.npz; matcat a.npz:centers >a; matcat b.npz:centers | cmp - a"},
    {"a start from a file, in the data's units",
     "printf '1\\n20\\n' >c.csv; kmeans --init @c.csv --standardize -l -N x.csv | cut -d, -f1 | tr '\\n' ' '",
     LINE, .numbers = "2 2 2 1 1 1 1"},

    /* distances */
    {"medians", "kmeans -k 2 --distance cityblock - >m.npz; matcat m.npz:centers; matcat m.npz:inertia",
     .input = "0\n1\n100\n1000\n1001\n1003\n1010\n", .numbers = "1002 1 112"},
    {"the cosine of rows at right angles", "kmeans -k 1 -N --labels --distance cosine -",
     .input = "3,0\n0,5\n", .numbers = "1 0.2928932188134524 1 0.2928932188134524", .tolerance = 2e-16},

    /* probabilistic partitive partitioning */
    {"four Gaussians are four clusters, labels the same bytes for every seed",
     FOUR "for s in 1 2 3 4 5 6 7 8 9 10; do kmeans -q --ppp --seed $s x.npy | cut -d, -f1 >$s; cmp $s 1; "
          "done; sort 1 | uniq -c | tr -s ' '",
     .output = " 100 1\n 100 2\n 100 3\n 100 4\n 1 label\n"},
    {"one Gaussian is one cluster",
     "matcat --pack kind:=gmm covariance_type:=tied-spherical weights=w means=m covariances:=1 -o g.npz; "
     "gmmsample "
     "-n 200 g.npz | kmeans -q --ppp | cut -d, -f1 | uniq -c | tr -s ' '",
     FILES({"w", "1\n"}, {"m", "0,0\n"}), .output = " 1 label\n 200 1\n"},
    {"the note says how many there are, and how far apart", "kmeans --ppp -o t.csv " IRIS,
     .error = "kmeans: 2 clusters; 147 of 150 rows are core\nkmeans: silhouette 0.6867, of the core 0.7067; "
              "separation 7.08, of the core 7.543\n"},
    {"the core is sure, stable and agreed upon",
     "kmeans -q --ppp " IRIS
     " | awk -F, 'NR > 1 { if ($4 == 1 && ($2 < .95 || $3 < .95)) bad++; core += $4 } "
     "END { print core, bad + 0 }'",
     .output = "147 0\n"},
    {"a higher threshold has fewer rows in the core",
     "for t in 0 .95 .999; do kmeans -q --ppp --core-threshold $t $DATA/faithful.csv | awk -F, '{ n += $4 } "
     "END { "
     "print n }'; done | awk 'NR > 1 { print $1 < last } { last = $1 }'",
     .output = "1\n1\n"},
    {"the core's rows are rows of DATA",
     "kmeans -q --ppp --core-only c.csv $DATA/faithful.csv -o t.csv; matcat -N -c core t.csv | paste -d, "
     "$DATA/faithful.csv - >/dev/null; (head -1 $DATA/faithful.csv; tail -n +2 t.csv | cut -d, -f4 >k; tail "
     "-n +2 "
     "$DATA/faithful.csv | paste -d, - k | awk -F, '$3 == 1 { print $1 \",\" $2 }') | cmp - c.csv"},
    {"the table has a row for each k, and says which was chosen",
     "kmeans -q --ppp -k 1:3 --table k.csv -o t.csv $DATA/faithful.csv; head -1 k.csv; matcat -N -c k,chosen "
     "k.csv",
     .output = "k,inertia,log_likelihood,bic,icl,agreement,stability,silhouette,separation,chosen\n"
               "1,0\n2,1\n3,0\n"},
    {"its inertia is that of k-means",
     "kmeans -q --ppp -k 3 --table - " IRIS " -o t.csv | matcat -N -c inertia -",
     .numbers = "78.8514414261460", .relative_tolerance = 1e-13},
    {"the mixture labels as it did, its figures are true of it",
     "for o in '' --standardize '--covariance diagonal' '--standardize --covariance spherical'; do kmeans -q "
     "--ppp $o "
     "--mixture m.npz " IRIS " | cut -d, -f1 >a; gmmeval --labels m.npz " IRIS
     " | cmp - a; gmmeval --sum m.npz " IRIS
     " >l; matcat m.npz:log_likelihood | paste -d, l - | awk -F, '{ d = $1 / $2 - 1; print d * d < 1e-24 }'; "
     "done",
     .output = "1\n1\n1\n1\n"},
    {"the mixture is the one that gmmfit finds",
     "kmeans -q --ppp -k 2 --mixture m.npz $DATA/faithful.csv -o t.csv; gmmfit -k 2 $DATA/faithful.csv -o "
     "g.npz; for m "
     "in m g; do matcat $m.npz:log_likelihood; done",
     .numbers = "-1130.2639602 -1130.2639602", .tolerance = 1e-5}, /* either ends by a tolerance */
    {"threads leave no trace", "kmeans -q --ppp -t 1 " IRIS " -o a; kmeans -q --ppp -t 3 " IRIS " | cmp - a"},
    {"cells find what rows find",
     FOUR "kmeans -q --ppp x.npy | cut -d, -f1 >a; kmeans -q --ppp --cells 40 x.npy | cut -d, -f1 | cmp - a"},
    {"a weight of 2 is a row twice, for labels",
     "matcat -N " IRIS
     " >x; (cat x; head -50 x) >y; (yes 2 | head -50; yes 1 | head -100) >w; kmeans -q --ppp "
     "--weights w x | cut -d, -f1 >a; kmeans -q --ppp y | head -151 | cut -d, -f1 | cmp - a"},
    {"a range that was not asked for ends at the distinct rows",
     "kmeans -q --ppp --table - -o t x.csv | cut -d, -f1 | tail -1",
     FILES({"x.csv", "1\n1\n2\n2\n2\n3\n1\n3\n"}), .output = "3\n"},
    {"one that was is refused beyond", "kmeans --ppp -k 1:4 x.csv", FILES({"x.csv", "1\n1\n2\n3\n"}),
     .status = 1, .error = "kmeans: x.csv: 4 clusters but 3 distinct rows\n"},
    {"--ppp is of squared distances", "kmeans --ppp --distance cosine x.csv", .status = 2,
     .error_contains = "kmeans: --distance has no meaning with --ppp"},
    {"a range from 0", "kmeans --ppp -k 0:3 x.csv", .status = 2,
     .error_contains = "kmeans: --clusters: expected K or LO:HI, whole numbers from 1 on, got '0:3'"},
    {"a range upside down", "kmeans --ppp -k 5:2 x.csv", .status = 2,
     .error_contains = "kmeans: --clusters: "},
    {"a range without --ppp", "kmeans -k 1:3 x.csv", .status = 2, .error_contains = "kmeans: --clusters: "},
    {"a mixture and columns on one output", "kmeans --ppp --mixture - x.csv", .status = 2,
     .error = "kmeans: --mixture - and the result both go to standard output: name a file\n"},
    {"rows nearer than their squares can tell", "kmeans -k 2 --labels -", .input = "1e-200\n2e-200\n4e-200\n",
     .status = 1, .error = "kmeans: -: values lie too close together: their squares underflow\n"},
    {"weights that are all 0", "kmeans -k 1 --weights w.csv -", FILES({"w.csv", "0\n0\n"}), .input = "1\n2\n",
     .status = 1, .error = "kmeans: -: the weights sum to 0\n"},
    {"a partition of rows in tiny units",
     "awk -F, -v OFS=, 'NR > 1 { print $1 * 1e-100, $2 * 1e-100 }' $DATA/faithful.csv >y.csv; tail -n +2 "
     "$DATA/faithful.csv | kmeans -q --ppp -k 1:4 - | cut -d, -f1 >a; kmeans -q --ppp -k 1:4 y.csv | cut -d, "
     "-f1 | cmp - a"},
    {"a table without --ppp", "kmeans --table k.csv x.csv", .status = 2,
     .error_contains = "kmeans: --table has no meaning without --ppp"},
    {"fewer cells than clusters", "kmeans --ppp --cells 2 -k 1:3 x.csv", LINE, .status = 2,
     .error_contains = "kmeans: --cells: 2 are too few for 3 clusters"},

    /* streams and shares */
    {"minibatch: a file and a pipe, one thread and three",
     FOUR "kmeans -k 4 --method minibatch -t 1 x.npy -o a.npz; cat x.npy | kmeans -k 4 --method minibatch -t "
          "3 | cmp - "
          "a.npz; kmeans -k 4 --method minibatch --labels x.npy >b; kmeans -m a.npz x.npy | cmp - b"},
    {"minibatch: inertia and counts are true of the centers, and near those of all steps",
     FOUR
     "matcat --shuffle -b x.npy -o y.npy; for d in sqeuclidean cosine; do kmeans -k 4 --batch 7 "
     "--distance $d "
     "--method minibatch y.npy -o a.npz; kmeans -k 4 --distance $d --init @a.npz --max-iterations 0 "
     "--tolerance 0 "
     "y.npy -o b.npz; kmeans -k 4 --distance $d y.npy -o c.npz; for m in a b c; do matcat "
     "$m.npz:inertia; done | "
     "paste -d, - - - | awk -F, '{ d = $1 / $2 - 1; print (d * d < 1e-24), ($1 >= $3 * (1 - 1e-12) && $1 < "
     "1.01 * "
     "$3) }'; done; matcat a.npz:counts | tr '\\n' ' '",
     .output = "1 1\n1 1\n100 100 100 100 "},
    {"minibatch from a file of centers",
     "printf '1\\n12\\n' >c; kmeans --method minibatch --init @c --batch 3 x.csv -o a.npz; matcat "
     "a.npz:centers",
     LINE, .numbers = "13.25 2", .relative_tolerance = 1e-15},
    {"minibatch holds no weights", "kmeans --method minibatch --weights w x.csv", .status = 2,
     .error_contains = "kmeans: --weights has no meaning with --method minibatch"},
    {"medians are no sums", "kmeans --method minibatch --distance cityblock x.csv", .status = 2,
     .error_contains = "kmeans: --distance cityblock has no meaning with --method minibatch"},
    {"a row without a direction in a stream", "kmeans -k 1 --method minibatch --distance cosine -",
     .input = "1,1\n0,0\n", .status = 1, .error = "kmeans: -:2: all values are 0, and have no direction\n"},
    {"parts merge to one step of Lloyd",
     PARTS "for o in '--distance sqeuclidean' '--distance cosine'; do " STEP
           "for m in a b; do matcat -N $m.npz:centers | sort -t, -k1,1g >$m; done; paste -d, a b | awk -F, "
           "'{ for (i = 1; "
           "i <= 4; i++) if (($i - $(i + 4)) ^ 2 > 1e-24 * $i ^ 2) bad++ } END { print NR, bad + 0 }'; done",
     .output = "5 0\n5 0\n"},
    {"counts and inertia of a merged step are those of the start's labels",
     PARTS
     "o=; " STEP
     "matcat b.npz:counts >a; kmeans -m s.npz -N x.npy | cut -d, -f1 | sort | uniq -c | awk '{ print $1 "
     "}' | sort -rn | cmp - a; matcat b.npz:iterations",
     .output = "1\n"},
    {"trees of merges give the same bytes",
     PARTS "o=; " STEP
           "klmerge --partial --allow-missing -q [12].npz -o 12.npz; klmerge --partial --allow-missing -q "
           "[34].npz -o 34.npz; klmerge 34.npz 12.npz | cmp - b.npz"},
    {"parts of other starts do not merge",
     PARTS "kmeans --partial --init @s.npz --shard 1/2 x.npy -o 1.npz; matcat --rows :5 x.npy -o c; kmeans "
           "--partial "
           "--init @c --shard 2/2 x.npy -o 2.npz; klmerge 1.npz 2.npz",
     .status = 1, .error_contains = "start"},
    {"a cluster without rows keeps its start",
     "printf '2\\n1000\\n' >c; kmeans --partial --init @c x.csv | klmerge - -o m.npz; matcat m.npz:centers",
     LINE, .numbers = "8.428571428571429 1000", .relative_tolerance = 1e-15,
     .error = "klmerge: 1 cluster without rows: the start's center stays\n"},
    {"parts need a start", "kmeans --partial x.csv", .status = 2,
     .error_contains = "kmeans: --partial needs --init @FILE"},
    {"medians are no sums of parts either", "kmeans --partial --init @c --distance cityblock x.csv",
     .status = 2, .error_contains = "kmeans: --distance cityblock has no meaning with --partial"},

    /* equal sizes */
    {"balanced clusters", "kmeans -k 3 --balanced --labels -N - | cut -d, -f1 | tr '\\n' ' '",
     .input = "1\n2\n3\n4\n50\n51\n", .output = "1 1 2 2 3 3 "},
    {"balanced labels and counts agree",
     "kmeans -k 7 --balanced --standardize " IRIS
     " -o m.npz; matcat m.npz:counts >a; kmeans -k 7 --balanced --standardize "
     "-l -N " IRIS " | cut -d, -f1 | sort | uniq -c | awk '{ print $1 }' | cmp - a; tr '\\n' ' ' <a",
     .output = "22 22 22 21 21 21 21 "},
    {"balanced clusters have no weights", "kmeans --balanced --weights w x.csv", .status = 2,
     .error_contains = "kmeans: --weights has no meaning with --balanced"},
    {"one task at a time", "kmeans --balanced --ppp x.csv", .status = 2,
     .error_contains = "kmeans: --balanced and --ppp exclude each other"},

    /* iteration */
    {"steps that do not suffice are told", "kmeans -k 20 --restarts 1 --max-iterations 1 " IRIS " -o m.npz",
     .status = 3, .error = "kmeans: not converged after 1 iterations (raise --max-iterations)\n"},
    {"or accepted", "kmeans -q -k 20 --restarts 1 --max-iterations 1 --accept-unconverged " IRIS " -o m.npz"},
    {"tolerance 0 makes the steps asked for",
     "kmeans -k 20 --restarts 1 --max-iterations 2 --tolerance 0 " IRIS " -o m.npz; matcat m.npz:iterations",
     .output = "2\n"},

    /* refusals */
    {"fewer distinct rows than clusters", "kmeans -k 5 - -o m.npz", .input = "1\n2\n1\n2\n3\n3\n",
     .status = 1, .error = "kmeans: -: 5 clusters but 3 distinct rows\n"},
    {"a row without a direction", "kmeans -k 1 --distance cosine - -o m.npz", .input = "1,1\n0,0\n",
     .status = 1, .error = "kmeans: -: row 2: all values are 0, and have no direction\n"},
    {"such a row among new ones", "kmeans -k 1 --distance cosine x.csv -o m.npz; kmeans -m m.npz -",
     FILES({"x.csv", "1,1\n"}), .input = "1,1\n0,0\n", .status = 1,
     .error = "kmeans: -:2: all values are 0, and have no direction\n"},
    {"a missing value", "kmeans -k 1 - -o m.npz", .input = "1\nNA\n", .status = 1,
     .error_contains = "kmeans: -:2: field 1: "},
    {"an infinite value", "kmeans -k 1 - -o m.npz", .input = "1\ninf\n", .status = 1,
     .error = "kmeans: -: row 2: expected values of at most 1e150, got inf\n"},
    {"a constant column to divide by", "kmeans -k 1 --standardize - -o m.npz", .input = "1,5\n2,5\n",
     .status = 1, .error = "kmeans: -: column 2 is constant, nothing to divide by\n"},
    {"new rows of another width", "kmeans -k 2 x.csv -o m.npz; kmeans -m m.npz -", LINE, .input = "1,2\n",
     .status = 1, .error = "kmeans: - has 2 columns, the model 1\n"},
    {"a model of another kind", "matcat --pack kind:=other centers=x.csv -o m.npz; kmeans -m m.npz x.csv",
     LINE, .status = 1, .error = "kmeans: m.npz: kind: expected 'kmeans', got 'other'\n"},
    {"a weight too few", "kmeans --weights w.csv x.csv -o m.npz",
     FILES({"x.csv", "1\n2\n"}, {"w.csv", "1\n"}), .status = 1,
     .error = "kmeans: w.csv has 1 weight, x.csv 2 rows\n"},
    {"a start of another width", "kmeans --init @c.csv x.csv -o m.npz",
     FILES({"x.csv", "1\n2\n"}, {"c.csv", "1,2\n"}), .status = 1,
     .error = "kmeans: c.csv has 2 columns, x.csv 1\n"},
    {"no such start", "kmeans --init best x.csv", .status = 2,
     .error = "kmeans: --init: expected kmeans++, random, maximin, pca or @FILE, got 'best'\n"},
    {"no clusters", "kmeans -k 0 x.csv", .status = 2, .error_contains = "kmeans: --clusters: "},
    {"a model is no table", "kmeans --digits 3 x.csv", .status = 2, .error_contains = "kmeans: --digits "},
    {"a model is not fitted", "kmeans -k 3 -m m.npz x.csv", .status = 2,
     .error_contains = "kmeans: --clusters "},
    {"of more runs the best is no worse for any number of clusters, and better for some",
     "for b in 2 20; do kmeans -q --ppp --ppp-runs $b --table $b $DATA/faithful.csv -o m.npz; done; paste "
     "-d, 2 20 | "
     "awk -F, 'NR > 1 { n = NF / 2; up += $(n + 2) > $2 * (1 + 1e-12); down += $(n + 2) < $2 * (1 - 1e-6) } "
     "END { print "
     "up + 0, (down > 0) }'",
     .output = "0 1\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
