/* sinkhorn as a user runs it. Values are those of the specification, of its closed forms, or of the other way
 * to ask for the same; those of peers are in test_peers.c. */

#include "support/filter_case.h"

/* clang-format off */
#define POINTS                                                                                               \
    {"x.csv", "0,0\n1,0\n0,1\n"}, {"y.csv", "1,1\n2,.5\n.5,2\n0,.2\n"}, {"a.csv", ".5\n.3\n.2\n"},           \
        {"b.csv", ".1\n.4\n.3\n.2\n"}
#define SPECIFIED FILES(POINTS)
#define RUN "sinkhorn -N --tolerance 1e-12 --source-weights a.csv --target-weights b.csv "
#define RUN_NAMED "sinkhorn --source-weights a.csv --target-weights b.csv "
#define XY " x.csv y.csv"
#define LOGITS FILES({"s.csv", "1,.5,0,0\n1,1,0,0\n0,0,1,1\n"}, {"t.csv", "2,1,0,-1\n0,3,1,0\n1,1,2,-2\n"})
#define BATCH "sinkhorn -N --logits --temperature 2 --cost cityblock -e 0.1 --tolerance 0 --max-iterations 20 "
#define LINE                                                                                                 \
    FILES({"c.csv", "0,.0625,.25,.5625,1\n.0625,0,.0625,.25,.5625\n.25,.0625,0,.0625,.25\n"                  \
                    ".5625,.25,.0625,0,.0625\n1,.5625,.25,.0625,0\n"},                                       \
          {"h.csv", ".6,.2,.1,.05,.05\n.05,.05,.1,.3,.5\n"})
#define SMALL_COSTS {"c.csv", "0,1,2\n1,0,3\n"}
/* clang-format on */

