/* gmmeval as a user runs it. Numbers come from the checks of its specification, from closed forms, and from
 * another way to the same number. */

#include "support/filter_case.h"

/* Weights .3 and .7, means (0, 0) and (3, 1), one correlated and one diagonal covariance, made by matcat
 * --pack; and two rows. */
#define MODEL_FILES                                                                                          \
    {"w.csv", ".3\n.7\n"}, {"mu.csv", "0,0\n3,1\n"}, {                                                       \
        "c.csv", "1\n.5\n.5\n2\n.5\n0\n0\n.25\n"                                                             \
    }
#define MODEL FILES(MODEL_FILES, {"x.csv", "1,1\n2,.5\n"})
#define PACK                                                                                                 \
    "matcat --no-header --pack kind:=gmm covariance_type:=full weights=w.csv means=mu.csv "                  \
    "covariances=c.csv --shape covariances=2x2x2 -o m.npz && "

/* A standard normal in two dimensions with a uniform component of weight .5 and density 1/100. */
#define NOISE                                                                                                \
    FILES({"w.csv", ".5\n"}, {"mu.csv", "0,0\n"}, {"n.csv", ".5\n-4.605170185988091\n"},                     \
          {"x.csv", "0,0\n4,4\n"})
#define PACK_NOISE                                                                                           \
    "matcat --no-header --pack kind:=gmm covariance_type:=spherical weights=w.csv means=mu.csv "             \
    "covariances:=1 noise=n.csv -o m.npz && "

/* Kernels at 0 (deviation the factor) and at 90 (a twentieth of it), and two rows near them. */
#define KERNELS(weights_, factor_)                                                                           \
    FILES({"p.csv", "0\n90\n"}, {"w.csv", weights_}, {"l.csv", factor_}, {"s.csv", "1\n.05\n"},              \
          {"x.csv", "1\n90.2\n"})
#define PACK_KERNELS                                                                                         \
    "matcat --no-header --pack kind:=kde points=p.csv weights=w.csv factor=l.csv local=s.csv "               \
    "--shape points=2x1,factor=1x1 -o m.npz && "

/* Eight decimals are given: half a unit in the last, and a little. */
#define EIGHT_DECIMALS .tolerance = 6e-9

