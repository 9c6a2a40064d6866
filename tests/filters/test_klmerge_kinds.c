/* klmerge on the parts of every filter that makes them, each a test named by its command: rows cut at random
 * and merged in every order, and by random trees of merges, give the same bytes; and those what one run over
 * all rows gives, to 1e-12. */

#include "support/filter_case.h"

/* data.sh: 100 rows in whole/, of logits t and s, distributions p and q, labels, weights and points; and what
 * is not cut: queries and models. */
static const char data[] =
    "mkdir whole && cd whole || exit\n"
    "awk 'BEGIN { srand(7); print \"a,b,c\"; for (i = 0; i < 100; i++)\n"
    "    print 6 * rand() - 3 \",\" 6 * rand() - 3 \",\" 3 * rand() }' | matcat -b -o t.npy -\n"
    "matcat -b --shuffle -o s.npy t.npy\n"
    "matcat -b --softmax -o p.npy t.npy && matcat -b --softmax -o q.npy s.npy\n"
    "awk 'BEGIN { for (i = 0; i < 100; i++) print (i * i + int(i / 7)) % 3 }' | matcat -b -o y.npy -\n"
    "awk 'BEGIN { for (i = 0; i < 100; i++) print i % 5 / 3 }' | matcat -b -o w.npy -\n"
    "matcat -b -c 1,2 -o x.npy t.npy && cd .. && matcat -b --rows 1:9 -o at.npy whole/s.npy\n"
    "for shape in full tied-diagonal spherical; do\n"
    "    gmmfit -k 3 --covariance $shape --tol 0 --max-iter 2 -o $shape.npz whole/x.npy || exit\n"
    "done\n"
    "kmeans -k 4 -o centers.npz whole/x.npy\n";

/* cut.sh SEED: the rows of whole/ to rows.1/, rows.2/, ..., of random sizes, multiples of the batch of 5
 * rows. Prints how many there are. */
static const char cut[] =
    "rm -rf rows.* && cuts=$(awk -v seed=$1 'BEGIN { srand(seed); first = 1\n"
    "    for (i = 5; i < 100; i += 5)\n"
    "        if (rand() < 0.25 || first == 1 && i > 30) { print first \":\" i; first = i + 1 }\n"
    "    print first \":100\" }')\n"
    "part=0; for range in $cuts; do\n"
    "    part=$((part + 1)) && mkdir rows.$part && for file in whole/*; do\n"
    "        matcat -b --rows $range -o rows.$part/${file#whole/} $file || exit\n"
    "    done\n"
    "done && echo $part\n";

/* merge.sh SEED: *.part by a random tree of merges of two and three. */
static const char merge[] =
    "node=0; while [ $(ls *.part | wc -l) -gt 1 ]; do\n"
    "    node=$((node + 1)) some=$(ls *.part | awk -v seed=$(($1 * 100 + node)) '\n"
    "        BEGIN { srand(seed) } { print rand(), $1 }' | sort | head -n $((2 + node % 2)) | cut -d' ' -f "
    "2)\n"
    "    klmerge --partial -o node $some && rm $some && mv node node.$node.part || exit\n"
    "done; klmerge *.part\n";

/* orders.sh DONE WORD ...: every order of the words, a line each. */
static const char orders[] = "[ $# -gt 1 ] || { echo $1; exit; }\n"
                             "before=$1; shift; for word; do\n"
                             "    rest=; for other; do [ $other = $word ] || rest=\"$rest $other\"; done\n"
                             "    sh orders.sh \"$before $word\" $rest\n"
                             "done\n";

/* same.sh FILE FILE [ARRAY ...]: tables, or models' arrays, to 1e-12 of the values, or of 1. */
static const char same[] =
    "one=$1 other=$2; shift 2; for array; do\n"
    "    matcat -N $one:$array >>one.txt && matcat -N $other:$array >>other.txt || exit\n"
    "done; [ $# -gt 0 ] || { cp $one one.txt && cp $other other.txt; }\n"
    "paste -d , one.txt other.txt | awk -F , '{ for (i = 1; i <= NF / 2; i++) {\n"
    "    a = $i; b = $(i + NF / 2); n += a ~ /[0-9]/; d = a - b\n"
    "    if (a != b && !((d < 0 ? -d : d) <= 1e-12 * (a < 0 ? 1 - a : 1 + a))) bad++ } }\n"
    "    END { if (n == 0 || bad > 0) print bad + 0 \" of \" n + 0 \" differ\" }'; rm one.txt other.txt\n";

/* kind.sh COMMAND OPTIONS ARRAYS: the command runs where the rows are; one run has the OPTIONS. Twice the
 * rows are cut, the third time the command reads shards. */
static const char kind[] =
    "(cd whole && $1 $2) >whole.out || exit\n"
    "for seed in 1 2 3; do\n"
    "    if [ $seed = 3 ]; then count=5; else count=$(sh cut.sh $seed); fi; rm -f *.part\n"
    "    for i in $(seq $count); do\n"
    "        if [ $seed = 3 ]; then (cd whole && $1 --partial --shard $i/5 -o ../$i.part)\n"
    "        else (cd rows.$i && $1 --partial -o ../$i.part); fi || exit\n"
    "    done\n"
    "    klmerge *.part >merged.out && sh same.sh whole.out merged.out $3\n"
    "    [ $seed != 1 ] || sh orders.sh \"$(ls *.part | tail -n +5)\" $(ls *.part | head -n 4) >orders.txt\n"
    "    while read -r order; do klmerge $order | cmp - merged.out; done <orders.txt\n"
    "    sh merge.sh $seed | cmp - merged.out\n"
    "    : >orders.txt\n"
    "done\n";

#define KIND(command_, options_, arrays_)                                                                    \
    {                                                                                                        \
        command_, "sh data.sh && sh kind.sh '" command_ "' '" options_ "' '" arrays_ "'",                    \
            FILES({"data.sh", data}, {"cut.sh", cut}, {"merge.sh", merge}, {"orders.sh", orders},            \
                  {"same.sh", same}, {"kind.sh", kind})                                                      \
    }
#define TABLE(command_) KIND(command_, "", "")
#define STEP(command_, arrays_) KIND(command_, "--tol 0 --max-iter 1 --quiet", arrays_)

static const struct filter_case cases[] = {
    TABLE("kldiv --mean p.npy q.npy"),
    TABLE("kldiv --mean-weights w.npy --sum p.npy q.npy"),
    TABLE("jsdiv --sum --distance --base 2 p.npy q.npy"),
    TABLE("csdiv --mean p.npy q.npy"),
    TABLE("fdiv -f all -f alpha:alpha=2 --mean p.npy q.npy"),
    TABLE("calib p.npy y.npy"),
    TABLE("cmi --classes 3 p.npy y.npy"),
    TABLE("cmi --classes 3 --centroids p.npy y.npy"),
    TABLE("cka t.npy p.npy"),
    TABLE("cka --batch 5 t.npy p.npy"),
    TABLE("kdloss -l kl -l js:temperature=2 -l ce -y y.npy t.npy s.npy"),
    TABLE("kde --bandwidth 0.5 t.npy ../at.npy"),
    TABLE("kde --bandwidth 1e-3 --log t.npy ../at.npy"),
    TABLE("gmmeval --mean ../full.npz x.npy"),
    STEP("gmmfit --init @../full.npz x.npy", "weights means covariances"),
    STEP("gmmfit --init @../tied-diagonal.npz x.npy", "weights means covariances"),
    STEP("gmmfit --init @../spherical.npz --prior conjugate x.npy", "weights means covariances"),
    STEP("kmeans --init @../centers.npz x.npy", "centers"),
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
