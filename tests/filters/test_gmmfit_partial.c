/* gmmfit --partial and klmerge: E steps of parts of the rows, merged, against one process. */

#include "support/filter_case.h"

/* same.sh A B: how many values of the models' arrays differ by more than 1e-12 of themselves (or of 1). */
static const char same[] =
    "for x in weights means covariances; do matcat $1:$x >a; matcat $2:$x >b; paste -d, a b; done | awk -F, "
    "'\n"
    "{ for (i = 1; i <= NF / 2; i++) { d = $i - $(i + NF / 2); s = $i < 0 ? 1 - $i : 1 + $i; n++\n"
    "    if (!((d < 0 ? -d : d) <= 1e-12 * s)) bad++ } }\n"
    "END { print bad + 0, (n > 0 ? \"different\" : \"nothing\") }'\n";

#define SAME FILES({"same.sh", same})
#define DATA_ROWS "$DATA/faithful.csv"

/* A start of three steps, one step from it in one process, and the same from three parts. */
#define START(options) "gmmfit -k 3 --restarts 1 --tol 0 --max-iter 3 " options " -o s.npz " DATA_ROWS " && "
#define ONE(options)                                                                                         \
    "gmmfit --quiet --init @s.npz --tol 0 --max-iter 1 " options " -o one.npz " DATA_ROWS " && "
#define PARTS(options)                                                                                       \
    "for i in 1 2 3; do gmmfit --partial --init @s.npz --shard $i/3 " options " -o p.$i.npz " DATA_ROWS      \
    "; done && "
#define STEP(start, options)                                                                                 \
    START(start)                                                                                             \
    ONE(options) PARTS(options) "klmerge --finish gmm -o m.npz p.?.npz && sh same.sh one.npz m.npz"
#define EQUAL .output = "0 different\n"
#define TWO_PARTS START("") "gmmfit --partial --init @s.npz --shard 1/2 -o 1.npz " DATA_ROWS " && "

