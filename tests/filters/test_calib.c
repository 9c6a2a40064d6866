/* calib as a user runs it. The worked example of its manual, and refusals. */

#include "support/filter_case.h"

/* clang-format off */
#define P_ROWS ".7,.2,.1\n.4,.35,.25\n.1,.8,.1\n.05,.05,.9\n.6,.3,.1\n.34,.33,.33\n.2,.7,.1\n.1,.3,.6\n"
#define EXAMPLE FILES({"p.csv", P_ROWS}, {"y.csv", "0\n1\n1\n2\n0\n2\n0\n2\n"})
#define BINARY FILES({"p.csv", ".1\n.8\n.35\n.6\n.95\n"}, {"y.csv", "0\n1\n1\n0\n1\n"})
#define PAIR FILES({"p.csv", ".5,.5\n.25,.75\n"}, {"y.csv", "0\n1\n"})
/* clang-format on */

static const struct filter_case cases[] = {
    {"the error with 15 bins is the default", "calib p.csv y.csv", EXAMPLE, .numbers = "0.28",
     .tolerance = 1e-15},
    {"with 5 bins", "calib --bins 5 p.csv y.csv", EXAMPLE, .numbers = "0.23", .tolerance = 1e-15},
    {"with 4 bins of equal mass", "calib --bins 4 --binning mass p.csv y.csv", EXAMPLE, .numbers = "0.28",
     .tolerance = 1e-15},
    {"all measures", "calib --metrics --bins 5 p.csv y.csv", EXAMPLE,
     .numbers = "8 0.625 0.63 0.23 0.4 0.18 0.180833333333 0.399175 0.684344114987 0.005 0.666303060863",
     .tolerance = 1e-8}, /* the temperature has eight digits */
    {"measures have names", "calib --metrics p.csv y.csv | cut -d, -f1 | paste -sd, -", EXAMPLE,
     .output =
         "metric,count,accuracy,confidence,ece,mce,ace,classwise_ece,brier,nll,overconfidence,temperature\n"},
    {"the equal-mass error of the measures is that of --binning mass",
     "calib --metrics --bins 4 p.csv y.csv | grep '^ace'", EXAMPLE, .numbers = "0.28", .tolerance = 1e-15},
    {"a reliability table", "calib --table --bins 5 --digits 6 p.csv y.csv", EXAMPLE,
     .output =
         "bin,lower,upper,count,confidence,accuracy,gap\n1,0,0.2,0,nan,nan,nan\n2,0.2,0.4,2,0.37,0,0.37\n"
         "3,0.4,0.6,2,0.6,1,-0.4\n4,0.6,0.8,3,0.733333,0.666667,0.0666667\n5,0.8,1,1,0.9,1,-0.1\n"},
    {"a table of bins of equal mass", "calib --table --bins 3 --binning mass --digits 6 -N p.csv y.csv",
     EXAMPLE,
     .output =
         "1,0.34,0.4,2,0.37,0,0.37\n2,0.6,0.7,3,0.633333,1,-0.366667\n3,0.7,0.9,3,0.8,0.666667,0.133333\n"},
    {"more bins than rows leave some empty", "calib --table --bins 3 --binning mass -N p.csv y.csv", PAIR,
     .output = "1,nan,nan,0,nan,nan,nan\n2,0.5,0.5,1,0.5,1,-0.5\n3,0.75,0.75,1,0.75,1,-0.25\n"},
    {"the temperature", "calib --fit-temperature --bins 5 p.csv y.csv", EXAMPLE,
     .numbers = "1 0.684344114987 0.23 0.666303060863 0.652685830587 0.239980163944", .tolerance = 1e-8},
    {"the temperature applied gives what was told of it",
     "t=$(calib --fit-temperature -N p.csv y.csv | tail -1 | cut -d, -f1); "
     "calib --apply-temperature $t p.csv | calib --metrics --bins 5 - y.csv | grep -e nll -e '^ece' -e "
     "temperature",
     EXAMPLE, .numbers = "0.239980163944 0.652685830587 1", .tolerance = 2e-9},
    {"a temperature sharpens",
     "calib --apply-temperature .5 p.csv | head -1; calib -N --apply-temperature .5 p.csv",
     FILES({"p.csv", "a,b\n.5,.5\n.75,.25\n1,0\n"}), .numbers = "0.5 0.5 0.9 0.1 1 0", .tolerance = 1e-15},
    {"tempered columns keep their names", "calib --apply-temperature 1 p.csv | head -1",
     FILES({"p.csv", "a,b\n.5,.5\n"}), .output = "a,b\n"},
    {"a single column is tempered alone", "calib --apply-temperature .5", .input = "p\n.75\n",
     .numbers = "0.9", .tolerance = 1e-15},
    {"the label may be the last column", "paste -d, p.csv y.csv | calib --bins 5 -", EXAMPLE,
     .numbers = "0.23", .tolerance = 1e-15},
    {"the label may be the last of the columns chosen",
     "paste -d, y.csv p.csv | calib --bins 5 --no-header --columns 2-4,1", EXAMPLE, .numbers = "0.23",
     .tolerance = 1e-15},
    {"columns are chosen of P alone where labels are apart",
     "paste -d, y.csv p.csv | calib --bins 5 --columns 2-4 - y.csv", EXAMPLE, .numbers = "0.23",
     .tolerance = 1e-15},
    {"one operand alone holds both", "calib --bins 5 y.csv <p.csv", EXAMPLE, .status = 1,
     .error = "calib: y.csv has one column: probabilities and a label are needed\n"},
    {"P from standard input, said so", "calib --bins 5 - y.csv <p.csv", EXAMPLE, .numbers = "0.23",
     .tolerance = 1e-15},
    {"one column is the probability of class 1",
     "calib --metrics --bins 5 p.csv y.csv | grep -e acc -e brier", BINARY, .numbers = "0.6 0.334",
     .tolerance = 1e-15},
    {"one column of logits", "calib --logits --bins 5 l.csv y.csv",
     FILES({"l.csv", "0\n1.0986122886681098\n"}, {"y.csv", "0\n1\n"}), .numbers = "0.375",
     .tolerance = 1e-15},
    {"one column of logarithms", "calib --log-probs --bins 5 l.csv y.csv",
     FILES({"l.csv", "-0.6931471805599453\n-0.2876820724517809\n"}, {"y.csv", "0\n1\n"}), .numbers = "0.375",
     .tolerance = 1e-15},
    {"logits", "calib -q --logits --metrics l.csv y.csv | grep -e nll -e conf",
     FILES({"l.csv", "0,0\n0,1.0986122886681098\n"}, {"y.csv", "0\n1\n"}),
     .numbers = "0.625 0.490414626505863 -0.375", .tolerance = 1e-15, .status = 0},
    {"logits of 800 have a finite loss", "calib -q --logits --metrics l.csv y.csv | grep nll",
     FILES({"l.csv", "800,0\n0,800\n0,1\n"}, {"y.csv", "1\n1\n0\n"}), .numbers = "267.1044205625",
     .tolerance = 1e-8},
    {"counts are rescaled where asked", "calib --normalize --bins 5 p.csv y.csv",
     FILES({"p.csv", "1,1\n1,3\n"}, {"y.csv", "0\n1\n"}), .numbers = "0.375", .tolerance = 1e-15},
    {"equal probabilities: the lowest class is the guess", "calib -q --metrics p.csv y.csv | grep accuracy",
     FILES({"p.csv", ".4,.4,.2\n.4,.4,.2\n"}, {"y.csv", "0\n1\n"}), .numbers = "0.5"},
    {"binary files", "matcat -b p.csv >p.npy; matcat -b y.csv >y.npy; calib --bins 5 p.npy y.npy", EXAMPLE,
     .numbers = "0.23", .tolerance = 1e-15},
    {"parts add up, whatever the result",
     "paste -d, p.csv y.csv >all.csv; for i in 1 2 3; do calib --bins 5 --partial --shard $i/3 all.csv -o "
     "$i.npz; "
     "done; calib --bins 5 all.csv >whole; klmerge 3.npz 1.npz 2.npz | cmp - whole; "
     "calib --table --bins 5 all.csv >whole; klmerge --finish table 3.npz 1.npz 2.npz | cmp - whole",
     EXAMPLE},
    {"parts of the table finish as it",
     "calib --table --partial p.csv y.csv -o a.npz; klmerge a.npz | head -1", EXAMPLE,
     .output = "bin,lower,upper,count,confidence,accuracy,gap\n"},
    {"parts of other bins are refused",
     "calib --partial p.csv y.csv -o a.npz; calib --bins 5 --partial p.csv y.csv -o b.npz; klmerge a.npz "
     "b.npz",
     EXAMPLE, .status = 1, .error_contains = "klmerge: b.npz"},
    {"one thread and four give the same bytes",
     "awk 'BEGIN { srand(1); for (i = 0; i < 5000; i++) { a = rand(); print a \",\" 1 - a \",\" int(2 * "
     "rand()) } }' "
     ">all.csv; calib -q -t 1 --metrics all.csv >one; calib -q -t 4 --metrics all.csv | cmp - one"},
    {"the diagram can be drawn",
     "calib --table --bins 5 p.csv y.csv | klplot -q --na skip -x confidence -y accuracy,confidence --dump",
     EXAMPLE, .output_contains = "accuracy"},
    {"the report names the figures",
     "calib --fit-temperature --report r p.csv y.csv >/dev/null; grep -c -e rows -e "
     "temperature -e iterations r",
     EXAMPLE, .output = "3\n"},

    /* what cannot be fitted */
    {"a perfect classifier has the least temperature, and status 3",
     "calib --fit-temperature -N p.csv y.csv | tail -1 "
     "| cut -d, -f1; calib --fit-temperature p.csv y.csv >/dev/null",
     FILES({"p.csv", ".7,.3\n.4,.6\n"}, {"y.csv", "0\n1\n"}), .numbers = "0.001", .status = 3,
     .error =
         "calib: the loss still falls at the temperature 0.001, the last one tried\ncalib: the loss still "
         "falls at the temperature 0.001, the last one tried\n"},
    {"one that is always wrong the largest", "calib --fit-temperature -N p.csv y.csv | tail -1 | cut -d, -f1",
     FILES({"p.csv", ".7,.3\n.4,.6\n"}, {"y.csv", "1\n0\n"}), .numbers = "1000",
     .error = "calib: the loss still falls at the temperature 1000, the last one tried\n"},
    {"where no temperature is better than another it is 1",
     "calib --fit-temperature -N p.csv y.csv; calib --fit-temperature -N q.csv y.csv",
     FILES({"p.csv", ".5,.5\n.5,.5\n"}, {"q.csv", "1,0\n0,1\n"}, {"y.csv", "1\n0\n"}),
     .numbers = "1 0.69314718055995 0 1 0.69314718055995 0 1 inf 1 1 inf 1", .tolerance = 1e-13},
    {"which may be accepted", "calib --fit-temperature --accept-unconverged p.csv y.csv >/dev/null",
     FILES({"p.csv", ".7,.3\n.4,.6\n"}, {"y.csv", "0\n1\n"}),
     .error = "calib: the loss still falls at the temperature 0.001, the last one tried\n"},
    {"a step is not enough", "calib --fit-temperature --max-iterations 1 p.csv y.csv >/dev/null", EXAMPLE,
     .status = 3,
     .error = "calib: the temperature is not converged in 1 step: raise --max-iterations or --tolerance\n"},
    {"exactly N steps where the tolerance is 0",
     "calib --fit-temperature --tolerance 0 --max-iterations 12 --report r p.csv y.csv >/dev/null; grep -c "
     "'\"iterations\": 12' r",
     EXAMPLE, .output = "1\n"},
    {"a label of probability 0 has an infinite loss", "calib -q --metrics p.csv y.csv | grep nll",
     FILES({"p.csv", "1,0\n.5,.5\n.7,.3\n.7,.3\n"}, {"y.csv", "1\n1\n1\n0\n"}), .numbers = "inf"},

    /* refusals */
    {"a row that does not sum to 1", "calib p.csv y.csv",
     FILES({"p.csv", ".5,.5\n.5,.4\n"}, {"y.csv", "0\n1\n"}), .status = 1,
     .error = "calib: p.csv:2: row sums to 0.9, not 1 (--normalize rescales)\n"},
    {"a negative entry", "calib p.csv y.csv", FILES({"p.csv", "2,-1\n"}, {"y.csv", "0\n"}), .status = 1,
     .error = "calib: p.csv:1: field 2: expected a probability, got '-1'\n"},
    {"a single probability above 1", "calib p.csv y.csv", FILES({"p.csv", "1.5\n"}, {"y.csv", "0\n"}),
     .status = 1, .error = "calib: p.csv:1: field 1: expected a probability, got '1.5'\n"},
    {"a label beyond the classes", "calib p.csv y.csv",
     FILES({"p.csv", ".5,.5\n.5,.5\n"}, {"y.csv", "0\n2\n"}), .status = 1,
     .error = "calib: y.csv:2: field 1: expected a label, a whole number from 0 to 1, got '2'\n"},
    {"a label below 0", "calib p.csv y.csv", FILES({"p.csv", ".5,.5\n"}, {"y.csv", "-1\n"}), .status = 1,
     .error = "calib: y.csv:1: field 1: expected a label, a whole number from 0 to 1, got '-1'\n"},
    {"half a label", "calib all.csv", FILES({"all.csv", ".5,.5,0.5\n"}), .status = 1,
     .error = "calib: all.csv:1: field 3: expected a label, a whole number from 0 to 1, got '0.5'\n"},
    {"fewer labels than rows", "calib p.csv y.csv",
     FILES({"p.csv", ".5,.5\n.5,.5\n.5,.5\n"}, {"y.csv", "0\n1\n"}), .status = 1,
     .error = "calib: p.csv has 3 rows, y.csv 2\n"},
    {"more labels than rows", "calib p.csv y.csv", FILES({"p.csv", ".5,.5\n"}, {"y.csv", "0\n1\n"}),
     .status = 1, .error = "calib: p.csv has 1 row, y.csv 2\n"},
    {"labels of two columns", "calib p.csv p.csv", FILES({"p.csv", ".5,.5\n"}), .status = 1,
     .error = "calib: p.csv has 2 columns, one of labels is needed\n"},
    {"no rows", "calib p.csv y.csv", FILES({"p.csv", "a,b\n"}, {"y.csv", "y\n"}), .status = 1,
     .error = "calib: no rows\n"},
    {"a missing value", "calib p.csv y.csv", FILES({"p.csv", ".5,\n"}, {"y.csv", "0\n"}), .status = 1,
     .error_contains = "calib: p.csv:1: field 2: "},
    {"rows with missing values may be skipped", "calib --na skip all.csv",
     FILES({"all.csv", ".5,.5,0\n.5,,1\n"}), .numbers = "0.5",
     .error = "calib: all.csv: 1 row with missing values skipped\n"},
    {"not of P alone", "calib --na skip p.csv y.csv", PAIR, .status = 2,
     .error = "calib: --na skip drops rows of P, not their labels: put both in one matrix\n"},
    {"no bins", "calib --bins 0 p.csv y.csv", .status = 2,
     .error_contains = "calib: --bins: expected a whole number"},
    {"a temperature of 0", "calib --apply-temperature 0 p.csv", .status = 2,
     .error_contains = "calib: --apply-temperature: expected a number"},
    {"two results", "calib --table --metrics p.csv y.csv", .status = 2,
     .error = "calib: --metrics, --table, --fit-temperature and --apply-temperature exclude one another\n"},
    {"parts of what is no sum", "calib --metrics --partial p.csv y.csv", .status = 2,
     .error = "calib: --partial is for the calibration error and --table\n"},
    {"parts of bins of equal mass", "calib --binning mass --partial p.csv y.csv", .status = 2,
     .error = "calib: --partial needs --binning width\n"},
    {"labels where none are used", "calib --apply-temperature 2 p.csv y.csv", .status = 2,
     .error = "calib: --apply-temperature takes P alone\n"},
    {"a tolerance where nothing is fitted", "calib --tolerance 1e-3 p.csv y.csv", .status = 2,
     .error = "calib: --tolerance has no meaning where nothing is fitted\n"},
    {"one column has nothing to rescale", "calib --normalize p.csv y.csv", BINARY, .status = 2,
     .error = "calib: --normalize has no meaning for one column of probabilities\n"},
    {"a full disk", "calib --table p.csv y.csv >/dev/full", EXAMPLE, .status = 1,
     .error = "calib: standard output: No space left on device\n"},

    /* COMPARED WITH: numbers that scikit-learn 1.2.1 printed */
    {"sklearn.metrics.log_loss is nll", "calib --metrics p.csv y.csv | grep nll", EXAMPLE,
     .numbers = "0.6843441149871424", .relative_tolerance = 1e-14},
    {"brier_score_loss is half of brier", "calib --metrics p.csv y.csv | awk -F, '/brier/ { print $2 / 2 }'",
     BINARY, .numbers = "0.167", .relative_tolerance = 1e-14},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
