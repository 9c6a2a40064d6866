/* gmmfit as a user runs it. Numbers are those of the specification's checks, scikit-learn 1.2.1 from the same
 * start, and the figures of mclust for Old Faithful. */

#include "support/filter_case.h"

#define ROWS "0,0\n1,.5\n.4,-.3\n-.6,.8\n.2,.1\n5,5\n6,4.5\n5.5,6\n4.2,5.3\n5.1,4.4\n5.4,5.2\n0,6\n"
#define START_FILES                                                                                          \
    {"x.csv", ROWS}, {"w.csv", ".5\n.5\n"}, {                                                                \
        "m.csv", "0,1\n5,5\n"                                                                                \
    }
#define PACK "matcat --no-header --pack kind:=gmm weights=w.csv means=m.csv "
#define LIKELIHOOD " && matcat m.npz:log_likelihood"
#define FIGURES " && matcat m.npz:log_likelihood m.npz:bic"

/* clang-format off */
#define FULL FILES(START_FILES, {"c.csv", "1,0,0,1\n1,0,0,1\n"})
#define PACK_FULL PACK "covariance_type:=full covariances=c.csv --shape covariances=2x2x2 -o s.npz && "
#define TIED FILES(START_FILES, {"c.csv", "1,0\n0,1\n"})
#define PACK_TIED PACK "covariance_type:=tied covariances=c.csv -o s.npz && "
#define DIAGONAL FILES(START_FILES, {"c.csv", "1,1\n1,1\n"})
#define PACK_DIAGONAL PACK "covariance_type:=diagonal covariances=c.csv -o s.npz && "
#define ONES FILES(START_FILES, {"c.csv", "1\n1\n"}, {"one.csv", "1\n"})
#define PACK_TIED_DIAGONAL PACK "covariance_type:=tied-diagonal covariances=c.csv --shape covariances=2 -o s.npz && "
#define PACK_SPHERICAL PACK "covariance_type:=spherical covariances=c.csv --shape covariances=2 -o s.npz && "
#define PACK_TIED_SPHERICAL PACK "covariance_type:=tied-spherical covariances:=1 -o s.npz && "
/* clang-format on */

#define FIT "gmmfit --floor 0 --init @s.npz -o m.npz x.csv "
#define ONE_STEP FIT "--tol 0 --max-iter 1" LIKELIHOOD
#define MCLUST FIT "--tol 1e-15" FIGURES
#define SKLEARN FIT "--ridge 1e-6 --tol 1e-13" FIGURES

/* Half a unit in the last place that the specification prints, and a little. */
#define EIGHT_DECIMALS .tolerance = 6e-9
#define SIX_DECIMALS .tolerance = 6e-7
/* scikit-learn's ridge enters as ours does; all have converged to 1e-12 or so. */
#define LIKE_SKLEARN .tolerance = 1e-8

