/* klmerge as a user runs it, on parts of kldiv and jsdiv. */

#include "support/filter_case.h"

#define ROWS                                                                                                 \
    FILES({"p.csv", "0.1,0.2,0.7\n0.5,0.5,0\n1,0,0\n.25,.25,.5\n.3,.3,.4\n"},                                \
          {"q.csv", "0.3,0.3,0.4\n0.25,0.25,0.5\n0.5,0.25,0.25\n.5,.25,.25\n.1,.1,.8\n"})

#define BINARY "matcat -b -o p.npy p.csv && matcat -b -o q.npy q.csv && "

/* Parts 1.npz, 2.npz, ... of a filter's result. */
#define PARTS(count_, command_)                                                                              \
    BINARY "for i in $(seq " #count_ "); do " command_ " --partial --shard $i/" #count_                      \
           " -o $i.npz p.npy q.npy || exit; done; "

/* 1797 images of digits as distributions, against the same in another order. */
#define DIGITS                                                                                               \
    "matcat -b -c 1-64 --normalize -o p.npy $DATA/digits.csv.gz && matcat -b --shuffle -o q.npy p.npy && "

static const struct filter_case cases[] = {
    {"one part is the result",
     "kldiv --mean --partial p.csv q.csv >a.npz; klmerge a.npz; "
     "kldiv --mean --partial p.csv q.csv | klmerge -; kldiv --mean p.csv q.csv",
     ROWS, .output = "0.4284532916606233\n0.4284532916606233\n0.4284532916606233\n"},
    {"parts give what one run prints", PARTS(3, "kldiv --mean") "klmerge ?.npz; kldiv --mean p.npy q.npy",
     ROWS, .output = "0.4284532916606233\n0.4284532916606233\n"},
    {"and their sum",
     PARTS(2, "jsdiv --sum --base 2") "klmerge ?.npz >a; jsdiv --sum --base 2 p.npy q.npy | "
                                      "cmp - a",
     ROWS},
    {"parts of P against a Q of one row",
     "for i in 1 2 3; do kldiv --mean --partial --shard $i/3 -o $i.npz p.csv q.csv || exit; done; "
     "klmerge ?.npz >a; kldiv --mean p.csv q.csv | cmp - a",
     FILES({"p.csv", ".5,.5\n1,0\n.25,.75\n.125,.875\n0,1\n"}, {"q.csv", ".5,.5\n"})},
    {"more parts than rows", PARTS(17, "jsdiv --mean") "klmerge *.npz >a; jsdiv --mean p.npy q.npy | cmp - a",
     ROWS},
    {"more parts than rows against a Q of one row",
     "matcat -b -o p.npy p.csv; for i in 1 2 3 4 5; do "
     "kldiv --mean --partial --shard $i/5 -o $i.npz p.npy q.csv || exit; done; klmerge ?.npz",
     FILES({"p.csv", ".5,.5\n1,0\n"}, {"q.csv", ".5,.5\n"}), .output = "0.34657359027997264\n"},
    {"one row against one row is in one part alone",
     "for i in 1 2 3; do kldiv --sum --partial --shard $i/3 -o $i.npz p.csv q.csv || exit; done; "
     "klmerge ?.npz",
     FILES({"p.csv", "1,0\n"}, {"q.csv", ".5,.5\n"}), .output = "0.6931471805599453\n"},
    {"a mean finishes as a sum",
     PARTS(3, "kldiv --mean") "klmerge --finish sum ?.npz; kldiv --sum p.npy q.npy", ROWS,
     .output = "2.1422664583031166\n2.1422664583031166\n"},
    {"an infinite part makes an infinite result",
     PARTS(3, "kldiv --mean") "klmerge ?.npz; klmerge --partial 2.npz 3.npz | klmerge - 1.npz",
     FILES({"p.csv", ".5,.5\n1,0\n.5,.5\n"}, {"q.csv", ".5,.5\n0,1\n.5,.5\n"}), .output = "inf\ninf\n"},
    {"parts without shards are merged as they are",
     "kldiv --sum --partial p.csv q.csv >a.npz; klmerge a.npz a.npz", ROWS, .output = "4.284532916606233\n"},
    {"digits are rounded where asked", PARTS(2, "kldiv --mean") "klmerge --digits 3 ?.npz", ROWS,
     .output = "0.428\n"},
    {"the result as NPY", PARTS(2, "kldiv --mean") "klmerge -b ?.npz | matcat", ROWS,
     .output = "0.4284532916606233\n"},
    {"the report names the run's figures",
     PARTS(2, "kldiv --mean") "klmerge --report r.json ?.npz; grep -cE '\"(parts\": 2|rows\": 5|kl\": "
                              "0.4284532916606233)' r.json",
     ROWS, .output = "0.4284532916606233\n3\n"},

    /* any split, order and grouping */
    {"1 to 64 parts, in order and backwards, give the same bytes",
     DIGITS "for n in 1 2 3 13 64; do mkdir $n; for i in $(seq $n); do "
            "jsdiv --mean --partial --shard $i/$n -o $n/$i.npz p.npy q.npy || exit; done; "
            "klmerge $n/*.npz; klmerge $(ls -r $n/*.npz); done | sort -u | wc -l",
     .output = "1\n"},
    {"the same as one run's but for 1e-12",
     DIGITS "for i in $(seq 20); do kldiv --smooth 1e-3 --mean --partial --shard $i/20 -o $i.npz p.npy q.npy "
            "|| exit; done; klmerge *.npz >a; kldiv --smooth 1e-3 --mean p.npy q.npy | paste - a | "
            "awk '{ d = $1 / $2 - 1; print (d < 1e-12 && d > -1e-12) }'",
     .output = "1\n"},
    {"a tree of merges gives the same bytes, and the same file whatever the tree", DIGITS
     "for i in $(seq 20); do kldiv --smooth 1e-3 --mean --partial --shard $i/20 -o $i.npz p.npy q.npy "
     "|| exit; done; klmerge *.npz >a; klmerge --partial *.npz >all; "
     "klmerge --partial 1?.npz >x; klmerge --partial 20.npz x 3.npz >y; klmerge --partial 7.npz 2.npz >z; "
     "klmerge --partial z 9.npz 4.npz 8.npz y 6.npz 1.npz 5.npz | tee w | klmerge - | cmp - a; cmp w all"},

    /* weights */
    {"weights go with the rows of the part",
     PARTS(3,
           "kldiv --mean-weights w.csv") "klmerge ?.npz >a; kldiv --mean-weights w.csv p.npy q.npy | cmp - a",
     FILES({"p.csv", "0.1,0.9\n0.5,0.5\n1,0\n.25,.75\n.3,.7\n"},
           {"q.csv", ".5,.5\n.25,.75\n.5,.5\n.3,.7\n.2,.8\n"}, {"w.csv", "1\n2\n0\n10\n100\n"})},
    {"weights go with the rows of P against a Q of one row",
     "matcat -b -o p.npy p.csv; for i in 1 2 3; do "
     "kldiv --sum --mean-weights w.csv --partial --shard $i/3 -o $i.npz p.npy q.csv || exit; done; "
     "klmerge ?.npz >a; kldiv --sum --mean-weights w.csv p.npy q.csv | cmp - a",
     FILES({"p.csv", "0.1,0.9\n0.5,0.5\n1,0\n.25,.75\n.3,.7\n"}, {"q.csv", ".5,.5\n"},
           {"w.csv", "1\n2\n3\n10\n100\n"})},
    {"weights must be as many as all rows, whatever the part",
     BINARY "kldiv --mean-weights w.csv --shard 1/5 p.npy q.npy",
     FILES({"p.csv", "1,0\n1,0\n"}, {"q.csv", "1,0\n1,0\n"}, {"w.csv", "1\n2\n3\n"}), .status = 1,
     .error = "kldiv: w.csv has 3 weights, p.npy 2 rows\n"},
    {"weights of a CSV's part are not known", "kldiv --mean-weights w.csv --shard 1/2 p.csv q.csv",
     FILES({"p.csv", "1,0\n1,0\n"}, {"q.csv", "1,0\n"}, {"w.csv", "1\n2\n"}), .status = 2,
     .error = "kldiv: --shard cuts p.csv by bytes, so that its rows' weights are not known: convert it with "
              "matcat -b\n"},
    {"a row left out keeps its weight to itself", "kldiv -q --na skip --mean-weights w.csv p.csv q.csv",
     FILES({"p.csv", ".5,.5\nnan,1\n1,0\n"}, {"q.csv", ".5,.5\n"}, {"w.csv", "1\n100\n3\n"}),
     .output = "0.5198603854199589\n"},
    {"parts with weights are not merged with others",
     "kldiv --mean --partial p.csv q.csv >a.npz; kldiv --mean-weights w.csv --partial p.csv q.csv >b.npz; "
     "klmerge a.npz b.npz",
     FILES({"p.csv", "1,0\n1,0\n"}, {"q.csv", "1,0\n"}, {"w.csv", "1\n2\n"}), .status = 1,
     .error = "klmerge: b.npz: option weights is 1, in a.npz 0\n"},

    /* array jobs */
    {"the array job's scripts, run one task after the other",
     BINARY "scripts=$DATA/../../scripts/slurm; for i in 1 2 3; do "
            "SLURM_ARRAY_TASK_ID=$i sh $scripts/sum-part 3 parts kldiv --mean p.npy q.npy || exit; done; "
            "sh $scripts/merge-parts parts result && ls parts && kldiv --mean p.npy q.npy | cmp - result",
     ROWS, .output = "1.npz\n2.npz\n3.npz\n"},
    {"a task that is run again leaves its part alone",
     BINARY "export SLURM_ARRAY_TASK_ID=2; sh $DATA/../../scripts/slurm/sum-part 3 parts kldiv --mean p.npy "
            "q.npy && "
            "sh $DATA/../../scripts/slurm/sum-part 3 parts kldiv --mean no.npy q.npy && ls parts",
     ROWS, .output = "2.npz\n"},
    {"rows handed to processes by an engine that knows lines only, one process without any",
     "PATH=$PATH:$DATA/../../scripts/examples; split -n l/3 p.csv split. && : >split.empty && "
     "for rows in split.*; do streaming-map kldiv --mean - one.csv <$rows || exit; done | sort -r >lines && "
     "wc -l <lines && streaming-reduce <lines && kldiv --mean p.csv one.csv && "
     "streaming-reduce --finish sum --digits 6 <lines",
     FILES({"p.csv", "0.1,0.2,0.7\n0.5,0.5,0\n1,0,0\n.25,.25,.5\n.3,.3,.4\n"}, {"one.csv", ".5,.25,.25\n"}),
     .output = "3\n0.36352377762142923\n0.36352377762142923\n1.81762\n"},
    {"an engine is told that a process failed",
     "PATH=$PATH:$DATA/../../scripts/examples; echo 1,2 | streaming-map kldiv --mean - q.csv",
     FILES({"q.csv", "1,0\n"}), .status = 1,
     .error = "kldiv: -:1: row sums to 3, not 1 (--normalize rescales)\n"},

    {"parts written before are still read",
     "klmerge -q --allow-missing --digits 9 $DATA/partial/1.npz "
     "$DATA/partial/3.npz; printf '%s\\n' 1 0.1 >w; "
     "sed 3d $DATA/p.csv >p; sed 3d $DATA/q.csv >q; "
     "jsdiv --mean-weights w --digits 9 p q",
     .output = "0.110206343\n0.110206343\n"},

    /* refusals */
    {"a missing shard", PARTS(5, "kldiv --mean") "klmerge 1.npz 5.npz", ROWS, .status = 1,
     .error = "klmerge: shards 2-4 of 5 are missing (--allow-missing)\n"},
    {"a missing shard may be allowed", PARTS(5, "kldiv --sum") "klmerge --allow-missing [124].npz", ROWS,
     .output = "1.0672107767662835\n", .error = "klmerge: shards 3, 5 of 5 are missing\n"},
    {"a tree of merges may lack shards until its root",
     PARTS(2, "kldiv --sum") "klmerge --partial 1.npz | klmerge -", ROWS, .status = 1,
     .error = "klmerge: shard 2 of 2 is missing (--allow-missing)\n"},
    {"a shard twice", PARTS(2, "kldiv --mean") "klmerge 1.npz 2.npz 1.npz", ROWS, .status = 1,
     .error = "klmerge: 1.npz: shard 1/2 is there twice (--allow-repeated)\n"},
    {"a shard twice, in merged parts",
     PARTS(3, "kldiv --mean") "klmerge --partial 1.npz 2.npz >a.npz; klmerge --partial 3.npz 2.npz | klmerge "
                              "a.npz -",
     ROWS, .status = 1, .error = "klmerge: -: shard 2/3 is there twice (--allow-repeated)\n"},
    {"a shard twice may be allowed", PARTS(1, "kldiv --sum") "klmerge --allow-repeated 1.npz 1.npz", ROWS,
     .output = "4.284532916606233\n"},
    {"parts of different numbers of shards",
     PARTS(2, "kldiv --mean") "kldiv --mean --partial --shard 2/3 -o b.npz p.npy q.npy; klmerge 1.npz b.npz",
     ROWS, .status = 1, .error = "klmerge: b.npz: shard is of 3, in 1.npz of 2\n"},
    {"parts of two filters",
     "kldiv --mean --partial p.csv q.csv >a.npz; jsdiv --mean --partial p.csv q.csv >b.npz; klmerge a.npz "
     "b.npz",
     ROWS, .status = 1, .error = "klmerge: b.npz: filter is jsdiv, in a.npz kldiv\n"},
    {"parts of other options",
     "kldiv --mean --partial p.csv q.csv >a.npz; kldiv --skew 0.1 --mean --partial p.csv q.csv >b.npz; "
     "klmerge a.npz b.npz",
     ROWS, .status = 1, .error = "klmerge: b.npz: option skew is 0.1, in a.npz 0\n"},
    {"parts of other losses",
     "kdloss -l kl -l js --partial p.csv q.csv >a.npz; kdloss -l kl -l tv --partial p.csv q.csv >b.npz; "
     "klmerge a.npz b.npz",
     ROWS, .status = 1, .error = "klmerge: b.npz: option loss is tv, in a.npz js\n"},
    {"parts of other f-divergences",
     "fdiv -f alpha:alpha=2 --mean --partial p.csv q.csv >a.npz; "
     "fdiv -f alpha:alpha=3 --mean --partial p.csv q.csv >b.npz; klmerge a.npz b.npz",
     ROWS, .status = 1, .error = "klmerge: b.npz: option alpha_alpha is 3, in a.npz 2\n"},
    {"a part of several f-divergences that lost a name",
     "fdiv -f kl -f tv --mean --partial p.csv q.csv >a.npz; "
     "for x in f f_carry; do matcat -b a.npz:$x -o $x || exit; done; "
     "matcat --pack kind:=partial filter:=fdiv options:=names=kl rows:=5 f=f f_carry=f_carry weight:=5 "
     "weight_carry:=0 --shape f=2,f_carry=2 -o b.npz && klmerge b.npz",
     ROWS, .status = 1, .error = "klmerge: b.npz: option names does not list 2 columns\n"},
    {"log densities of other mixtures",
     "for v in 1 4; do matcat --pack kind:=gmm covariance_type:=spherical weights=w means=m covariances:=$v "
     "--shape means=1x1,covariances=1 -o $v.npz && gmmeval --sum --partial $v.npz x.csv >$v.part || "
     "exit; done; "
     "klmerge 1.part 4.part",
     FILES({"w", "1\n"}, {"m", "0\n"}, {"x.csv", "1\n2\n"}), .status = 1,
     .error = "klmerge: 4.part: option covariances is 4, in 1.part 1\n"},
    {"parts of other widths",
     "kldiv --mean --partial p.csv q.csv >a.npz; "
     "kldiv --mean --normalize --columns 1,2 --partial p.csv q.csv >b.npz; klmerge a.npz b.npz",
     FILES({"p.csv", ".5,.25,.25\n"}, {"q.csv", ".5,.25,.25\n"}), .status = 1,
     .error = "klmerge: b.npz: option columns is 2, in a.npz 3\n"},
    {"parts without any rows",
     BINARY "kldiv --mean --partial --shard 1/9 p.npy q.npy | klmerge --allow-missing -q -", ROWS,
     .status = 1, .error = "klmerge: -: no rows\n"},
    {"a result that the sums do not allow",
     "kldiv --mean --partial p.csv q.csv >a.npz; klmerge --finish gmm a.npz", ROWS, .status = 1,
     .error = "klmerge: a.npz: parts of kldiv do not finish as 'gmm', but as: mean, sum\n"},
    {"sums and a result at once", "klmerge --partial --finish sum a.npz", .status = 2,
     .error = "klmerge: --partial and --finish exclude each other\n"},
    {"sums are not rounded", "klmerge --partial --digits 3 a.npz", .status = 2,
     .error = "klmerge: --digits has no meaning with --partial\n"},
    {"a model is no part", "matcat --pack kind:=gmm_part rows:=1 -o a.npz; klmerge a.npz", .status = 1,
     .error = "klmerge: a.npz: kind is 'gmm_part', not 'partial'\n"},
    {"a table is no part", "klmerge p.csv", ROWS, .status = 1, .error_contains = "klmerge: p.csv: "},
    {"a part cut short", "kldiv --mean --partial p.csv q.csv | head -c 700 >a.npz; klmerge a.npz", ROWS,
     .status = 1, .error_contains = "klmerge: a.npz: "},
    {"no part at all", "klmerge", .status = 2,
     .error = "klmerge: an operand is missing (usage: klmerge [options] PART.npz ...)\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
