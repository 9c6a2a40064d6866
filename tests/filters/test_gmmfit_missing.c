/* gmmfit --na model: entries missing at random. */

#include "support/filter_case.h"

#define ROWS "1,2\n2,NA\n,1\n2,2.5\n9,9\n8,NA\nNA,8\n8.5,9.5\n,\n1.5,1\n"
#define GAPS FILES({"x.csv", ROWS})
#define NOTE "gmmfit: x.csv: 1 row without any value\n"
#define FIT "gmmfit --na model --floor 1e-2 "

/* Old Faithful with every fifth waiting time and every seventh eruption missing. */
#define FAITHFUL                                                                                             \
    "awk -F, -v OFS=, 'NR > 1 { if (NR % 5 == 0) $2 = \"\"; if (NR % 7 == 0) $1 = \"\" } { print }' "        \
    "$DATA/faithful.csv >f.csv && "

static const struct filter_case cases[] = {
    {"with nothing missing the model is the plain one, to the byte",
     "gmmfit -k 3 --restarts 3 -o a.npz $DATA/faithful.csv && "
     "gmmfit -k 3 --restarts 3 --na model -o b.npz $DATA/faithful.csv && cmp a.npz b.npz"},
    {"threads do not change a byte",
     FAITHFUL "for t in 1 4; do gmmfit -t $t -q -k 3 --restarts 3 --na model -o $t.npz f.csv; done; "
              "cmp 1.npz 4.npz"},
    {"the model is near that of all values, nearer than that of complete rows",
     FAITHFUL "gmmfit -q -k 2 -o all.npz $DATA/faithful.csv; gmmfit -q -k 2 --na skip -o skip.npz f.csv; "
              "gmmfit -q -k 2 --na model -o model.npz f.csv; "
              "for m in skip model; do gmmeval --mean $m.npz $DATA/faithful.csv; done | "
              "awk 'NR == 1 { skip = $1 } END { print ($1 > skip ? \"nearer\" : \"farther\") }'",
     .output = "nearer\n"},
    {"a row without any value adds nothing, and is told of", FIT "-k 2 -o m.npz x.csv && matcat m.npz:n",
     GAPS, .output = "9\n", .error_contains = NOTE},
    {"labels follow what a row has; without any, the heavier component",
     FIT "-k 2 --labels l.csv -o m.npz x.csv && matcat -N l.csv | tr '\\n' ' '", GAPS,
     .output = "1 1 1 1 2 2 2 2 1 1 ", .error_contains = NOTE},
    {"responsibilities without any value are the weights",
     FIT "-q -k 2 --responsibilities r.csv -o m.npz x.csv && matcat -N --rows 9 r.csv && "
         "matcat m.npz:weights --transpose",
     GAPS, .numbers = "0.5555 0.4444 0.5555 0.4444", .tolerance = 2e-3},
    {"--na-values names what is missing: the line y = x + 1",
     "gmmfit -q --na model --na-values -9 -o m.npz && matcat m.npz:means",
     .input = "1,2\n3,-9\n-9,4\n2,3\n4,5\n", .numbers = "2.6 3.6", .tolerance = 1e-3},
    {"every type, start and restart serves", FAITHFUL
     "for s in kmeans kmeans++ random ward; do for t in full tied diagonal tied-diagonal spherical "
     "tied-spherical; do gmmfit -q --na model -k 2 --init $s --covariance $t -o m.npz f.csv || echo $s $t; "
     "done; done"},
    {"a fit from a model, and one from k-means, go on",
     FAITHFUL
     "kmeans -q -k 2 -o k.npz $DATA/faithful.csv && gmmfit -q --na model --init @k.npz -o a.npz f.csv && "
     "gmmfit -q --na model --init @a.npz -o b.npz f.csv && gmmfit -q --na model -k 2 -o c.npz f.csv && "
     "for m in a b c; do matcat --digits 7 $m.npz:log_likelihood; done | uniq | wc -l",
     .output = "1\n"},
    {"the criterion chooses, cross-validated too",
     FAITHFUL "gmmfit -q --na model -k 1:3 --criterion bic -o m.npz f.csv && matcat m.npz:weights | wc -l && "
              "gmmfit -q --na model -k 1:2 --restarts 1 --criterion cv --folds 3 -o m.npz f.csv && "
              "matcat m.npz:weights | wc -l",
     .output = "2\n2\n"},
    {"few complete rows: the gaps are filled for the start",
     FIT "-q -k 2 --restarts 1 -o m.npz && matcat m.npz:n",
     .input = "1,\n,1\n1.1,\n,1.2\n5,\n,5\n5.1,5.2\n,5.3\n1,1.1\n5,\n", .output = "10\n"},
    {"classification EM and SQUAREM serve",
     FAITHFUL
     "gmmfit -q --na model -k 2 --method cem -o a.npz f.csv && "
     "gmmfit -q --na model -k 2 --accelerate -o b.npz f.csv && gmmfit -q --na model -k 2 -o c.npz f.csv && "
     "matcat b.npz:log_likelihood c.npz:log_likelihood | awk 'NR == 1 { a = $1 } END { print $1 - a }'",
     .numbers = "0", .tolerance = 1e-3},

    /* what is refused */
    {"a column with no values", "gmmfit --na model -o m.npz", .input = "1,\n2,\n3,\n", .status = 1,
     .error = "gmmfit: -: column 2 has no values\n"},
    {"no values at all", "gmmfit --na model -o m.npz", .input = "NA\nNA\n", .status = 1,
     .error = "gmmfit: -: column 1 has no values\n"},
    {"an infinite value", "gmmfit --na model -o m.npz", .input = "1,\n2,inf\n", .status = 1,
     .error = "gmmfit: -: row 2: expected a finite number, got inf\n"},
    {"a missing weight", "gmmfit --na model --weight-column 2 -o m.npz", .input = "1,1\n2,\n3,1\n",
     .status = 1, .error = "gmmfit: -: row 2: expected a weight of at least 0, got nan\n"},
    {"equal values", "gmmfit --na model -o m.npz", .input = "1,2\n1,\n,2\n", .status = 1,
     .error = "gmmfit: all rows are equal\n"},
    {"noise, whose box has lost a side", "gmmfit --na model --noise x.csv", .status = 2,
     .error = "gmmfit: --noise has no meaning with --na model\n"},
    {"a start with noise",
     "gmmfit -q --noise -k 2 -o n.npz $DATA/faithful.csv && " FAITHFUL
     "gmmfit --na model --init @n.npz -o m.npz f.csv",
     .status = 1, .error_contains = "gmmfit: n.npz: noise has no density for rows with missing values\n"},
    {"parts", "gmmfit --na model --partial --init @s.npz x.csv", .status = 2,
     .error = "gmmfit: --partial has no meaning with --na model\n"},
    {"batches", "gmmfit --na model --method stepwise -k 2 x.csv", .status = 2,
     .error = "gmmfit: --na model needs --method em or cem\n"},
    {"other filters do not take it", "kmeans --na model x.csv", .status = 2,
     .error = "kmeans: --na: expected fail or skip, got 'model'\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