static const struct filter_case cases[] = {
    /* the specification's check 1 */
    {"no step leaves the start as it is", PACK_FULL FIT "--tol 0 --max-iter 0" LIKELIHOOD, FULL,
     .numbers = "-46.97321392", EIGHT_DECIMALS},
    {"full: one step", PACK_FULL ONE_STEP, FULL, .numbers = "-38.34792815", EIGHT_DECIMALS},
    {"full: convergence", PACK_FULL FIT FIGURES " m.npz:aic m.npz:parameters", FULL,
     .numbers = "-35.126565 97.587102 92.253129 11", SIX_DECIMALS},
    {"tied: one step", PACK_TIED ONE_STEP, TIED, .numbers = "-44.61993627", EIGHT_DECIMALS},
    {"tied: convergence", PACK_TIED FIT FIGURES, TIED, .numbers = "-39.871956 99.623164", SIX_DECIMALS},
    {"diagonal: one step", PACK_DIAGONAL ONE_STEP, DIAGONAL, .numbers = "-38.65646025", EIGHT_DECIMALS},
    {"diagonal: convergence", PACK_DIAGONAL FIT FIGURES, DIAGONAL, .numbers = "-35.337102 93.038364",
     SIX_DECIMALS},
    {"tied-diagonal: one step", PACK_TIED_DIAGONAL ONE_STEP, ONES, .numbers = "-44.70227761", EIGHT_DECIMALS},
    {"tied-diagonal: convergence", PACK_TIED_DIAGONAL FIT FIGURES, ONES, .numbers = "-40.024480 97.443307",
     SIX_DECIMALS},
    {"spherical: one step", PACK_SPHERICAL ONE_STEP, ONES, .numbers = "-44.62968106", EIGHT_DECIMALS},
    {"spherical: convergence", PACK_SPHERICAL FIT FIGURES " m.npz:icl", ONES,
     .numbers = "-40.529028 98.452403 98.475767", SIX_DECIMALS},
    {"tied-spherical: one step", PACK_TIED_SPHERICAL ONE_STEP, ONES, .numbers = "-45.70179510",
     EIGHT_DECIMALS},
    {"tied-spherical: convergence", PACK_TIED_SPHERICAL FIT FIGURES " m.npz:icl", ONES,
     .numbers = "-44.703544 104.316527 104.367368", .tolerance = 3e-6}, /* ends a rise of 1e-8 n short */
    {"tied-spherical: the component of less weight stands second",
     PACK_TIED_SPHERICAL FIT "--tol 1e-14 && matcat m.npz:weights --rows 2 && matcat m.npz:means --rows 2",
     ONES, .numbers = "0.416989 0.199845 0.224477", SIX_DECIMALS},

    /* check 5 */
    {"scikit-learn from the same start: full", PACK_FULL SKLEARN, FULL,
     .numbers = "-35.12656465904812 97.58710246576425", LIKE_SKLEARN},
    {"scikit-learn from the same start: tied", PACK_TIED SKLEARN, TIED,
     .numbers = "-39.87195557446198 99.62316434722796", LIKE_SKLEARN},
    {"scikit-learn from the same start: diag", PACK_DIAGONAL SKLEARN, DIAGONAL,
     .numbers = "-35.33710220980715 93.0383642677063", LIKE_SKLEARN},
    {"scikit-learn from the same start: spherical", PACK_SPHERICAL SKLEARN, ONES,
     .numbers = "-40.52902833292885 98.4524032143737", LIKE_SKLEARN},
    {"scikit-learn after three steps: spherical",
     PACK_SPHERICAL FIT "--ridge 1e-6 --tol 0 --max-iter 3" LIKELIHOOD, ONES,
     .numbers = "-40.529028620782974", LIKE_SKLEARN},
    {"scikit-learn on Old Faithful", "gmmfit -k 2 --tol 1e-12 $DATA/faithful.csv -o m.npz" FIGURES,
     .numbers = "-1130.2639601847418 2322.1917430987396", .tolerance = 2e-6}, /* its own tolerance */

    /* mclust 6.0.2, function me, from the responsibilities of the same start, with its own tolerance at 1e-15
     */
    {"mclust from the same start: VVV", PACK_FULL MCLUST, FULL,
     .numbers = "-35.12656465897989 97.58710246562778", LIKE_SKLEARN},
    {"mclust from the same start: EEE", PACK_TIED MCLUST, TIED,
     .numbers = "-39.87195557441723 99.62316434713846", LIKE_SKLEARN},
    {"mclust from the same start: VVI", PACK_DIAGONAL MCLUST, DIAGONAL,
     .numbers = "-35.33710220974453 93.03836426758106", LIKE_SKLEARN},
    {"mclust from the same start: EEI", PACK_TIED_DIAGONAL MCLUST, ONES,
     .numbers = "-40.0244803849203 97.44330731835659", LIKE_SKLEARN},
    {"mclust from the same start: VII", PACK_SPHERICAL MCLUST, ONES,
     .numbers = "-40.52902833289375 98.4524032143035", LIKE_SKLEARN},
    {"mclust from the same start: EII", PACK_TIED_SPHERICAL MCLUST, ONES,
     .numbers = "-44.70354362069918 104.3165271401264", LIKE_SKLEARN},
    {"mclust on Old Faithful, two components of each type",
     "for t in VVV EEE VVI EEI VII EII; do gmmfit -k 2 --covariance $t --floor 0 --tol 1e-14 "
     "$DATA/faithful.csv -o m.npz && matcat m.npz:log_likelihood; done",
     .numbers = "-1130.263960184742 -1140.186759437083 -1147.806352537811 -1157.680012341693 "
                "-1709.529282177418 -1709.681372949735",
     LIKE_SKLEARN},

    /* choices */
    {"mclust's choice on Old Faithful is EEE with three components: bic 2314.296",
     "gmmfit -k 1:5 --covariance all $DATA/faithful.csv -o m.npz && "
     "matcat m.npz:bic && matcat m.npz:weights | wc -l",
     .numbers = "2314.296 3", .tolerance = 1e-3},
    {"the synonyms are the types",
     "for t in diag VVV EEE VVI EEI VII EII; do gmmfit -k 2 --covariance $t "
     "$DATA/faithful.csv -o m.npz && matcat m.npz:parameters; done",
     .numbers = "9 11 8 9 7 7 6"},
    {"the table has a row for each candidate",
     "gmmfit -k 1:2 --covariance full,diag --table t.csv $DATA/faithful.csv -o m.npz && cut -d, -f 1,2,4 "
     "t.csv",
     .output = "components,covariance,parameters\n1,full,5\n2,full,11\n1,diagonal,4\n2,diagonal,9\n"},
    {"held-out likelihood prefers two components to one",
     "gmmfit -k 1:2 --criterion cv --folds 5 $DATA/faithful.csv -o m.npz && matcat m.npz:weights | wc -l",
     .output = "2\n"},

    /* what is written beside the model */
    {"labels are those of the heaviest component first",
     "gmmfit -k 2 --labels l.csv $DATA/faithful.csv -o m.npz && sort l.csv | uniq -c | awk '{ print $2, $1 "
     "}'",
     .output = "1 175\n2 97\nlabel 1\n"},
    {"responsibilities sum to 1",
     "gmmfit -k 3 --responsibilities r.csv $DATA/faithful.csv -o m.npz && head -n 1 r.csv && awk -F, "
     "'NR > 1 { s = $1 + $2 + $3; if (s < 1 - 1e-14 || s > 1 + 1e-14) print }' r.csv",
     .output = "r1,r2,r3\n"},
    {"threads do not change a byte",
     "gmmfit -k 3 -t 1 $DATA/faithful.csv -o a.npz && gmmfit -k 3 -t 2 $DATA/faithful.csv | cmp - a.npz"},
    {"fixed parameters stay",
     PACK_FULL FIT "--fix weights,covariances && matcat m.npz:weights && matcat m.npz:covariances", FULL,
     .numbers = "0.5 0.5 1 0 0 1 1 0 0 1"},
    {"a weight column is no datum",
     "gmmfit --weight-column n x.csv -o m.npz && matcat m.npz:means && matcat m.npz:n",
     FILES({"x.csv", "a,n\n0,1\n4,3\n"}), .numbers = "3 4"},
    {"weights of any unit make one model",
     "tail -n +2 $DATA/faithful.csv >y.csv; awk '{ print 1e-6 }' y.csv >w.csv; awk '{ print 1e-30 }' y.csv "
     ">v.csv; o='-k 3 --noise y.csv -o m.npz'; for i in '' '--weights w.csv' '--weights v.csv'; do gmmfit $o "
     "$i; "
     "matcat --digits 9 m.npz:means; done | sort | uniq -c | awk '{ print $1 }'",
     .output = "3\n3\n3\n"},
    {"weights from a file", "gmmfit --weights w.csv x.csv -o m.npz && matcat m.npz:means",
     FILES({"x.csv", "0\n4\n"}, {"w.csv", "1\n3\n"}), .numbers = "3"},
    {"far from the origin nothing is lost",
     "awk -F, 'NR > 1 { printf \"%.10g,%.10g\\n\", $1 + 1000000, $2 + 1000000 }' $DATA/faithful.csv | "
     "gmmfit -k 2 -o m.npz" LIKELIHOOD,
     .numbers = "-1130.26396", .tolerance = 1e-4}, /* the input is rounded to 1e-4 of its spread */
    {"noise takes the outliers",
     "{ cat $DATA/faithful.csv; echo 20,300; echo 25,10; } | gmmfit -k 2 --noise --labels l.csv -o m.npz && "
     "tail -n 2 l.csv",
     .output = "0\n0\n"},
    {"too little of a sparse prior prunes components",
     "gmmfit -k 6 --dirichlet 0 --covariance spherical x.csv -o m.npz 2>/dev/null; matcat m.npz:weights | "
     "awk 'END { print NR < 6 }'",
     FILES({"x.csv", ROWS}), .output = "1\n"},
    {"classification EM gives whole rows", "gmmfit -k 2 --method cem x.csv -o m.npz && matcat m.npz:weights",
     FILES({"x.csv", ROWS}), .numbers = "0.583333333333333 0.416666666666667", .tolerance = 1e-15},
    {"every start serves",
     "for i in kmeans kmeans++ random; do gmmfit -k 2 --init $i $DATA/faithful.csv -o m.npz && matcat "
     "m.npz:log_likelihood; done",
     .numbers = "-1130.26396 -1130.26396 -1130.26396", .tolerance = 1e-4},

    /* what is wrong */
    {"too few steps are status 3", "gmmfit -k 3 --max-iter 2 $DATA/faithful.csv -o m.npz", .status = 3,
     .error = "gmmfit: not converged in 2 steps: raise --max-iterations or --tolerance\n"},
    {"and 0 where that is accepted",
     "gmmfit -q -k 3 --max-iter 2 --accept-unconverged $DATA/faithful.csv -o m.npz"},
    {"more components than rows", "gmmfit -k 26 x.csv -o m.npz", FILES({"x.csv", ROWS}), .status = 1,
     .error = "gmmfit: 26 components but 12 rows\n"},
    {"equal rows", "gmmfit -o m.npz", .input = "1,2\n1,2\n1,2\n", .status = 1,
     .error = "gmmfit: all rows are equal\n"},
    {"rows nearer than their squares can tell", "gmmfit -o m.npz", .input = "1e-155\n2e-155\n3e-155\n",
     .status = 1, .error = "gmmfit: the variance is below 1e-300: values lie too close together\n"},
    {"a flat direction without a floor", "gmmfit --floor 0 -o m.npz", .input = "1,2\n2,4\n3,6\n", .status = 1,
     .error = "gmmfit: covariances: component 1 is not positive definite\n"},
    {"a flat direction is lifted to the floor", "gmmfit --floor 1e-3 -o m.npz && matcat m.npz:covariances",
     .input = "1,1\n2,1\n3,1\n", .numbers = "0.6666666666666666 0 0 0.0003333333333333333",
     .relative_tolerance = 1e-12,
     .error = "gmmfit: 1 variance is at the floor: columns of unlike scale, or rows on a plane\n"},
    {"no number", "gmmfit x.csv -o m.npz", FILES({"x.csv", "1,2\n3,4\n5,x\n"}), .status = 1,
     .error = "gmmfit: x.csv:3: field 2: expected a number, got 'x'\n"},
    {"a negative weight", "gmmfit --weights w.csv x.csv -o m.npz",
     FILES({"x.csv", "0\n4\n"}, {"w.csv", "1\n-3\n"}), .status = 1,
     .error = "gmmfit: w.csv: row 2: expected a weight of at least 0, got '-3'\n"},
    {"weights that sum to 0", "gmmfit --weights w.csv x.csv -o m.npz",
     FILES({"x.csv", "0\n4\n"}, {"w.csv", "0\n0\n"}), .status = 1, .error = "gmmfit: the weights sum to 0\n"},
    {"a start of other columns", PACK_TIED "gmmfit --init @s.npz -o m.npz w.csv", TIED, .status = 1,
     .error = "gmmfit: data have 1 column, the model 2\n"},
    {"an infinite value", "gmmfit -o m.npz", .input = "1\ninf\n", .status = 1,
     .error_contains = "expected a finite number, got inf"},
    {"values whose squares overflow", "gmmfit -o m.npz", .input = "1e200\n-1e200\n", .status = 1,
     .error_contains = "values lie too far apart"},
    {"a range upside down", "gmmfit -k 3:2 x.csv", .status = 2,
     .error = "gmmfit: --components: expected a number or a range like 1:8, got '3:2'\n"},
    {"a type that is none", "gmmfit --covariance oval x.csv", .status = 2,
     .error_contains = "gmmfit: --covariance: expected full, tied,"},
    {"a start that is none", "gmmfit --init wards x.csv", .status = 2,
     .error = "gmmfit: --init: expected kmeans, kmeans++, random, ward or @FILE, got 'wards'\n"},
    {"a model fixes the number of components", "gmmfit -k 2 --init @m.npz x.csv", .status = 2,
     .error_contains = "--components has no meaning with --init @FILE"},
    {"the centres of kmeans are a start of any type",
     "kmeans -k 2 $DATA/faithful.csv -o k.npz && gmmfit --init @k.npz --covariance tied $DATA/faithful.csv "
     "-o "
     "m.npz" FIGURES,
     .numbers = "-1140.18676 2325.21994", .tolerance = 1e-4},
    {"a mixture fixes the type", PACK_TIED "gmmfit --init @s.npz --covariance full x.csv -o m.npz", TIED,
     .status = 2, .error = "gmmfit: --covariance has no meaning with --init @FILE of a mixture\n"},
    {"labels and the model on one output", "gmmfit --labels - x.csv", .status = 2,
     .error = "gmmfit: --labels - and the result both go to standard output: name a file\n"},
    {"two tables on one output", "gmmfit --labels - --table - x.csv -o m.npz", .status = 2,
     .error = "gmmfit: --table - and --labels - both go to standard output: name a file\n"},
    {"labels on standard output beside a model in a file",
     "printf '0\\n1\\n3\\n' | gmmfit --labels - -o m.npz", .output = "label\n1\n1\n1\n"},
    {"--fix without a model", "gmmfit --fix means x.csv", .status = 2,
     .error = "gmmfit: --fix needs --init @FILE\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