static const struct filter_case cases[] = {
    {"full: merged parts make the step of one process", STEP("", ""), SAME, EQUAL},
    {"tied: merged parts make the step of one process", STEP("--covariance tied", ""), SAME, EQUAL},
    {"diagonal: merged parts make the step of one process", STEP("--covariance diagonal", ""), SAME, EQUAL},
    {"tied-diagonal: merged parts make the step of one process", STEP("--covariance tied-diagonal", ""), SAME,
     EQUAL},
    {"spherical: merged parts make the step of one process", STEP("--covariance spherical", ""), SAME, EQUAL},
    {"tied-spherical: merged parts make the step of one process", STEP("--covariance tied-spherical", ""),
     SAME, EQUAL},
    {"the conjugate prior knows the spread of all rows", STEP("", "--prior conjugate --dirichlet 3"), SAME,
     EQUAL},
    {"so it does with one variance for all", STEP("--covariance tied-spherical", "--prior conjugate"), SAME,
     EQUAL},
    {"the floor knows the variance of all rows", STEP("", "--floor 0.3 --ridge 0.01"), SAME, EQUAL},
    {"a model with noise keeps it", STEP("--noise", ""), SAME, EQUAL},
    {"its weight and density too",
     STEP("--noise", "") " && matcat one.npz:noise >a && matcat m.npz:noise | paste -d, a - | awk -F, "
                         "'{ print $1 - $2 }'",
     SAME, .numbers = "0 0 0", .tolerance = 1e-13},
    {"fixed parameters stay", STEP("", "--fix weights,covariances"), SAME, EQUAL},
    {"weights stand in a column",
     "awk -F, -v OFS=, '{ print $0, NR == 1 ? \"w\" : 1 + NR % 3 }' " DATA_ROWS " >w.csv && "
     "gmmfit -k 2 --restarts 1 --tol 0 --max-iter 2 --weight-column w -o s.npz w.csv && "
     "gmmfit --init @s.npz --tol 0 --max-iter 1 --weight-column w -o one.npz w.csv && "
     "for i in 1 2 3 4; do gmmfit --partial --init @s.npz --weight-column w --shard $i/4 -o p.$i.npz w.csv; "
     "done && klmerge -o m.npz p.?.npz && sh same.sh one.npz m.npz",
     SAME, EQUAL},
    {"far from the origin nothing is lost",
     "awk -F, 'NR > 1 { printf \"%.3f,%.3f\\n\", $1 + 1e6, $2 - 1e6 }' " DATA_ROWS " >x.csv && "
     "gmmfit -k 3 --restarts 1 --tol 0 --max-iter 3 -o s.npz x.csv && "
     "gmmfit --init @s.npz --tol 0 --max-iter 1 -o one.npz x.csv && "
     "for i in 1 2; do gmmfit --partial --init @s.npz --shard $i/2 -o p.$i.npz x.csv; done && "
     "klmerge -o m.npz p.?.npz && matcat one.npz:covariances >a && matcat m.npz:covariances | paste -d, a - "
     "| "
     "awk -F, '{ for (i = 1; i <= 4; i++) print $i - $(i + 4) }' | awk '$1 > 1e-7 || $1 < -1e-7' | wc -l",
     .numbers = "0"}, /* 1e6 x 1e-16 of the distances, whose squares reach 400 */

    {"the order and the grouping of parts do not change a byte",
     START("") PARTS("") "klmerge --partial p.2.npz p.3.npz | klmerge -o a.npz p.1.npz - && "
                         "klmerge -o b.npz p.3.npz p.1.npz p.2.npz && cmp a.npz b.npz"},
    {"nor does the number of threads",
     START("") "gmmfit -t 1 --partial --init @s.npz -o 1.npz " DATA_ROWS
               " && gmmfit -t 4 --partial --init @s.npz -o 2.npz " DATA_ROWS " && cmp 1.npz 2.npz"},
    {"the start has its figures",
     START("") "gmmfit --init @s.npz --tol 0 --max-iter 0 -o zero.npz " DATA_ROWS " && " PARTS(
         "") "klmerge --finish start -o m.npz p.?.npz && for x in log_likelihood bic icl n; do "
             "matcat zero.npz:$x m.npz:$x | awk 'NR == 1 { a = $1 } END { print $1 - a }'; done",
     .numbers = "0 0 0 0", .tolerance = 1e-9},
    {"the objective is that of the start, for each unit of weight",
     START("")
         PARTS("") "klmerge --finish objective p.?.npz && "
                   "gmmfit --init @s.npz --tol 0 --max-iter 0 -o zero.npz " DATA_ROWS
                   " && matcat zero.npz:log_likelihood | awk '{ print $1 / 272 }' | matcat --digits 5 -",
     .numbers = "-4.1444 -4.1444", .tolerance = 0.05},
    {"a sparse prior drops a component without rows",
     "printf '0.5\\n0.5\\n' >w && printf '4,80\\n900,900\\n' >m && printf '1,100\\n1,100\\n' >c && "
     "matcat --pack kind:=gmm covariance_type:=diagonal weights=w means=m covariances=c -o s.npz && "
     "gmmfit --partial --dirichlet 0.5 --init @s.npz " DATA_ROWS " | klmerge -o m.npz - && "
     "matcat m.npz:weights",
     .output = "1\n", .error = "klmerge: 1 component left without rows was dropped\n"},

    /* the loop */
    {"rounds over shards end where one process does",
     START("") "gmmfit --init @s.npz -o one.npz " DATA_ROWS
               " && sh $DATA/../../scripts/slurm/gmm-em 4 s.npz " DATA_ROWS
               " m.npz && sh same.sh one.npz m.npz && matcat one.npz:bic m.npz:bic | "
               "awk 'NR == 1 { a = $1 } END { print $1 - a }'; ls",
     SAME, .numbers = "0 0", .tolerance = 1e-9},
    {"so many rounds are so many steps, with a prior",
     START("--covariance tied") "gmmfit --init @s.npz --prior conjugate --tol 0 --max-iter 5 -o "
                                "one.npz " DATA_ROWS " && TOLERANCE=0 STEPS=5 JOBS=2 sh "
                                "$DATA/../../scripts/slurm/gmm-em 3 s.npz " DATA_ROWS
                                " m.npz --prior conjugate && sh same.sh one.npz m.npz",
     SAME, EQUAL},
    {"too few rounds are status 3, and the model is there",
     START("") "STEPS=2 sh $DATA/../../scripts/slurm/gmm-em 2 s.npz " DATA_ROWS " m.npz; echo $?; ls",
     .output = "3\nm.npz\ns.npz\n", .error = "gmm-em: not converged in 2 rounds: raise STEPS or TOLERANCE\n"},

    /* what does not fit */
    {"parts of other starts",
     TWO_PARTS "gmmfit --init @s.npz --tol 0 --max-iter 1 --fix means,covariances -o t.npz " DATA_ROWS
               " && gmmfit --partial --init @t.npz --shard 2/2 -o 2.npz " DATA_ROWS
               " && klmerge -o m.npz 1.npz 2.npz",
     .status = 1, .error_contains = "klmerge: 2.npz: weights: value 1 is 0."},
    {"parts of other options",
     TWO_PARTS "gmmfit --partial --init @s.npz --floor 0.5 --shard 2/2 -o 2.npz " DATA_ROWS
               " && klmerge -o m.npz 1.npz 2.npz",
     .status = 1, .error = "klmerge: 2.npz: option floor is 0.5, in 1.npz 1e-6\n"},
    {"parts of other types",
     TWO_PARTS "gmmfit -k 3 --covariance tied --restarts 1 --max-iter 1 --tol 0 -o t.npz " DATA_ROWS
               " && gmmfit --partial --init @t.npz --shard 2/2 -o 2.npz " DATA_ROWS
               " && klmerge -o m.npz 1.npz 2.npz",
     .status = 1, .error = "klmerge: 2.npz: option covariance is tied, in 1.npz full\n"},
    {"a component that has lost its rows",
     "printf '0.5\\n0.5\\n' >w && printf '4,80\\n900,900\\n' >m && printf '1,100\\n1,100\\n' >c && "
     "matcat --pack kind:=gmm covariance_type:=diagonal weights=w means=m covariances=c -o s.npz && "
     "gmmfit --partial --init @s.npz " DATA_ROWS " | klmerge -o m.npz -",
     .status = 1,
     .error =
         "klmerge: -: component 2 has lost its rows, and sums hold none to put it on (--dirichlet below 1 "
         "drops it)\n"},
    {"a missing shard", TWO_PARTS "klmerge -o m.npz 1.npz", .status = 1,
     .error = "klmerge: shard 2 of 2 is missing (--allow-missing)\n"},
    {"a result that is none", TWO_PARTS "klmerge --finish mean 1.npz", .status = 1,
     .error = "klmerge: 1.npz: parts of gmmfit do not finish as 'mean', but as: gmm, start, objective\n"},
    {"a table's options for a model", TWO_PARTS "klmerge --allow-missing --quiet --binary 1.npz", .status = 2,
     .error = "klmerge: --binary has no meaning with a model\n"},
    {"no start", "gmmfit --partial -k 3 x.csv", .status = 2,
     .error = "gmmfit: --partial needs --init @FILE\n"},
    {"a file for each row", "gmmfit --partial --init @s.npz --labels l.csv x.csv", .status = 2,
     .error = "gmmfit: --labels has no meaning with --partial\n"},
    {"a box of noise, which is no sum", "gmmfit --partial --init @s.npz --noise x.csv", .status = 2,
     .error = "gmmfit: --noise has no meaning with --partial\n"},
    {"weights that would not be cut as the rows are",
     "gmmfit --partial --init @s.npz --shard 1/2 --weights w.csv x.csv", .status = 2,
     .error = "gmmfit: --weights has no meaning with --shard: use --weight-column\n"},
    {"centres of a k-means, which have no E step",
     "kmeans -k 2 -o s.npz " DATA_ROWS " && gmmfit --partial --init @s.npz " DATA_ROWS, .status = 1,
     .error_contains = "gmmfit: s.npz: "},
    {"rows of another width", TWO_PARTS "gmmfit --partial --init @s.npz --columns 1 " DATA_ROWS, .status = 1,
     .error = "gmmfit: data have 1 column, the model 2\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
