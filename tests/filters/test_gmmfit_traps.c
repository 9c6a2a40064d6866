/* gmmfit where data are awkward, its other ways to an optimum, and the models of scikit-learn and mclust. */

#include "support/filter_case.h"

/* clang-format off */
#define LIKELIHOOD " && matcat m.npz:log_likelihood"
/* Whether the model has but finite numbers: prints nothing else. */
#define FINITE " && for a in weights means covariances log_likelihood; do matcat m.npz:$a; done | grep -ci -e nan -e inf"
#define TWELVE "0,0\n1,.5\n.4,-.3\n-.6,.8\n.2,.1\n5,5\n6,4.5\n5.5,6\n4.2,5.3\n5.1,4.4\n5.4,5.2\n0,6\n"
#define START "matcat --no-header --pack kind:=gmm covariance_type:=full weights=w.csv means=m.csv covariances=c.csv --shape covariances=2x2x2 -o s.npz && "
#define START_FILES {"w.csv", ".5\n.5\n"}, {"m.csv", "0,1\n5,5\n"}, {"c.csv", "1,0,0,1\n1,0,0,1\n"}
/* The same, with columns of scale 1e8 and 1e-8. */
#define SCALED "0,0\n1e8,.5e-8\n.4e8,-.3e-8\n-.6e8,.8e-8\n.2e8,.1e-8\n5e8,5e-8\n6e8,4.5e-8\n5.5e8,6e-8\n4.2e8,5.3e-8\n5.1e8,4.4e-8\n5.4e8,5.2e-8\n0,6e-8\n"
#define SCALED_START {"w.csv", ".5\n.5\n"}, {"m.csv", "0,1e-8\n5e8,5e-8\n"}, {"c.csv", "1e16,0,0,1e-16\n1e16,0,0,1e-16\n"}
/* clang-format on */

/* A mixture to draw from: weights .6, .4, means (0,0), (4,1), covariances [[1,.5],[.5,1]], [[.5,0],[0,2]]. */
#define TRUTH                                                                                                \
    "matcat --no-header --pack kind:=gmm covariance_type:=full weights=w.csv means=m.csv covariances=c.csv " \
    "--shape covariances=2x2x2 -o t.npz && "
#define TRUTH_FILES FILES({"w.csv", ".6\n.4\n"}, {"m.csv", "0,0\n4,1\n"}, {"c.csv", "1,.5,.5,1\n.5,0,0,2\n"})
#define PARAMETERS " && matcat m.npz:weights && matcat m.npz:means && matcat m.npz:covariances"
#define TRUE_NUMBERS ".6 .4 0 0 4 1 1 .5 .5 1 .5 0 0 2"