static const struct filter_case cases[] = {
    /* the specification's checks 1 to 5 */
    {"values at epsilon 1", "for v in transport objective divergence; do " RUN "-e 1 --value $v" XY "; done",
     SPECIFIED, .numbers = "1.864908451 2.212192011 1.398145791", .tolerance = 1e-9},
    {"values at epsilon 0.1",
     "for v in transport objective divergence; do " RUN "-e 0.1 --value $v" XY "; done", SPECIFIED,
     .numbers = "1.683000002 1.744376470 1.6289044427", .tolerance = 1e-9}, /* 200000 plain steps each */
    {"values at epsilon 0.01",
     "for v in transport objective divergence; do " RUN "-e 0.01 --value $v" XY "; done", SPECIFIED,
     .numbers = "1.683 1.689137647 1.677590111", .tolerance = 1e-9},
    {"the exact value", "sinkhorn --exact --source-weights a.csv --target-weights b.csv" XY, SPECIFIED,
     .numbers = "1.683", .tolerance = 1e-15},
    {"other costs", RUN "-e 0.1 --cost euclidean" XY "; " RUN "-e 0.1 --cost cityblock" XY, SPECIFIED,
     .numbers = "1.154062338 1.490019045", .tolerance = 1e-9},
    {"potentials", RUN "-e 1 --potentials" XY " | cut -d, -f3", SPECIFIED,
     .numbers = "1.981992286 0.206628629 0.265556368 0.324724581 1.825362687 2.026849163 -1.322881383",
     .tolerance = 1e-9},
    {"the gradient of the objective", RUN "-e 0.1 --value objective --gradient" XY, SPECIFIED,
     .numbers = "-.7 -.78 -.6 -.3 -.2 -.4", .tolerance = 1e-8},
    {"the gradient of the divergence", RUN "-e 0.1 --divergence --gradient" XY, SPECIFIED,
     .numbers = "-0.699964836 -0.779971289 -0.600035164 -0.3 -0.2 -0.400028712", .tolerance = 2e-9},
    {"penalised marginals",
     "for v in transport objective divergence; do " RUN "-e 0.1 --unbalanced 1 --value $v" XY "; done",
     SPECIFIED, .numbers = "0.4200822355 0.7745092910 0.6625411833", .tolerance = 1e-10},
    {"penalised potentials", RUN "-e 0.1 --unbalanced 1 --potentials" XY " | head -n 3 | cut -d, -f3",
     SPECIFIED, .numbers = "0.532106318 0.401338516 0.380705773", .tolerance = 1e-9},
    {"twice the mass of one side",
     "printf '1\\n.6\\n.4\\n' >a.csv; " RUN "-e 0.1 --unbalanced 1 --divergence" XY, SPECIFIED,
     .numbers = "1.1493341677", .tolerance = 1e-10},
    {"one marginal exact",
     "for v in transport objective; do " RUN "-e 0.1 --unbalanced .5,inf --value $v" XY "; done", SPECIFIED,
     .numbers = "0.9868985284 1.1965103714", .tolerance = 1e-10},
    {"the mass that penalties leave",
     RUN "-e 0.1 --unbalanced 1 --report r.json" XY " >/dev/null; grep -o 'mass.*' r.json | tr -d '\",:'",
     SPECIFIED, .numbers = "0.6311860519", .tolerance = 1e-10},
    {"three plain steps",
     "sinkhorn --tolerance 0 --max-iterations 3 --no-scaling -e 0.1 --source-weights a.csv --target-weights "
     "b.csv" XY,
     SPECIFIED, .numbers = "0.9861705901", .tolerance = 1e-10},
    {"the plan of three plain steps: rows on their way, columns there",
     "sinkhorn --tolerance 0 --max-iterations 3 -e 0.1 --plan -N --source-weights a.csv --target-weights "
     "b.csv" XY " >p; awk -F, '{ print $1 + $2 + $3 + $4 }' OFMT=%.12g p; "
     "awk -F, '{ for (j = 1; j <= 4; j++) s[j] += $j } END { for (j = 1; j <= 4; j++) print s[j] }' "
     "OFMT=%.12g p",
     SPECIFIED, .numbers = "0.195851656 0.499143423 0.305004921 .1 .4 .3 .2", .tolerance = 1e-9},
    {"a barycenter", "sinkhorn -N --barycenter --tolerance 1e-13 --cost-matrix c.csv h.csv", LINE,
     .numbers = "0.101264734 0.250720594 0.341397945 0.210141730 0.096474997", .tolerance = 1e-9},
    {"a barycenter debiased",
     "sinkhorn -N --barycentre --debiased --tolerance 1e-13 --cost-matrix c.csv h.csv", LINE,
     .numbers = "0.079813980 0.226396195 0.436618756 0.175424846 0.081746223", .tolerance = 1e-9},
    {"weights of a barycenter: all on one row, and debiased, give that row back",
     "printf '1\\n0\\n' >w.csv; sinkhorn -N --barycenter --debiased --tolerance 1e-13 --barycenter-weights "
     "w.csv "
     "--cost-matrix c.csv h.csv",
     LINE, .numbers = ".6 .2 .1 .05 .05", .tolerance = 1e-6},
    {"Gaussians of deviations 1 and 1.5, their means .5 apart, in closed form",
     "printf '%s\\n' -1 1 >x.csv; printf '%s\\n' -1 2 >y.csv; sinkhorn --gaussian -e 1 --value objective "
     "x.csv y.csv",
     .numbers = "1.590877154", .tolerance = 1e-9},
    {"and at epsilon 0: .5^2 + (1 - 1.5)^2",
     "printf '%s\\n' -1 1 >x.csv; printf '%s\\n' -1 2 >y.csv; sinkhorn --gaussian -e 0 x.csv y.csv",
     .numbers = "0.5", .tolerance = 1e-15},

    /* check 6: invariants */
    {"one point each: the cost",
     "printf '1,2\\n' >x.csv; printf '4,6\\n' >y.csv; for v in transport objective; "
     "do sinkhorn --value $v x.csv y.csv; done",
     .output = "25\n25\n"},
    {"a large epsilon gives the product of the weights", RUN "-e 1e9 --plan" XY, SPECIFIED,
     .numbers = ".05 .2 .15 .1 .03 .12 .09 .06 .02 .08 .06 .04", .tolerance = 1e-9},
    {"the two sides may be changed over",
     RUN "-e 0.3 --divergence" XY
         " >a; sinkhorn --tolerance 1e-12 -e 0.3 --divergence --source-weights b.csv "
         "--target-weights a.csv y.csv x.csv | awk '{ getline b <\"a\"; printf \"%.12f\\n\", b - $1 }'",
     SPECIFIED, .numbers = "0", .tolerance = 1e-10},
    {"a divergence of equals is 0",
     "sinkhorn --divergence --source-weights a.csv --target-weights a.csv x.csv "
     "x.csv",
     SPECIFIED, .numbers = "0", .tolerance = 1e-8}, /* marginals are off by 1e-6 */
    {"scaling costs and epsilon together scales values",
     "sinkhorn --tolerance 1e-12 --cost-scale 7 -e 0.7" XY " >a; sinkhorn --tolerance 1e-12 -e 0.1" XY
     " | awk '{ getline b <\"a\"; printf \"%.12f\\n\", b - 7 * $1 }'",
     SPECIFIED, .numbers = "0", .tolerance = 1e-10},
    {"a constant on all costs moves the value, not the plan",
     "printf '10,11,12\\n11,10,13\\n' >d.csv; for c in c d; do sinkhorn --tolerance 1e-13 -N --plan "
     "--cost-matrix "
     "$c.csv --digits 9 >$c; done; cmp c d; for c in c d; do sinkhorn --tolerance 1e-13 --cost-matrix $c.csv "
     "--digits 9; done | tr '\\n' ' ' | awk '{ printf \"%.8f\\n\", $2 - $1 }'",
     FILES(SMALL_COSTS), .numbers = "10", .tolerance = 1e-7},
    {"a large penalty keeps marginals", RUN "-e 0.1 --unbalanced 1e6" XY, SPECIFIED, .numbers = "1.683000002",
     .tolerance = 1e-5},
    {"points in another order give the plan in that order",
     RUN "-e 0.3 --plan --digits 9" XY
         " | sort >a; printf '0,1\\n0,0\\n1,0\\n' >x.csv; printf '.2\\n.5\\n.3\\n' "
         ">a.csv; " RUN "-e 0.3 --plan --digits 9" XY " | sort | cmp - a",
     SPECIFIED},
    {"total variation: mass moves where that is cheaper than R on both sides",
     "sinkhorn -e 1e-3 --unbalanced 1 --marginal-penalty tv --cost-matrix c.csv --report r.json >t; grep -o "
     "'mass.*' r.json | tr -d '\",:'",
     FILES({"c.csv", "0.5,9\n9,9\n"}), .numbers = ".5", .tolerance = 1e-3},

    /* one answer */
    {"threads leave no trace",
     "for o in --plan --gradient '--gradient --value objective' --map --map-target --gradient-target "
     "--gradient-weights '--divergence --gradient'; do sinkhorn -e 20 -t 1 --columns 1-2 $o $DATA/iris.csv "
     "$DATA/faithful.csv >a && sinkhorn -e 20 -t 3 --columns 1-2 $o $DATA/iris.csv $DATA/faithful.csv | cmp "
     "- a; done"},
    {"points, and the matrix of their costs",
     "printf '2,4.25,4.25,.04\\n1,1.25,4.25,1.04\\n1,4.25,1.25,.64\\n' >c.csv; " RUN
     "--potentials --digits 9" XY " >a; " RUN "--potentials --digits 9 --cost-matrix c.csv | cmp - a",
     SPECIFIED},
    {"costs held and made again",
     RUN "--digits 10 --online always -e 0.1" XY " >a; " RUN "--digits 10 --online never -e 0.1" XY
         " | cmp - a",
     SPECIFIED},
    {"rows of a pipe", "cat x.csv | " RUN "- y.csv >a; " RUN XY " | cmp - a", SPECIFIED},
    {"a missing first operand is standard input", RUN "y.csv <x.csv >a; " RUN XY " | cmp - a", SPECIFIED},
    {"costs as pairs",
     "printf 'i,j,cost\\n1,1,0\\n1,2,1\\n1,3,2\\n2,1,1\\n2,2,0\\n2,3,3\\n' >p.csv; sinkhorn "
     "--plan --cost-matrix c.csv >a; sinkhorn --plan --cost-pairs p.csv | cmp - a",
     FILES(SMALL_COSTS)},
    {"a pair that is not there is forbidden",
     "printf '1,2,1\\n2,1,1\\n2,2,0\\n2,3,3\\n1,3,1\\n' >p.csv; sinkhorn -N --exact --plan --cost-pairs "
     "p.csv",
     .numbers = "0 .16666666666666666 .3333333333333333 .3333333333333333 .16666666666666666 0",
     .tolerance = 1e-15},
    {"potentials start where they were left",
     "S='sinkhorn -e 20 --columns 1-2'; XY='$DATA/iris.csv $DATA/faithful.csv'; eval $S --potentials -o "
     "p.csv --report a "
     "$XY && eval $S --init @p.csv --report b $XY >/dev/null && grep -ho 'iterations\": [0-9]*' a b | tr -d "
     "'\":,' | awk '{ n[NR] "
     "= $2 } END { print (n[3] + n[4] < (n[1] + n[2]) / 4 ? \"few\" : \"many\") }'",
     .output = "few\n"},
    {"sparse plans: masses above a threshold",
     RUN "-e 0.3 --plan" XY " | awk -F, '{ for (j = 1; j <= 4; j++) if ($j > .01) print "
         "NR \",\" j \",\" $j }' >a; " RUN "-e 0.3 --sparse .01" XY " | cmp - a",
     SPECIFIED},
    {"sparse plans: all of each row's mass is every entry",
     RUN "-e 0.3 --sparse 0" XY " >a; " RUN "-e 0.3 --sparse-mass 1" XY " | cmp - a", SPECIFIED},
    {"sparse plans: a row's largest",
     "sinkhorn --exact -N --sparse-mass .6 --source-weights a.csv "
     "--target-weights b.csv" XY,
     SPECIFIED, .numbers = "1 2 .1 1 4 .2 2 2 .3 3 3 .2", .tolerance = 1e-15},
    {"exact rows, entropic rows",
     "printf '.5,.5\\n.1,.9\\n' >p; printf '.5,.25,.25\\n' >q; sinkhorn --rows --exact "
     "--cost-matrix c.csv p q; sinkhorn -e 0.01 --rows --cost-matrix c.csv p q",
     FILES(SMALL_COSTS), .numbers = ".75 1.15 .75 1.15", .tolerance = 1e-6},
    {"a row of P against Q, as one problem",
     "printf '.2,.8\\n' >p; printf '.5,.25,.25\\n' >q; printf '.2\\n.8\\n' >a; printf '.5\\n.25\\n.25\\n' "
     ">b; "
     "sinkhorn -N --rows --plan --digits 8 --tolerance 1e-12 --cost-matrix c.csv p q >r; sinkhorn -N --plan "
     "--digits "
     "8 --tolerance 1e-12 --cost-matrix c.csv --source-weights a --target-weights b | cmp - r",
     FILES(SMALL_COSTS)},
    {"rows are answered as they come",
     "mkfifo f; sinkhorn -N --exact --rows --cost-matrix c.csv - q <f >out & exec 3>f; echo .5,.5 >&3; for i "
     "in 1 2 3 4 "
     "5 6 7 8 9 10; do [ -s out ] && break; sleep .1; done; cat out; exec 3>&-; wait",
     FILES(SMALL_COSTS, {"q", ".5,.25,.25\n.5,.5,0\n"}), .output = "0.75\n", .status = 0},
    {"blocks of a matrix, as problems apart",
     "printf '0,1\\n2,0\\n3,1\\n1,2\\n' >m; sinkhorn -N --cost-matrix m --block 2; head -n 2 m | sinkhorn "
     "--cost-matrix -; tail -n 2 m | sinkhorn --cost-matrix -; sinkhorn -N --exact --block 2 --cost-matrix m",
     .numbers = "0 1 0 1 0 1", .tolerance = 1e-6},

    /* logarithms of probabilities: log 0 = -inf, and the rest powers of 1/2 and their logarithms */
    {"rows, histograms and points given by their logarithms are those given as they are",
     "for o in '--exact --rows --cost-matrix c' '-e .1 --rows --cost-matrix c' '--block 1 --cost cityblock' "
     "'--cost "
     "euclidean' '--exact --plan'; do sinkhorn $o p q >a; sinkhorn --log-probs $o lp lq | cmp - a; done; "
     "sinkhorn "
     "--barycenter --cost-matrix c p >a; sinkhorn --barycenter --log-probs --cost-matrix c lp | cmp - a; "
     "sinkhorn -N "
     "--exact --rows --log-probs --cost-matrix c lp lq",
     FILES({"p", ".5,.25,.25\n1,0,0\n"}, {"q", "0,.5,.5\n.25,.25,.5\n"}, {"c", "0,1,4\n1,0,1\n4,1,0\n"},
           {"lp", "-.6931471805599453,-1.3862943611198906,-1.3862943611198906\n0,-inf,-inf\n"},
           {"lq", "-inf,-.6931471805599453,-.6931471805599453\n-1.3862943611198906,-1.3862943611198906,"
                  "-.6931471805599453\n"}),
     .numbers = "0.75 2.25", .tolerance = 1e-15},
    {"rows of logarithms that sum to something else, or are above 0",
     "sinkhorn --log-probs --rows --cost-matrix c p p; sinkhorn --log-probs q q; sinkhorn --log-probs "
     "--logits q q",
     FILES({"p", "-1,-1\n"}, {"q", ".5,-1\n"}, {"c", "0,1\n1,0\n"}), .status = 2,
     .error =
         "sinkhorn: p:1: row sums to 0.7357588823, not 1 (--logits rescales)\nsinkhorn: q: row 1: field 1: "
         "expected the logarithm of a probability, got '0.5'\nsinkhorn: --normalize, --logits and "
         "--log-probs "
         "exclude one another\n"},

    /* batches of logits: the definition of the distillation loss */
    {"a batch of logits",
     BATCH "s.csv t.csv; " BATCH "--block 3 s.csv t.csv; cat s.csv s.csv >u; cat t.csv t.csv >v; " BATCH
           "--block 3 u v",
     LOGITS, .numbers = "0.460067131037 0.460067131037 0.460067131037 0.460067131037", .tolerance = 1e-12},
    {"a block is what memory holds", "sinkhorn --block 1e9 s.csv t.csv", LOGITS, .status = 2,
     .error = "sinkhorn: --block: expected a whole number from 1 to 16384, got '1e9'\n"},
    {"each row against its own teacher", BATCH "--block 1 s.csv t.csv", LOGITS,
     .numbers = "0.273024396877 0.508019911392 0.507201726858", .tolerance = 1e-12},
    {"the optimal assignment", "sinkhorn --logits --temperature 2 --cost cityblock --exact s.csv t.csv",
     LOGITS, .numbers = "0.429415345042", .tolerance = 1e-12},
    {"few steps and many at a small epsilon",
     "for k in 20 5000; do sinkhorn -q --logits --temperature 2 --cost cityblock -e 0.01 --tolerance 0 "
     "--max-iterations $k s.csv t.csv; done",
     LOGITS, .numbers = "0.433524325673 0.429837600240", .tolerance = 1e-12},
    {"a batch against itself", BATCH "t.csv t.csv; " BATCH "--block 3 --value divergence t.csv t.csv", LOGITS,
     .numbers = "0.002891481522 0", .tolerance = 1e-12},
    {"the unrolled gradient of a block is that of the problem",
     BATCH "--unroll --gradient --digits 12 s.csv t.csv >a; " BATCH
           "--unroll --gradient --digits 12 --block 3 s.csv t.csv | cmp - a",
     LOGITS},
    {"unrolled costs are those of central differences",
     "S='sinkhorn -N -e 0.3 --tolerance 0 --max-iterations 4'; $S --unroll --gradient-cost --cost-matrix "
     "c.csv | head -n 1 | cut -d, -f2 >g; for d in 1.0001 0.9999; do printf \"0,$d,2\\n1,0,3\\n\" >e.csv; $S "
     "--cost-matrix e.csv; done | tr '\\n' ' ' | awk '{ getline g <\"g\"; printf \"%.9f\\n\", ($1 - $2) / "
     "2e-4 "
     "- g }'",
     FILES(SMALL_COSTS), .numbers = "0", .tolerance = 1e-6},
    {"many problems on any number of threads",
     "matcat --rows 1:1792 --columns 1-64 -b $DATA/digits.csv.gz >d.npy; for o in '' --plan "
     "'--gradient --value objective'; do sinkhorn -t 1 --block 16 -e 20 $o d.npy d.npy >a; sinkhorn -t 3 "
     "--block 16 -e "
     "20 $o d.npy d.npy | cmp - a; done"},

    /* derivatives of the divergence: central differences by 1e-4 are off by 1e-8 */
    {"the divergence's derivative in epsilon",
     "for v in divergence objective transport; do " RUN "-e 0.3 --value $v --gradient-epsilon" XY
     " >g; for e in .3001 "
     ".2999; do " RUN "-e $e --value $v" XY
     "; done | tr '\\n' ' ' | awk '{ getline g <\"g\"; printf \"%.9f\\n\", ($1 - "
     "$2) / 2e-4 - g }'; done",
     SPECIFIED, .numbers = "0 0 0", .tolerance = 1e-6},
    {"the divergence's derivative in a free weight",
     "S='sinkhorn -N --tolerance 1e-12 -e 0.3 --unbalanced 1 --divergence --source-weights a.csv "
     "--target-weights b.csv "
     "x.csv y.csv'; $S --gradient-weights | head -n 1 >g; for w in .5001 .4999; do printf "
     "\"$w\\n.3\\n.2\\n\" >a.csv; $S; "
     "done | tr '\\n' ' ' | awk '{ getline g <\"g\"; printf \"%.9f\\n\", ($1 - $2) / 2e-4 - g }'",
     SPECIFIED, .numbers = "0", .tolerance = 1e-6},
    {"the derivatives in a target, each also unrolled",
     "S='sinkhorn -N -e 0.3 --source-weights a.csv --target-weights b.csv x.csv y.csv'; for v in divergence "
     "objective "
     "transport; do for o in '--tolerance 1e-12' '--tolerance 0 --max-iterations 7'; do printf "
     "'1,1\\n2,.5\\n.5,2\\n0,.2\\n' "
     ">y.csv; case $o in *7) u=--unroll ;; *) u= ;; esac; $S $o $u --value $v --gradient-target | head -n 1 "
     "| cut -d, -f1 >g; for "
     "w in 1.0001 .9999; do printf \"$w,1\\n2,.5\\n.5,2\\n0,.2\\n\" >y.csv; $S $o --value $v; done | tr "
     "'\\n' ' ' | awk '{ getline "
     "g <\"g\"; printf \"%.9f\\n\", ($1 - $2) / 2e-4 - g }'; done; done",
     SPECIFIED, .numbers = "0 0 0 0 0 0", .tolerance = 1e-6},

    /* partial transport, rounding */
    {"the cheapest half of the mass",
     "sinkhorn --exact --partial-mass .5 --source-weights a.csv --target-weights "
     "b.csv" XY,
     SPECIFIED, .numbers = ".358", .tolerance = 1e-15},
    /* exp(-|x - y|^3 / eps) is no positive definite kernel; the numbers are an independent program's */
    {"a divergence below 0, under a cost that allows it",
     "for p in 2 3; do sinkhorn --cost power:$p --divergence -e 10 --tolerance 1e-12 x y; done",
     FILES({"x", "0\n-1\n2\n"}, {"y", "1\n-2\n1\n"}), .numbers = "0.1766559326522 -0.4897351859",
     .tolerance = 1e-9},
    {"the mass of partial transport, in the report",
     "for o in '-e .1' '-e .1 --round --plan' --exact; do sinkhorn $o --partial-mass .3 --report r" XY
     " >/dev/null; grep -o 'mass.*' r | tr -d '\":,'; done",
     SPECIFIED, .numbers = "0.3 0.3 0.3", .tolerance = 1e-6},
    {"all of the mass is the whole problem", RUN "-e 0.1 --partial-mass 1" XY, SPECIFIED,
     .numbers = "1.683000002", .tolerance = 1e-8},
    {"a partial plan holds the mass asked for",
     RUN "-e 0.1 --partial-mass .5 --plan" XY
         " | awk -F, '{ s += $1 + $2 + $3 + $4; n = NF } END { printf \"%.10f %d %d\\n\", s, NR, n }'",
     SPECIFIED, .numbers = ".5 3 4", .tolerance = 1e-9},
    {"a plan after few steps is mended to its marginals",
     "sinkhorn -q --tolerance 0 --max-iterations 2 --round -e 0.01 --plan -N --source-weights a.csv "
     "--target-weights "
     "b.csv" XY " >p; awk -F, '{ print $1 + $2 + $3 + $4 }' OFMT=%.15g p; awk -F, '{ for (j = 1; j <= 4; "
     "j++) s[j] += $j "
     "} END { for (j = 1; j <= 4; j++) print s[j] }' OFMT=%.15g p",
     SPECIFIED, .numbers = ".5 .3 .2 .1 .4 .3 .2", .tolerance = 1e-14},

    /* what tables are called, and the report says */
    {"the columns of every result",
     "for o in --plan --potentials --map --map-target --gradient --gradient-target --gradient-weights "
     "--gradient-cost '--sparse 0' '--exact --map' '--exact --potentials' '--exact --sparse 0'; do " RUN_NAMED
     "$o" XY " | head -n 1; done; sinkhorn --block 1 x.csv x.csv | head -n 1; sinkhorn --rows --value "
     "objective --cost-matrix c.csv p.csv p.csv | head -n 1; sinkhorn --barycenter --cost-matrix c.csv p.csv "
     "| head -n 1",
     FILES(POINTS, {"c.csv", "0,1\n1,0\n"}, {"p.csv", ".5,.5\n"}),
     .output = "y1,y2,y3,y4\nside,index,potential\nx1,x2\nx1,x2\ng1,g2\ng1,g2\ng\ny1,y2,y3,y4\ni,j,mass\n"
               "x1,x2\nside,index,potential\ni,j,mass\ntransport\nobjective\ny1,y2\n"},
    {"figures of the report, entropic and exact",
     "for o in '-e 1 --tolerance 1e-12' --exact; do " RUN_NAMED "$o --report r.json" XY
     " >v; for f in source_error target_error mass transport objective dual gap entropy; do awk -F'[:,]' -v "
     "f=\"$f\" '$1 ~ f { printf \"%.9g\\n\", $2 }' r.json; done; done",
     SPECIFIED,
     .numbers = "0 0 1 1.864908451 2.212192011 2.212192011 0 1.962223680 0 0 1 1.683 1.683 1.683 0 "
                "1.695742534",
     .tolerance = 1e-8},
    {"exact potentials share the value, as entropic ones",
     "sinkhorn -N --exact --potentials --source-weights a.csv --target-weights b.csv" XY " | paste -d, - w | "
     "awk -F, '{ s[$1] += $3 * $4 } END { printf \"%.12f %.12f\\n\", s[1], s[2] }'",
     FILES(POINTS, {"w", ".5\n.3\n.2\n.1\n.4\n.3\n.2\n"}), .numbers = "0.8415 0.8415", .tolerance = 1e-12},

    /* other ways */
    {"every cost is the matrix of its definition",
     "cat >m.awk <<'end'\n"
     "function a(v) { return v < 0 ? -v : v }\n"
     "NR == FNR { x[NR] = $1; y[NR] = $2; n = NR; next }\n"
     "{ for (i = 1; i <= n; i++) { d = a(x[i] - $1); e = a(y[i] - $2); r = sqrt(d * d + e * e);\n"
     "if (c == \"chebyshev\") v = d > e ? d : e; else if (c == \"minkowski:3\") v = (d ^ 3 + e ^ 3) ^ (1 / "
     "3);\n"
     "else if (c == \"power:1.5\") v = r ^ 1.5; else if (c == \"euclidean\") v = r;\n"
     "else v = 1 - (x[i] * $1 + y[i] * $2) / sqrt((x[i] ^ 2 + y[i] ^ 2) * ($1 ^ 2 + $2 ^ 2));\n"
     "printf \"%.17g%s\", v, i < n ? \",\" : \"\\n\" } }\n"
     "end\n"
     "printf '0,.1\\n1,0\\n0,1\\n' >x.csv; for c in chebyshev minkowski:3 power:1.5 euclidean cosine; do awk "
     "-F, -v c=$c -f m.awk y.csv x.csv >m.csv; for o in --exact '-e 0.3 --tolerance 1e-12'; do sinkhorn "
     "--digits 11 $o --cost $c" XY " >a; sinkhorn --digits 11 $o --cost-matrix m.csv | cmp - a || echo $c; "
     "done; done",
     SPECIFIED},
    {"every acceleration, scaled or not, comes to the same value",
     "for o in auto none overrelax anderson newton; do for s in '--scaling .3' --no-scaling; do " RUN
     "--digits 9 -e 0.3 --accelerate $o $s" XY "; done; done | sort -u | wc -l",
     SPECIFIED, .numbers = "1"},
    /* of one row h: p_j = sum_i h_i K_ij / sum_k K_ik */
    {"an asymmetric cost of a barycenter: mass goes from its rows to its columns",
     "for c in '0,1\\n5,0\\n' '0,5\\n1,0\\n'; do printf \"$c\" >c.csv; sinkhorn -N --barycenter -e 1 "
     "--tolerance 1e-13 --cost-matrix c.csv h.csv; done",
     FILES({"h.csv", ".7,.3\n"}), .numbers = "0.5137488603 0.4862511397 0.7759974308 0.2240025692",
     .tolerance = 1e-9},

    /* traps */
    {"epsilon from large to 1e-6 of the cost",
     "for e in 4 1e-1 1e-2 1e-3 1e-4 4e-6; do " RUN "-q --tolerance 1e-7 -e $e --round" XY
     "; done | tail -n 5",
     SPECIFIED, .numbers = "1.683 1.683 1.683 1.683 1.683", .tolerance = 1e-6},
    {"a weight of 0 takes no mass, and has a potential and a map",
     "printf '.5\\n0\\n.5\\n' >w; S='sinkhorn -N -e 0.3 --source-weights w'; $S --plan" XY
     " | sed -n 2p; $S --map --digits 3" XY " | sed -n 2p; $S --potentials" XY " | wc -l",
     SPECIFIED, .numbers = "0 0 0 0 2 0.5 7", .tolerance = 1e-3},
    {"a cost of 1e32 is a number, inf a forbidden pair",
     "printf '0,1e32\\n1,0\\n' >a.csv; printf '0,inf\\n1,0\\n' >b.csv; for c in a b; do sinkhorn "
     "--cost-matrix $c.csv; "
     "done",
     .numbers = "0 0", .tolerance = 1e-6},
    {"one source, many targets",
     "printf '0\\n' >x; printf '1\\n2\\n3\\n' >y; sinkhorn x y; sinkhorn --exact y x",
     .numbers = "4.666666666666667 4.666666666666667", .tolerance = 1e-12},
    {"totals that differ by 1e-7 are divided out, by 1e-5 refused",
     "printf '.5\\n.3\\n.2000001\\n' >a.csv; sinkhorn --tolerance 1e-12 --digits 7 --source-weights a.csv "
     "--target-weights "
     "b.csv -e 0.1" XY "; printf '.5\\n.3\\n.20001\\n' >a.csv; sinkhorn --source-weights a.csv" XY,
     SPECIFIED, .output = "1.683\n", .status = 1,
     .error = "sinkhorn: a.csv: weights sum to 1.00001, not 1 (--normalize rescales)\n"},
    {"weights of any total by --normalize",
     "printf '5\\n3\\n2\\n' >a.csv; printf '1\\n4\\n3\\n2\\n' >b.csv; " RUN "-e 0.1 --normalize" XY,
     SPECIFIED, .numbers = "1.683000002", .tolerance = 1e-9},
    {"a constant on the costs moves the median, not the deviation",
     "printf '100,101,102\\n101,100,103\\n' >d.csv; for c in c d; do sinkhorn -N --plan --tolerance 1e-12 "
     "--digits 8 "
     "--epsilon-relative .5:std --cost-matrix $c.csv >$c; done; cmp c d; for c in c d; do sinkhorn -N --plan "
     "--digits 8 "
     "--epsilon-relative .5 --cost-matrix $c.csv >$c; done; cmp -s c d || echo moved",
     FILES(SMALL_COSTS), .output = "moved\n"},
    {"epsilon relative to the mean and the median",
     "for e in 1 1:median 1:mean; do sinkhorn --report r.json "
     "--epsilon-relative $e --cost-matrix c.csv >/dev/null; grep -o "
     "'epsilon.*' r.json | tr -d '\",:'; done",
     FILES(SMALL_COSTS), .numbers = "1 1 1.1666666666666667", .tolerance = 1e-15},
    {"steps that do not suffice are told",
     "sinkhorn --max-iterations 1 --no-scaling -e 0.01" XY " >/dev/null", SPECIFIED, .status = 3,
     .error_contains = "sinkhorn: not converged after 1 iterations: raise --max-iterations"},
    {"what more steps cannot mend is told: forbidden pairs, and an epsilon below the rounding of costs",
     "sinkhorn --cost-matrix f >/dev/null; sinkhorn -e 1e-18 --cost-matrix c >/dev/null",
     FILES({"f", "1,2,3\ninf,inf,1\ninf,inf,1\n"}, {"c", "2,1,4\n3,5,1\n"}), .status = 3,
     .error_contains =
         "raise --tolerance or --epsilon, which is 4e-19 of the median cost, or forbid fewer pairs\n"},
    {"weights that are not as many as the columns", "sinkhorn --cost-matrix c --target-weights w",
     FILES({"c", "2,1,4\n3,5,1\n"}, {"w", ".5\n.5\n"}), .status = 1,
     .error = "sinkhorn: w has 2 weights, c needs 3\n"},
    {"or accepted",
     "sinkhorn -q --accept-unconverged --max-iterations 1 --no-scaling -e 0.01" XY " >/dev/null", SPECIFIED},
    {"the hint when the exact way is quicker",
     "sinkhorn --accelerate none --no-scaling --max-iterations 300 -e 1e-5 --columns 1-2 $DATA/iris.csv "
     "$DATA/faithful.csv "
     ">/dev/null",
     .status = 3, .error_contains = "of the median cost, try --exact\n"},

    {"online and exact costs are made on the fly: 67 MB of them in less memory",
     "kde --sample 2900 -w 1 -b o >x.npy; kde --sample 2900 --seed 2 -w 1 -b o >y.npy; [ \"$SANITIZER\" ] || "
     "ulimit -v 65536; "
     "sinkhorn -t "
     "1 --online always -e 10 --tolerance 0 --max-iterations 2 x.npy y.npy >a && sinkhorn -t 1 --exact "
     "--cost "
     "power:0.5 x.npy y.npy >b && wc -l <a && wc -l <b",
     FILES({"o", "0\n"}), .numbers = "1 1"},
    {"SIGUSR1 writes the potentials so far, and iterations go on",
     "sinkhorn -q -o p.csv --accelerate none --no-scaling -e 1e-7 --tolerance 1e-15 --max-iterations 1e9 "
     "--columns 1-2 "
     "$DATA/iris.csv $DATA/faithful.csv & sleep .3; for i in 1 2 3 4 5 6 7 8 9 10; do kill -USR1 $!; sleep "
     ".2; [ -s p.csv ] "
     "&& break; done; head -n 1 p.csv; wc -l <p.csv; kill $!; wait",
     .output = "side,index,potential\n423\n"},
    {"sliced transport in one dimension is the exact one, on every line",
     "printf '0\n1\n3\n' >x; printf '5\n6\n9\n8\n' >y; sinkhorn --sliced 7 x y; sinkhorn --sliced 7 "
     "--sliced-max "
     "--seed 3 x y; sinkhorn --exact x y | awk '{ printf \"%.15g\\n\", sqrt($1) }'",
     .numbers = "5.715476066494082 5.715476066494082 5.715476066494082", .tolerance = 1e-14},

    /* refusals */
    {"rows that are no distributions",
     "printf '.5,.5\\n.5,.51\\n' >p; printf '1,0,0\\n' >q; sinkhorn --rows "
     "--cost-matrix c.csv p q",
     FILES(SMALL_COSTS), .status = 1,
     .error = "sinkhorn: p:2: row sums to 1.01, not 1 (--normalize rescales)\n"},
    {"a negative cost", "sinkhorn --cost-matrix -", .input = "0,1\n-1,0\n", .status = 1,
     .error = "sinkhorn: -: row 2: field 1: expected a cost of at least 0, got '-1'\n"},
    {"a missing cost", "sinkhorn --cost-matrix -", .input = "0,1\n,0\n", .status = 1,
     .error_contains = "sinkhorn: -:2: field 1: "},
    {"a negative cost of a block", "sinkhorn -N --block 1 --cost-matrix -", .input = "0,1\n-1,0\n",
     .status = 1, .error = "sinkhorn: -:2: field 1: expected a cost of at least 0, got '-1'\n"},
    {"a source without a finite cost", "sinkhorn --cost-matrix -", .input = "0,1\n1,0\ninf,inf\n",
     .status = 1, .error = "sinkhorn: no finite cost from source 3\n"},
    {"such a source in a block", "sinkhorn -N --block 2 --cost-matrix -", .input = "0,1\n1,0\n2,0\ninf,inf\n",
     .status = 1, .error = "sinkhorn: problem 2: no finite cost from source 2\n"},
    {"pairs that no plan avoids", "sinkhorn --exact --cost-matrix -",
     .input = "0,inf,inf\n1,inf,inf\n0,0,0\n", .status = 1,
     .error = "sinkhorn: no plan avoids the forbidden pairs\n"},
    {"dimensions differ", "sinkhorn x.csv -", SPECIFIED, .input = "1\n2\n", .status = 1,
     .error = "sinkhorn: x.csv has 2 columns, - 1\n"},
    {"blocks that do not divide the rows", "sinkhorn -N --block 2 --cost-matrix c.csv",
     FILES({"c.csv", "0,1\n1,0\n0,0\n"}), .status = 1,
     .error = "sinkhorn: c.csv has 3 rows, not a multiple of --block 2\n"},
    {"inputs of different length",
     "printf '.5,.5\\n0,1\\n' >p; printf '1,0,0\\n0,1,0\\n0,0,1\\n' >q; sinkhorn -N --rows "
     "--exact --cost-matrix c.csv p q >/dev/null",
     FILES(SMALL_COSTS), .status = 1, .error = "sinkhorn: p has fewer rows than q\n"},
    {"no epsilon", "sinkhorn -e 0" XY, SPECIFIED, .status = 2,
     .error_contains = "--epsilon must be above 0: --exact and --gaussian are without it"},
    {"a zero vector has no cosine", "sinkhorn --cost cosine" XY, SPECIFIED, .status = 1,
     .error_contains = "sinkhorn: source 1 is zero and has no cosine"},
    {"a cost that does not exist", "sinkhorn --cost euclid" XY, SPECIFIED, .status = 2,
     .error_contains = "did you mean 'euclidean'?"},
    {"a divergence by a matrix", "sinkhorn --divergence --cost-matrix c.csv", FILES(SMALL_COSTS), .status = 2,
     .error_contains = "a divergence by --cost-matrix needs --cost-source and --cost-target"},
    {"points of a matrix", "sinkhorn --map --cost-matrix c.csv", FILES(SMALL_COSTS), .status = 2,
     .error_contains = "--map needs points: there are none with --cost-matrix"},
    {"two results at once", "sinkhorn --map --plan" XY, SPECIFIED, .status = 2,
     .error_contains = "--plan and --map exclude each other"},
    {"more mass than there is", "sinkhorn --partial-mass 1.5" XY, SPECIFIED, .status = 1,
     .error = "sinkhorn: --partial-mass is 1.5: there is no more than 1 to transport\n"},
    {"potentials of another problem", "sinkhorn --potentials" XY " >p; sinkhorn --init @p x.csv x.csv",
     SPECIFIED, .status = 1,
     .error = "sinkhorn: p is 7 x 3; potentials of 3 sources and 3 targets are 6 x 3\n"},
    {"a pair twice", "sinkhorn --cost-pairs -", .input = "1,1,0\n1,1,1\n", .status = 1,
     .error = "sinkhorn: -: row 2: the pair 1,1 was there before\n"},
    {"an index that is none", "sinkhorn --cost-pairs -", .input = "0,1,0\n", .status = 1,
     .error = "sinkhorn: -: row 1: field 1: expected a whole number from 1 on, got '0'\n"},
    {"pairs beyond memory", "sinkhorn --cost-pairs -", .input = "1000000000,1000000000,0\n", .status = 1,
     .error = "sinkhorn: -: 1000000000 x 1000000000 pairs are more than fit in memory\n"},
    {"unrolled without a count of steps", "sinkhorn --unroll --gradient" XY, SPECIFIED, .status = 2,
     .error_contains = "--unroll needs --tolerance 0"},
    {"points whose costs overflow", "sinkhorn x.csv -", SPECIFIED, .input = "1,1e200\n", .status = 1,
     .error = "sinkhorn: -: row 1: field 2: expected a coordinate within 1e150, got '1e200'\n"},
    {"such points of a block", "sinkhorn -N --block 1 x.csv -", SPECIFIED, .input = "1,0\n1,1e200\n0,0\n",
     .status = 1, .error = "sinkhorn: -:2: field 2: expected a coordinate within 1e150, got '1e200'\n"},
    {"what is wrong in a binary block, which threads read by themselves",
     "matcat -b -o i.npy && matcat -b -o n.npy i.npy && printf '\\000\\000\\000\\000\\000\\000\\370\\177' | "
     "dd "
     "of=n.npy bs=1 seek=184 conv=notrunc 2>dd; for o in '' --logits; do sinkhorn -e 1 --block 2 $o i.npy "
     "i.npy; "
     "sinkhorn -e 1 --block 2 $o n.npy n.npy; done",
     .input = "1,0\n1,0\n0,1\n0,inf\n", .status = 1,
     .error = "sinkhorn: i.npy: row 4: field 2: expected a coordinate within 1e150, got 'inf'\n"
              "sinkhorn: n.npy: row 4: field 2: the value is missing\n"
              "sinkhorn: i.npy: row 4: field 2: expected a finite logit, got 'inf'\n"
              "sinkhorn: n.npy: row 4: field 2: the value is missing\n"},
    {"a zero vector in a block has no cosine", "sinkhorn -N --block 1 --cost cosine x.csv -", SPECIFIED,
     .input = "1,0\n1,0\n0,1\n", .status = 1,
     .error = "sinkhorn: problem 1: source 1 is zero and has no cosine\n"},
    {"no steps at all", "sinkhorn --tolerance 0 --max-iterations 0 --block 1" XY, SPECIFIED, .status = 2,
     .error_contains = "--max-iterations must be at least 1"},
    {"a start that is no file", "sinkhorn --init p.csv" XY, SPECIFIED, .status = 2,
     .error_contains = "--init takes @FILE"},
    {"nothing to read", "sinkhorn", .status = 2, .error_contains = "expected X and Y, or --cost-matrix"},
    {"empty input", "sinkhorn - y.csv", SPECIFIED, .status = 1, .error = "sinkhorn: -: no rows\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