static const struct filter_case cases[] = {
    /* columns */
    {"log densities", PACK "gmmeval m.npz x.csv", MODEL, .numbers = "-3.64376093 -2.59215403",
     EIGHT_DECIMALS},
    {"the column has a name", PACK "gmmeval m.npz x.csv | head -n 1", MODEL, .output = "log_density\n"},
    {"responsibilities", PACK "gmmeval --responsibilities m.npz x.csv", MODEL,
     .numbers = "0.77932634 0.22067366 0.0607534 0.9392466", EIGHT_DECIMALS},
    {"labels", PACK "gmmeval --labels m.npz x.csv", MODEL, .output = "label\n1\n2\n"},
    {"scores", PACK "gmmeval --score m.npz x.csv", MODEL,
     .numbers = "0.21470065 -0.22266467 1.74830736 1.89585132", EIGHT_DECIMALS},
    {"scores and denoised rows of the noised mixture",
     PACK "gmmeval --sigma .6 --alpha .8 --score --denoise m.npz x.csv", MODEL,
     .numbers = "1.12475164 -0.40306827 1.75613824 1.06861928 0.50241996 0.56099287 2.72608898 0.87744679",
     EIGHT_DECIMALS},
    {"without noise the denoised row is the row over alpha",
     PACK "gmmeval --sigma 0 --alpha .5 --denoise -N m.npz x.csv", MODEL, .output = "2,2\n4,1\n"},
    {"squared Mahalanobis distances", PACK "gmmeval --mahalanobis m.npz x.csv", MODEL,
     .numbers = "1.142857142857143 8 4.142857142857143 3", .relative_tolerance = 1e-15}, /* 8/7, 29/7 */
    {"at a mean the distance is 0", PACK "printf '0,0\\n' | gmmeval -N --mahalanobis m.npz | cut -d, -f1",
     MODEL, .output = "0\n"},
    {"a component's term is its weighted log density", PACK "gmmeval --components m.npz x.csv", MODEL,
     /* log .3 - log(2 pi) - log(1.75)/2 - 4/7 and so on */
     .numbers = "-3.8930863361 -5.1548312395 -5.3930863361 -2.6548312395", .tolerance = 6e-11},
    {"columns asked for stand in one order",
     PACK "gmmeval --hessian-trace --components --mahalanobis --denoise --score --labels --responsibilities "
          "--log-density --sigma 1 m.npz x.csv | head -n 1",
     MODEL,
     .output = "log_density,r1,r2,label,score_1,score_2,denoised_1,denoised_2,m1,m2,log_1,log_2,laplacian\n"},
    {"the log density is the same beside other columns",
     PACK
     "gmmeval m.npz x.csv >a; gmmeval --log-density --labels --hessian-trace m.npz x.csv | cut -d, -f1 | "
     "cmp - a",
     MODEL},
    {"the laplacian is the sum of second differences",
     PACK "printf '1,1\\n1.001,1\\n.999,1\\n1,1.001\\n1,.999\\n' | gmmeval -N m.npz | "
          "awk '{ f[NR] = $1 } END { printf \"%.12g\\n\", (f[2] + f[3] + f[4] + f[5] - 4 * f[1]) * 1e6 }'; "
          "gmmeval -N --hessian-trace m.npz x.csv | head -n 1",
     MODEL, .numbers = "1.411257 1.411257", .tolerance = 2e-5},

    /* one number */
    {"the sum is the log-likelihood", PACK "gmmeval --sum m.npz x.csv", MODEL, .numbers = "-6.23591496",
     .tolerance = 1.2e-8},
    {"the mean", PACK "gmmeval --mean m.npz x.csv", MODEL, .numbers = "-3.11795748", EIGHT_DECIMALS},
    {"a file and a pipe have one sum",
     PACK "gmmsample -n 30000 m.npz >y.csv; gmmeval --sum m.npz y.csv >a; cat y.csv | gmmeval --sum m.npz | "
          "cmp - a",
     MODEL},
    {"entropy of one Gaussian", /* log(2 pi e), standard error 1 / sqrt(1e5) */
     "matcat --no-header --pack kind:=gmm covariance_type:=spherical weights=w.csv means=mu.csv "
     "covariances:=1 -o m.npz && gmmeval --entropy m.npz",
     FILES({"w.csv", "1\n"}, {"mu.csv", "0,0\n"}), .numbers = "2.837877066", .tolerance = 0.013},
    {"entropy by quadrature, between its bounds", /* five standard errors; the bounds are closed forms */
     PACK "gmmeval --entropy --samples 1e6 -v m.npz 2>figures; grep bound figures | cut -d' ' -f3", MODEL,
     .numbers = "2.7371883701 2.65336414 2.80330292", .tolerance = 0.0067},
    {"the entropy is the same for any number of threads",
     PACK "gmmeval --entropy -t 1 m.npz >a; gmmeval --entropy -t 3 m.npz | cmp - a", MODEL},

    /* the model */
    {"a marginal is the mixture of the components' marginals",
     PACK "printf '0\\n2\\n' | gmmeval --marginal 1 m.npz", MODEL,
     /* log(.3 phi(x) + .7 phi((x - 3) / s) / s), s^2 = .5 */
     .numbers = "-2.1225041888 -1.8233435521", .tolerance = 6e-11},
    {"data as wide as the model lose the same columns",
     PACK "gmmeval --marginal 2 m.npz x.csv >a; cut -d, -f2 x.csv | gmmeval --marginal 2 m.npz | cmp - a",
     MODEL},
    {"regression names the columns that are not given", PACK "gmmeval --given 2 m.npz x.csv | head -n 1",
     FILES(MODEL_FILES, {"x.csv", "1\n"}), .output = "mean_1,variance_1\n"},
    {"regression where one component is certain", PACK "gmmeval -N --given 1 m.npz -", MODEL, .input = "-6\n",
     .numbers = "-3 1.75", .tolerance = 1e-12}, /* .5 x, 2 - .25 */
    {"a reduction to one component has the mixture's moments",
     PACK "gmmeval --reduce 1 m.npz -o one.npz; matcat one.npz:means; matcat one.npz:covariances", MODEL,
     .numbers = "2.1 .7 2.54 .78 .78 .985", .tolerance = 1e-14},
    {"a reduction streams into other filters", PACK "gmmeval --reduce 2 m.npz | gmmeval - x.csv", MODEL,
     .numbers = "-3.64376093 -2.59215403", EIGHT_DECIMALS},
    {"a uniform component has a share, a label and no gradient",
     PACK_NOISE "gmmeval -N --responsibilities --labels --score m.npz x.csv", NOISE,
     /* f = .5 / (2 pi) exp(-r^2 / 2) + .005: r = .0795775 / .0845775 at 0 */
     .numbers = "0.9408826 1 0 0 1.791023e-6 0 -7.164093e-6 -7.164093e-6", .tolerance = 6e-8},
    {"a kernel estimate is a mixture too", PACK_KERNELS "gmmeval -N --score --hessian-trace m.npz x.csv",
     KERNELS(".5\n.5\n", "2\n"), .numbers = "-0.25 -0.25 -20 -100",
     .tolerance = 1e-9}, /* -(x - mu) / v and -1 / v */

    /* streams */
    {"data from standard input", PACK "gmmeval m.npz <x.csv", MODEL, .numbers = "-3.64376093 -2.59215403",
     EIGHT_DECIMALS},
    {"binary in, binary out", PACK "matcat -b x.csv | gmmeval -b m.npz | matcat", MODEL,
     .numbers = "-3.64376093 -2.59215403", EIGHT_DECIMALS},
    {"a row is answered before the next is waited for",
     PACK "mkfifo in out; gmmeval -N m.npz <in >out & exec 3>in 4<out; echo 1,1 >&3; read -r a <&4; "
          "echo 2,.5 >&3; read -r b <&4; echo \"$a $b\"; exec 3>&-; wait",
     MODEL, .numbers = "-3.64376093 -2.59215403", EIGHT_DECIMALS},
    {"the same bytes for any number of threads",
     PACK
     "gmmsample -n 20000 -b m.npz >y.npy; o='--responsibilities --labels --score --mahalanobis "
     "--hessian-trace'; gmmeval $o -t 1 m.npz y.npy >a; gmmeval $o -t 4 m.npz y.npy | cmp - a; "
     "gmmeval --given 2 -t 1 --columns 1 m.npz y.npy >a; gmmeval --given 2 -t 4 --columns 1 m.npz y.npy | "
     "cmp - a",
     MODEL},
    {"parts of a file add up",
     PACK "gmmeval -N m.npz x.csv >a; for i in 1 2; do gmmeval -N --shard $i/2 m.npz x.csv; done | cmp - a",
     MODEL},
    {"rows with missing values are dropped where asked", PACK "gmmeval -N --na skip --digits 9 m.npz -",
     MODEL, .input = "1,1\nNA,3\n2,.5\n", .output = "-3.64376093\n-2.59215403\n",
     .error_contains = "1 row with missing values skipped"},
    {"the report names the run's figures",
     PACK
     "gmmeval --sum --report r.json m.npz x.csv >/dev/null; grep -c '\"log_likelihood\": -6.2359' r.json",
     MODEL, .output = "1\n"},
    {"a far row has its log density", PACK "printf '1e6,0\\n' | gmmeval -N --labels --log-density m.npz",
     MODEL, .numbers = "-571428571431.2 1", .relative_tolerance = 1e-11}, /* the wider: x^2 / 1.75 */

    {"a row beyond all distances has no density",
     PACK
     "printf '1e308,1\\ninf,-inf\\n0,1e160\\n' | gmmeval -N --mahalanobis --components --log-density m.npz",
     MODEL, .output = "-inf,inf,inf,-inf,-inf\n-inf,inf,inf,-inf,-inf\n-inf,inf,inf,-inf,-inf\n"},

    /* refusals */
    {"a row too far to be denoised", PACK "gmmeval --sigma 1 --denoise m.npz x.csv",
     FILES(MODEL_FILES, {"x.csv", "a,b\n1,1\n2,1e308\n"}), .status = 1,
     .error = "gmmeval: x.csv:3: column 2 (b): 1e+308 is too far from every component\n"},
    {"an infinite row has no label", PACK "gmmeval --labels m.npz -", MODEL, .input = "inf,0\n", .status = 1,
     .error = "gmmeval: -:1: column 1: inf is too far from every component\n"},
    {"a given value too far from every component", PACK "gmmeval --given 1 m.npz -", MODEL,
     .input = "-1e200\n", .status = 1,
     .error = "gmmeval: -:1: column 1: -1e+200 is too far from every component\n"},
    {"another number of columns", PACK "gmmeval m.npz -", MODEL, .input = "1,2,3\n", .status = 1,
     .error = "gmmeval: data have 3 columns, the model 2\n"},
    {"columns of --given that the data have not", PACK "gmmeval --given 1 m.npz x.csv", MODEL, .status = 1,
     .error = "gmmeval: data have 2 columns, the model 1\n"},
    {"denoising without a noise level", PACK "gmmeval --denoise m.npz x.csv", MODEL, .status = 2,
     .error = "gmmeval: --denoise needs --sigma\n"},
    {"denoising of noise alone", PACK "gmmeval --denoise --sigma 1 --alpha 0 m.npz x.csv", MODEL, .status = 2,
     .error = "gmmeval: --denoise needs --alpha above 0\n"},
    {"a word in the data", PACK "gmmeval m.npz -", MODEL, .input = "1,2\n1,x\n", .status = 1,

     .error = "gmmeval: -:2: field 2: expected a number, got 'x'\n"},
    {"empty data", PACK "gmmeval m.npz -", MODEL, .input = "", .status = 1, .error = "gmmeval: -: no rows\n"},
    {"the mean of no rows", PACK "gmmeval --mean m.npz -", MODEL, .input = "a,b\n", .status = 1,
     .error = "gmmeval: no rows: there is no mean\n"},
    {"model and data both from standard input", PACK "gmmeval - <m.npz", MODEL, .status = 2,
     .error = "gmmeval: the model comes from standard input: DATA must be a file\n"},
    {"arrays without a kind", "matcat --pack weights=w.csv -o m.npz && gmmeval m.npz x.csv", MODEL,
     .status = 1, .error_contains = "gmmeval: m.npz: no array 'kind'"},
    {"a column that the model has not", PACK "gmmeval --marginal 3 m.npz x.csv", MODEL, .status = 1,
     .error_contains = "gmmeval: --marginal: "},
    {"a column given twice", PACK "gmmeval --given 1,1 m.npz x.csv", MODEL, .status = 2,
     .error = "gmmeval: --given: column 1 is named twice\n"},
    {"all columns given", PACK "gmmeval --given 1,2 m.npz x.csv", MODEL, .status = 2,
     .error = "gmmeval: --given: all columns are given: none is left to be told\n"},
    {"columns beside a sum", PACK "gmmeval --sum --score m.npz x.csv", MODEL, .status = 2,
     .error = "gmmeval: --score has no meaning with --sum\n"},
    {"both the mean and the sum", PACK "gmmeval --sum --mean m.npz x.csv", MODEL, .status = 2,
     .error = "gmmeval: --sum has no meaning with --mean\n"},
    {"data beside the entropy", PACK "gmmeval --entropy m.npz x.csv", MODEL, .status = 2,
     .error = "gmmeval: --entropy takes a MODEL alone\n"},
    {"draws of nothing", PACK "gmmeval --samples 10 m.npz x.csv", MODEL, .status = 2,
     .error = "gmmeval: --samples has no meaning without --entropy\n"},
    {"more components than there are", PACK "gmmeval --reduce 3 m.npz", MODEL, .status = 1,
     .error = "gmmeval: --reduce: the model has 2 components, fewer than 3\n"},
    {"a uniform component in a blurred mixture", PACK_NOISE "gmmeval --sigma 1 m.npz x.csv", NOISE,
     .status = 1,
     .error = "gmmeval: m.npz: a mixture with a uniform component cannot be scaled or blurred\n"},
    {"the entropy of a mixture with a uniform component", PACK_NOISE "gmmeval --entropy m.npz", NOISE,
     .status = 1, .error = "gmmeval: no draws can be made from a mixture with a uniform component\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