static const struct filter_case cases[] = {
    /* other ways to the same optimum; -1119.2139 is that of ten starts of k-means */
    {"Ward's tree is a start", "gmmfit -k 3 --init ward $DATA/faithful.csv -o m.npz" LIKELIHOOD,
     .numbers = "-1119.21399", .tolerance = 2e-5},
    {"of as many components as rows, Ward's tree has a cluster for each",
     "gmmfit -k 12 --init ward --max-iter 0 --tol 0 --floor 0.01 --labels l.csv x.csv -o m.npz && "
     "sort -u l.csv | wc -l",
     FILES({"x.csv", TWELVE}), .output = "13\n"},
    {"longer steps reach it in fewer",
     "gmmfit -k 3 --restarts 1 $DATA/faithful.csv -o p.npz && "
     "gmmfit -k 3 --restarts 1 --accelerate $DATA/faithful.csv -o m.npz" LIKELIHOOD
     " && matcat p.npz:iterations m.npz:iterations | awk '{ n[NR] = $1 } END { print n[2] < .7 * n[1] }'",
     .numbers = "-1119.21398 1", .tolerance = 2e-5},
    {"steps that are kept never lower the objective",
     "gmmfit -k 4 --accelerate --restarts 1 --report r.json $DATA/faithful.csv -o m.npz && "
     "tr -d ' \\n' <r.json | sed 's/.*path\":.//; s/].*//' | tr , '\\n' | "
     "awk 'NR > 1 && $1 < last { fell++ } { last = $1 } END { print fell + 0, (NR > 5) }'",
     .output = "0 1\n"},
    {"they are steps of EM", "gmmfit --accelerate --method cem x.csv", .status = 2,
     .error = "gmmfit: --accelerate needs --method em\n"},

    /* five standard errors at n = 40000: weights .0025, means .007, .008 and .011, covariances .015 or less
     * but 2's .022; overlap is slight */
    {"the fit of draws is the mixture they are from",
     TRUTH "gmmsample -n 40000 -b t.npz | gmmfit -k 2 --restarts 3 -o m.npz" PARAMETERS, TRUTH_FILES,
     .numbers = TRUE_NUMBERS, .tolerance = 0.075, .relative_tolerance = 0.02},
    {"batches find it too, from a pipe",
     TRUTH "gmmsample -n 40000 -b t.npz | gmmfit -k 2 --method stepwise -o m.npz" PARAMETERS, TRUTH_FILES,
     .numbers = TRUE_NUMBERS, .tolerance = 0.15,
     .relative_tolerance = 0.02}, /* the last batches weigh more */
    {"a pipe is the first pass over a file, to the last bit",
     TRUTH "gmmsample -n 30000 t.npz >x.csv && "
           "gmmfit -k 2 --method stepwise --max-iter 1 --tol 0 x.csv -o f.npz && "
           "cat x.csv | gmmfit -k 2 --method stepwise -t 1 -o p.npz && "
           "for a in weights means covariances iterations; do matcat f.npz:$a >f; matcat p.npz:$a >p; "
           "cmp f p; done",
     TRUTH_FILES},
    {"the log-likelihood of a file is that of the model written, and a pipe has none",
     TRUTH "gmmsample -n 12000 t.npz >x.csv && gmmfit -k 2 --method stepwise x.csv -o m.npz" LIKELIHOOD
           " && gmmeval --sum m.npz x.csv && cat x.csv | gmmfit -k 2 --method stepwise -o p.npz && "
           "matcat --list p.npz | grep -c -e log_likelihood -e bic",
     TRUTH_FILES, .numbers = "-40907.693 -40907.693 0", .tolerance = 1e-2, .status = 1},
    {"batches go on from a model",
     TRUTH "gmmsample -n 5000 t.npz | gmmfit --init @t.npz --method stepwise "
           "-o m.npz && matcat m.npz:iterations",
     TRUTH_FILES, .output = "5\n"},
    {"stepwise fits write no labels", "gmmfit --method stepwise --labels l.csv x.csv", .status = 2,
     .error_contains = "--labels has no meaning with --method stepwise"},
    {"stepwise fits make no choice", "gmmfit --method stepwise -k 1:2 x.csv", .status = 2,
     .error = "gmmfit: --method stepwise fits one size and one type\n"},
    {"only they have batches", "gmmfit --batch 10 x.csv", .status = 2,
     .error = "gmmfit: --batch needs --method stepwise\n"},
    {"an infinite value in a stream has its place", "gmmfit --method stepwise -o m.npz -",
     .input = "1\n2\ninf\n", .status = 1, .error = "gmmfit: -:3: expected a finite number, got inf\n"},
    {"too few passes are status 3",
     "gmmfit -k 3 --method stepwise --batch 20 --max-iter 2 --tol 1e-12 $DATA/faithful.csv -o m.npz",
     .status = 3, .error = "gmmfit: not converged in 2 passes: raise --max-iterations or --tolerance\n"},

    /* awkward data */
    {"no step keeps a model's numbers to the last bit",
     "gmmfit -k 3 $DATA/faithful.csv -o a.npz && gmmfit --init @a.npz --max-iter 0 --tol 0 "
     "$DATA/faithful.csv "
     "-o b.npz && for a in weights means covariances; do matcat a.npz:$a >a; matcat b.npz:$a >b; cmp a b; "
     "done"},
    {"fixed means too",
     "gmmfit -k 3 $DATA/faithful.csv -o a.npz && gmmfit --init @a.npz --fix means --max-iter 3 --tol 0 "
     "$DATA/faithful.csv -o b.npz && matcat a.npz:means | sort >a && matcat b.npz:means | sort >b && cmp a "
     "b"},
    {"columns of scale 1e8 and 1e-8 have the fit of columns of scale 1", /* the volume is the same */
     START "gmmfit --floor 0 --init @s.npz -o m.npz x.csv" LIKELIHOOD, FILES(SCALED_START, {"x.csv", SCALED}),
     .numbers = "-35.126565", .tolerance = 6e-7},
    {"with a floor for all columns alike the report and a note tell of it",
     "gmmfit --report r.json -o m.npz x.csv && grep -c 'floored\": 1' r.json", FILES({"x.csv", SCALED}),
     .output = "1\n",
     .error = "gmmfit: 1 variance is at the floor: columns of unlike scale, or rows on a plane\n"},
    {"rows repeated a hundred times have the fit of the rows", /* 100 times -35.126565 */
     START
     "awk '{ for (i = 0; i < 100; i++) print }' x.csv | gmmfit --floor 0 --init @s.npz -o m.npz" LIKELIHOOD,
     FILES(START_FILES, {"x.csv", TWELVE}), .numbers = "-3512.6565", .tolerance = 6e-5},
    {"more components than distinct rows", "gmmfit -k 3 -o m.npz", .input = "1\n1\n2\n2\n2\n1\n", .status = 1,
     .error = "gmmfit: 3 clusters but 2 distinct rows\n"},
    {"the same by Ward's tree", "gmmfit -k 3 --init ward -o m.npz", .input = "1\n1\n2\n2\n2\n1\n",
     .status = 1, .error = "gmmfit: 3 components but fewer distinct rows\n"},
    {"as many components as rows stand at the floor, and have numbers",
     "gmmfit -q -k 12 --accept-unconverged x.csv -o m.npz" FINITE, FILES({"x.csv", TWELVE}), .status = 1,
     .output = "0\n"},
    {"without a floor they are an error", "gmmfit -k 12 --floor 0 x.csv -o m.npz", FILES({"x.csv", TWELVE}),
     .status = 1, .error_contains = "is not positive definite"},
    {"one far row is a component of its own",
     "(cat $DATA/faithful.csv; echo 1e6,1e6) | gmmfit -q -k 3 -o m.npz && "
     "matcat m.npz:means | tail -n 1 && matcat m.npz:weights | awk 'END { print $1 * 273 }'",
     .numbers = "1e6 1e6 1", .relative_tolerance = 1e-9},
    {"a constant column stands at the floor", "gmmfit -q -k 2 x.csv -o m.npz" FINITE,
     FILES({"x.csv", "1,7\n2,7\n3,7\n8,7\n9,7\n11,7\n"}), .status = 1, .output = "0\n"},
    {"a row of weight 0 is no row",
     START
     "(cat x.csv; echo 100,-50) >y.csv && gmmfit --floor 0 --init @s.npz --weights v.csv y.csv -o m.npz && "
     "matcat m.npz:log_likelihood m.npz:n",
     FILES(START_FILES, {"x.csv", TWELVE}, {"v.csv", "1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n0\n"}),
     .numbers = "-35.126565 12", .tolerance = 6e-7},
    {"drawn starts pass over it as well",
     "(cat $DATA/faithful.csv; echo 1e6,1e6) >y.csv && "
     "awk 'BEGIN { for (i = 0; i < 272; i++) print 1; print 0 }' >v.csv && for i in kmeans kmeans++ random "
     "ward; "
     "do gmmfit -k 2 --init $i --weights v.csv y.csv -o m.npz" LIKELIHOOD "; done",
     .numbers = "-1130.26396 -1130.26396 -1130.26396 -1130.26396", .tolerance = 1e-4},
    {"whole weights and repeated rows give one model",
     START "awk '{ print 1 + NR % 3 }' x.csv >v.csv && "
           "awk '{ for (i = 0; i <= NR % 3; i++) print }' x.csv >y.csv && "
           "gmmfit --floor 0 --init @s.npz --weights v.csv x.csv -o a.npz && "
           "gmmfit --floor 0 --init @s.npz y.csv -o b.npz && for a in weights means covariances bic; do "
           "matcat a.npz:$a | tr , '\\n' >a; matcat b.npz:$a | tr , '\\n' | paste -d, a - | "
           "awk -F, '{ if (($1 - $2) ^ 2 > 1e-20 * (1 + $1 ^ 2)) print }'; done",
     FILES(START_FILES, {"x.csv", TWELVE})},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
