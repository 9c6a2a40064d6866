/* kde as a user runs it. Numbers come from closed forms, from the published checks of its manual, and from
 * other ways of asking for the same. */

#include "support/filter_case.h"

/* Eight points and three queries on a line, six points and two queries in the plane. */
#define LINE                                                                                                 \
    {"d.csv", "1.1\n1.9\n2.3\n2.4\n3.8\n4.1\n5.0\n7.2\n"}, {                                                 \
        "q.csv", "0\n3\n6.5\n"                                                                               \
    }
#define PLANE                                                                                                \
    {"p.csv", "0,0\n1,.5\n2,1.8\n.5,-1\n1.5,2\n-1,-.7\n"}, {                                                 \
        "r.csv", ".5,.5\n2,-1\n"                                                                             \
    }

/* sin(1.7 i) + 2.5 [3 divides i] + 0.02 i, i = 1..60 */
#define WAVE                                                                                                 \
    "awk 'BEGIN { for (i = 1; i <= 60; i++) printf \"%.17g\\n\", sin(1.7 * i) + (i % 3 == 0 ? 2.5 : 0) + "   \
    "0.02 * i }' >s.csv; "

/* Two hundred points of three columns. */
#define CLOUD                                                                                                \
    "awk 'BEGIN { srand(7); for (i = 0; i < 200; i++) { a = rand(); b = rand(); "                            \
    "printf \"%.15g,%.15g,%.15g\\n\", a, a + b, b * rand() } }' >c.csv; "

/* Eight decimals are given: half a unit in the last, and a little. */
#define EIGHT_DECIMALS .tolerance = 6e-9
#define NINE_DECIMALS .tolerance = 6e-10
#define TEN_DECIMALS .tolerance = 6e-11

/* Whether the two columns of a,b agree to 1e-12 of themselves. */
#define AGREE                                                                                                \
    "paste -d, a b | awk -F, '{ d = $1 - $2; m = ($1 < 0 ? -$1 : $1); if (d > 1e-12 * m || d < -1e-12 * m) " \
    "print }'"

static const struct filter_case cases[] = {
    {"places of results are checked before the data are read",
     "kde -o nowhere/density absent.csv; kde --report nowhere/report absent.csv", .status = 1,
     .error =
         "kde: nowhere/density: No such file or directory\nkde: nowhere/report: No such file or directory\n"},
    /* kernels */
    {"gaussian", "kde -w .7 d.csv q.csv", FILES(LINE), .numbers = "0.02303765 0.17406764 0.05062216",
     EIGHT_DECIMALS},
    {"epanechnikov", "kde -w .7 -k epanechnikov d.csv q.csv", FILES(LINE), .numbers = "0 0.03553207 0",
     EIGHT_DECIMALS},
    {"biweight", "kde -w .7 -k biweight d.csv q.csv", FILES(LINE), .numbers = "0 0.01178359 0",
     EIGHT_DECIMALS},
    {"triweight", "kde -w .7 -k triweight d.csv q.csv", FILES(LINE), .numbers = "0 0.00364730 0",
     EIGHT_DECIMALS},
    {"uniform, its rim inside", "kde -w .7 -k uniform d.csv q.csv", FILES(LINE),
     .numbers = "0 0.17857143 0.08928571", EIGHT_DECIMALS},
    {"triangular", "kde -k triangular -w 2 d.csv q.csv",
     FILES({"d.csv", "0\n"}, {"q.csv", "0\n1\n-1.5\n2\n"}), .numbers = ".5 .25 .125 0", .tolerance = 1e-15},
    {"cosine", "kde -k cosine -w 1 d.csv q.csv", FILES({"d.csv", "0\n"}, {"q.csv", "0\n.5\n1\n"}),
     .numbers = "0.7853981633974483 0.5553603672697958 0", .tolerance = 2e-15}, /* pi/4 cos(pi r/2) */
    {"exponential", "kde -k exponential -w 2 d.csv q.csv", FILES({"d.csv", "0\n"}, {"q.csv", "0\n-2\n"}),
     .numbers = ".25 0.09196986029286058", .tolerance = 1e-15}, /* e^(-1) / 4 */
    {"the radial epanechnikov kernel in the plane", "kde -w 1.5 -k epanechnikov p.csv r.csv", FILES(PLANE),
     .numbers = "0.07859503 0", EIGHT_DECIMALS},
    {"a product kernel is the product", "kde -N --kernel-form product -k biweight -w 2,3 d.csv q.csv",
     FILES({"d.csv", "0,0\n"}, {"q.csv", "1,1\n"}), .numbers = "0.06510416666666667",
     .tolerance = 1e-16}, /* (15/16)^2 (1 - 1/4)^2 (1 - 1/9)^2 / 6 */

    /* what is printed of a query */
    {"score", "kde -w .7 --score d.csv q.csv | cut -d, -f 2", FILES(LINE),
     .numbers = "2.42904018 -0.365616 0.76181775", EIGHT_DECIMALS},
    {"effective points and largest weight", "kde -w .7 --diagnostics d.csv q.csv | cut -d, -f 2,3",
     FILES(LINE), .numbers = "1.22602907 0.89962845 4.63316024 0.28344398 1.33573514 0.85356014",
     EIGHT_DECIMALS},
    {"the order of the columns",
     "kde -w .7 --log --score --diagnostics --standard-error p.csv r.csv | head -1", FILES(PLANE),
     .output = "log_density,score_1,score_2,effective_points,max_weight,standard_error\n"},
    {"log_density is the logarithm",
     "kde -N -w .7 --log d.csv q.csv | awk '{ printf \"%.15g\\n\", exp($1) }' >a; kde -N -w .7 d.csv q.csv "
     ">b; " AGREE,
     FILES(LINE)},
    {"a density of e^-5000 has a right logarithm", "kde -w 1 --log --score d.csv q.csv",
     FILES({"d.csv", "0\n"}, {"q.csv", "100\n"}), .numbers = "-5000.918938533204673 -100",
     .relative_tolerance = 1e-15},
    {"a bandwidth of 1e-5 has exact tails", /* -(x/h)^2/2 - log h - log(2 pi)/2 */
     "kde -w 1e-5 --log d.csv q.csv", FILES({"d.csv", "0\n"}, {"q.csv", "1e-3\n1e-4\n0\n"}),
     .numbers = "-4989.4060130682345 -39.406013068234454 10.593986931765546", .relative_tolerance = 1e-14},
    {"fewer rows than columns", /* deviations of two rows, times 2^(-1/7) */
     "kde --print-bandwidth d.csv", FILES({"d.csv", "1,2,3\n4,5,7\n"}),
     .numbers = "1.9213300346464093 1.9213300346464093 2.5617733795285456", .relative_tolerance = 1e-13},
    {"have no full covariance", "kde --covariance full d.csv d.csv", FILES({"d.csv", "1,2,3\n4,5,7\n"}),
     .status = 1,
     .error = "kde: d.csv: the covariance of 2 rows of 3 columns is not positive definite: use --covariance "
              "diagonal\n"},
    {"outside every compact kernel", "kde -k biweight -w 1 --score --diagnostics d.csv q.csv",
     FILES({"d.csv", "0\n"}, {"q.csv", "7\n"}),
     .output = "density,score_1,effective_points,max_weight\n0,nan,0,0\n"},
    {"its logarithm is -inf", "kde -N -k biweight -w 1 --log d.csv q.csv",
     FILES({"d.csv", "0\n"}, {"q.csv", "7\n"}), .output = "-inf\n"},
    {"a query at infinity", "kde -N -w 1 d.csv q.csv", FILES({"d.csv", "0\n"}, {"q.csv", "inf\n-inf\n"}),
     .output = "0\n0\n"},
    {"the standard error of a mean of kernels", /* sd of the kernel values over root n, from the terms
                                                   themselves */
     "kde -N -w .7 --standard-error d.csv q.csv | cut -d, -f 2 >a; "
     "for x in 0 3 6.5; do awk -v x=$x '{ u = (x - $1) / .7; k = exp(-u * u / 2) / (.7 * "
     "2.5066282746310002); s += k; t += k * k } "
     "END { printf \"%.15g\\n\", sqrt((t - s * s / NR) / (NR - 1) / NR) }' d.csv; done >b; " AGREE,
     FILES(LINE)},
    {"the standard error of one point is not known", "kde -N -w 1 --standard-error d.csv q.csv",
     FILES({"d.csv", "0\n"}, {"q.csv", "0\n"}), .output = "0.3989422804014327,nan\n"},

    /* bandwidths */
    {"a number for each column", "kde -N -w 1,2 d.csv q.csv", FILES({"d.csv", "0,0\n"}, {"q.csv", "0,0\n"}),
     .numbers = "0.07957747154594767", .relative_tolerance = 1e-15}, /* 1 / (4 pi) */
    {"a factor from a file", "kde -w @l.csv d.csv q.csv",
     FILES({"d.csv", "0,0\n"}, {"l.csv", "1,0\n.5,2\n"}, {"q.csv", "0,0\n"}),
     .numbers = "0.07957747154594767", .relative_tolerance = 1e-15},
    {"the scale multiplies", "kde --print-bandwidth -w 2 --bandwidth-scale 1.5 d.csv", FILES(LINE),
     .output = "h1\n3\n"},
    {"a given bandwidth is the half-width of a compact kernel",
     "kde --print-bandwidth -k epanechnikov -w 2 d.csv", FILES(LINE), .output = "h1\n2\n"},
    {"a rule's is multiplied by the canonical ratio",
     "kde -N --print-bandwidth -k epanechnikov d.csv >a; kde -N --print-bandwidth d.csv >b; paste a b | awk "
     "'{ print $1 / $2 }'",
     FILES(LINE), .numbers = "2.21380", .tolerance = 6e-5},
    {"the full factor, row by row", "kde --print-bandwidth -w @l.csv d.csv",
     FILES({"d.csv", "0,0\n"}, {"l.csv", "1,0\n.5,2\n"}), .output = "l1_1,l1_2,l2_1,l2_2\n1,0,0.5,2\n"},
    {"scott", "kde --print-bandwidth d.csv", FILES(LINE), .numbers = "1.304221461", NINE_DECIMALS},
    {"silverman", "kde --print-bandwidth -w silverman d.csv", FILES(LINE), .numbers = "1.381462465",
     NINE_DECIMALS},
    {"silverman's densities", "kde -w silverman d.csv q.csv", FILES(LINE),
     .numbers = "0.05863356 0.17473646 0.06605147", EIGHT_DECIMALS},
    {"nrd0", "kde --print-bandwidth -w nrd0 d.csv", FILES(LINE), .numbers = "0.941626448", NINE_DECIMALS},
    {"nrd", "kde --print-bandwidth -w nrd d.csv", FILES(LINE), .numbers = "1.109026705", NINE_DECIMALS},
    {"sj", "kde --print-bandwidth -w sj d.csv", FILES(LINE), .numbers = "1.118830049", NINE_DECIMALS},
    {"sj-dpi", "kde --print-bandwidth -w sj-dpi d.csv", FILES(LINE), .numbers = "1.147528238", NINE_DECIMALS},
    {"rules on sixty points",
     WAVE "for w in nrd0 nrd sj sj-dpi isj lscv bcv; do kde -N --print-bandwidth -w $w s.csv; done",
     .numbers = "0.567580008 0.668483120 0.619738814 0.629522925 0.776234 0.750600822 0.721457",
     .tolerance = 6e-7},
    {"likelihood cross-validation", WAVE "kde --print-bandwidth -w lcv s.csv", .numbers = "0.426328409",
     .tolerance = 2e-8},
    {"scott with the full covariance", "kde --covariance full p.csv r.csv", FILES(PLANE),
     .numbers = "0.12414747 0.00027911", EIGHT_DECIMALS},
    {"silverman is the same in the plane", "kde -w silverman --covariance full p.csv r.csv", FILES(PLANE),
     .numbers = "0.12414747 0.00027911", EIGHT_DECIMALS},
    {"scott by columns", "kde --covariance diagonal p.csv r.csv", FILES(PLANE),
     .numbers = "0.0738128 0.0120802", .tolerance = 6e-8},
    {"scott with one deviation", "kde --covariance scalar p.csv r.csv", FILES(PLANE),
     .numbers = "0.0726981 0.01360812", .tolerance = 6e-8},
    {"adaptive", "kde -w .7 --adaptive .5 d.csv q.csv", FILES(LINE),
     .numbers = "0.02327321 0.16812483 0.049336", EIGHT_DECIMALS},
    {"adaptive with exponent 0 is not",
     "kde -w .7 --adaptive 0 d.csv q.csv >a; kde -w .7 d.csv q.csv | cmp - a", FILES(LINE)},
    {"each point its own bandwidth", "kde -w nn:1 d.csv q.csv",
     FILES({"d.csv", "0\n1\n3\n"}, {"q.csv", "0\n"}), .numbers = "0.2352239",
     .tolerance = 2e-7}, /* (phi(0) + phi(1) + phi(1.5) / 2) / 3 */

    /* weights */
    {"weights", "kde -w 1 --weights w.csv p.csv r.csv", FILES(PLANE, {"w.csv", "1\n2\n3\n4\n5\n6\n"}),
     .numbers = "0.04693923 0.01475428", EIGHT_DECIMALS},
    {"weights in a column", "kde -w 1 --weight-column w d.csv r.csv",
     FILES({"d.csv", "a,w,b\n0,1,0\n1,2,.5\n2,3,1.8\n.5,4,-1\n1.5,5,2\n-1,6,-.7\n"},
           {"r.csv", ".5,.5\n2,-1\n"}),
     .numbers = "0.04693923 0.01475428", EIGHT_DECIMALS},
    {"a doubled point has double weight",
     "kde -N -w 1 --weights w.csv d.csv q.csv >a; kde -N -w 1 e.csv q.csv >b; " AGREE,
     FILES({"d.csv", "0\n1\n"}, {"w.csv", "4\n2\n"}, {"e.csv", "0\n1\n0\n"}, {"q.csv", ".3\n2\n"})},

    /* one left out */
    {"mean leave-one-out log density", "kde -w .7 --loo --log --mean d.csv", FILES(LINE),
     .numbers = "-2.8030772064", TEN_DECIMALS},
    {"its rows", "kde -w .7 --loo --log d.csv | sed -n '2p;3p;9p'", FILES(LINE),
     .numbers = "-2.5813131 -1.73022488 -7.43824159", .tolerance = 6e-8},
    {"mean leave-one-out on sixty points", WAVE "kde -w .3 --loo --log --mean s.csv",
     .numbers = "-1.7580196500", TEN_DECIMALS},
    {"a weight near 1 left out keeps its digits", "kde -w 1 --loo --weights w.csv d.csv",
     FILES({"d.csv", "0\n1\n"}, {"w.csv", "1e20\n1\n"}), .numbers = "0.24197072451914337 0.24197072451914337",
     .relative_tolerance = 1e-14}, /* through log 1e-20 */
    {"the only weight left out leaves nothing", "kde -N -w 1 --loo --weights w.csv d.csv",
     FILES({"d.csv", "0\n1\n"}, {"w.csv", "1\n0\n"}), .output = "0\n0.24197072451914337\n"},
    {"the sum", "kde -w .7 --loo --log --sum d.csv", FILES(LINE), .numbers = "-22.4246176512",
     .tolerance = 5e-10},

    /* bounds, periods, conditions */
    {"reflection at a bound doubles the density there", "kde -N -w 1 --lower 0 d.csv q.csv",
     FILES({"d.csv", "0\n"}, {"q.csv", "0\n-1e-9\n"}), .numbers = "0.7978845608028654 0",
     .relative_tolerance = 1e-15},
    {"reflection at an upper bound",
     "kde -N -w 1 --upper 0 d.csv q.csv >a; kde -N -w 1 --lower 0 e.csv r.csv | cmp - a",
     FILES({"d.csv", "-1\n-3\n"}, {"e.csv", "1\n3\n"}, {"q.csv", "-.5\n-2\n"}, {"r.csv", ".5\n2\n"})},
    {"what is bounded below has mass 1",
     "kde --lower 0 -w 1 --grid 0:20:20001 --no-names d.csv | awk -F, '{ s += $2 * (NR == 1 ? .5 : 1) } END "
     "{ printf \"%.7f\\n\", s * .001 }'",
     FILES({"d.csv", "0\n.5\n2\n"}), .output = "1.0000000\n"},
    {"a period makes hours 23.5 and 0.5 near", "kde -N -w 1 --periodic 24 d.csv q.csv",
     FILES({"d.csv", "23.5\n"}, {"q.csv", "0.5\n24.5\n-47.5\n"}),
     .numbers = "0.24197072451914337 0.24197072451914337 0.24197072451914337", .relative_tolerance = 1e-14},
    {"a wide kernel on a circle is flat", "kde -N -w 30 --periodic 24 d.csv q.csv",
     FILES({"d.csv", "3\n"}, {"q.csv", "0\n11\n"}), .numbers = ".0416666666666667 .0416666666666667",
     .tolerance = 1e-14},
    {"a period in one column alone", "kde -N -w 1 --periodic nan,24 d.csv q.csv",
     FILES({"d.csv", "0,23\n"}, {"q.csv", "0,0\n"}), .numbers = "0.0965323526300539", .tolerance = 1e-14},
    {"a density given a column is the joint one over the marginal",
     "kde -N -w 1 --given 1 p.csv r.csv >a; kde -N -w 1 p.csv r.csv >j; kde -N -w 1 -c 1 p.csv r.csv >m; "
     "paste -d, j m | awk -F, '{ printf \"%.15g\\n\", $1 / $2 }' >b; " AGREE,
     FILES(PLANE)},
    {"given a column with the full covariance, it has mass 1",
     "kde -N --covariance full --given 1 --grid 1:2:1,-15:15:3001 p.csv | awk -F, '{ s += $3 } END { printf "
     "\"%.9f\\n\", s / 100 }'",
     FILES(PLANE), .output = "1.000000000\n"},

    /* the distribution function */
    {"the distribution function of one point is Phi", "kde -N -w 2 --cdf d.csv q.csv",
     FILES({"d.csv", "1\n"}, {"q.csv", "1\n3\n-39\n"}),
     .numbers = "0.5 0.8413447460685429 2.7536241186062337e-89", .relative_tolerance = 1e-13},
    {"quantiles invert it",
     "kde -N --quantile 1e-9,.025,.3,.5,.999 d.csv | tee t | cut -d, -f 2 | kde -N --cdf d.csv - >a; "
     "cut -d, -f 1 t >b; " AGREE,
     FILES(LINE)},
    {"the ends of a gaussian's support", "kde -w 1 --quantile 0,1 d.csv", FILES(LINE),
     .output = "probability,quantile\n0,-inf\n1,inf\n"},
    {"and of a compact kernel's", "kde -N -k biweight -w 1 --quantile 0,.5,1 d.csv", FILES({"d.csv", "0\n"}),
     .numbers = "0 -1 .5 0 1 1", .tolerance = 1e-15},

    /* grids */
    {"a grid with its ends", "kde -w 1 --grid 0:1:3 -k triangular d.csv", FILES({"d.csv", "0\n"}),
     .output = "x1,density\n0,1\n0.5,0.5\n1,0\n"},
    {"names, and the last column fastest", "kde -w 1 --grid 0:1:2,5:6:2 d.csv | cut -d, -f 1,2",
     FILES({"d.csv", "a,b\n0,0\n"}), .output = "a,b\n0,5\n0,6\n1,5\n1,6\n"},
    {"a grid by itself reaches three bandwidths beyond", "kde -N -w 2 d.csv | cut -d, -f 1 | sed -n '1p;$p'",
     FILES({"d.csv", "0\n10\n"}), .output = "-6\n16\n"},
    {"as far as asked, within a bound", "kde -N -w 2 --grid 2 --extend 1 --lower -1 d.csv | cut -d, -f 1",
     FILES({"d.csv", "0\n10\n"}), .output = "-1\n12\n"},
    {"the mass on a wide grid is 1 for every kernel",
     "for k in gaussian epanechnikov biweight triweight cosine triangular exponential; do "
     "kde -N -k $k -w .7 --grid -20:30:100001 d.csv | awk -F, '{ s += $2 } END { printf \"%.6f\\n\", s * 50 "
     "/ 100000 }'; done",
     FILES(LINE), .output = "1.000000\n1.000000\n1.000000\n1.000000\n1.000000\n1.000000\n1.000000\n"},

    /* methods agree */
    {"tree and direct sums agree to the tolerance asked for",
     CLOUD "kde -N --rtol 1e-6 --method tree c.csv c.csv >a; kde -N --exact c.csv c.csv >b; "
           "paste -d, a b | awk -F, '{ d = $1 - $2; if (d > 1e-6 * $2 || d < -1e-6 * $2) print }'"},
    {"one thread and four give the same bytes",
     CLOUD "kde -t 1 --log --score --diagnostics c.csv c.csv >a; kde -t 4 --log --score --diagnostics c.csv "
           "c.csv | cmp - a"},
    {"a file and a pipe give the same bytes", CLOUD "kde c.csv c.csv >a; cat c.csv | kde c.csv - | cmp - a"},
    {"shifted and scaled data scale the density",
     CLOUD "kde -N c.csv c.csv | awk '{ printf \"%.15g\\n\", $1 / 8 }' >a; "
           "awk -F, '{ printf \"%.17g,%.17g,%.17g\\n\", 2 * $1 + 64, 2 * $2 - 32, 2 * $3 }' c.csv >e.csv; "
           "kde -N e.csv e.csv >b; " AGREE},

    {"a query is answered before the next is waited for",
     "mkfifo in out; kde -N -w 1 d.csv - <in >out & exec 3>in 4<out; for x in 0 1 2; do echo $x >&3; read -r "
     "y <&4; echo $y; done; exec 3>&-; wait",
     FILES({"d.csv", "0\n"}), .numbers = "0.3989422804014327 0.24197072451914337 0.05399096651318806",
     .relative_tolerance = 1e-15},
    {"a part of the queries",
     "for i in 1 2 3; do kde -N -w 1 --shard $i/3 d.csv q.csv; done >a; kde -N -w 1 d.csv q.csv | cmp - a",
     FILES(LINE)},

    /* draws */
    {"draws are the same for any number of threads",
     "kde -t 1 --sample 10000 d.csv >a; kde -t 3 --sample 10000 d.csv | cmp - a", FILES(LINE)},
    {"draws have the data's mean, and their variance plus the kernel's", /* 3.475; 3.419375 + 0.49; 5 standard
                                                                            errors */
     "kde -N -w .7 --sample 100000 d.csv | awk '{ s += $1; t += ($1 - 3.475) ^ 2 } END { m = s / NR - 3.475; "
     "v = t / NR - 3.909375; "
     "print (m < .031 && m > -.031), (v < .09 && v > -.09) }'",
     FILES(LINE), .output = "1 1\n"},
    {"draws keep within bounds",
     "kde -N -w 2 --lower 1 --upper 8 --sample 5000 d.csv | awk '$1 < 1 || $1 > 8'", FILES(LINE)},
    {"draws have the columns' names", "kde -w 1 --sample 1 d.csv | head -1", FILES({"d.csv", "a,b\n0,0\n"}),
     .output = "a,b\n"},

    /* models */
    {"a model evaluates as the data did",
     "kde --covariance full --adaptive .5 --lower -3,nan --fit p.csv >m.npz; kde -m m.npz r.csv >a; "
     "kde --covariance full --adaptive .5 --lower -3,nan p.csv r.csv | cmp - a",
     FILES(PLANE)},
    {"its arrays", "kde -w 1 --fit p.csv | matcat --list - | cut -d, -f 1", FILES(PLANE),
     .output_contains = "points\nweights\nfactor\nlocal\nkernel\nkernel_form\nlower\nupper\nperiod\n"},
    {"other filters take it",
     "kde -w 1 --fit d.csv >m.npz; kldiv --models m.npz m.npz --digits 3 -N | cut -d, -f 1", FILES(LINE),
     .numbers = "0", .tolerance = 1e-12},
    {"a model leaves its own points out", "kde -w .7 --fit d.csv | kde -m - --loo --log --mean", FILES(LINE),
     .numbers = "-2.8030772064", TEN_DECIMALS},
    {"a model that is none", "kde -m w.npz q.csv", FILES(LINE, {"w.npz", "1,2\n"}), .status = 1,
     .error_contains = "kde: w.npz: "},
    {"queries come from standard input",
     "kde -N -w 1 --fit d.csv >m.npz; echo 3 | kde -N -m m.npz >a; echo 3 | kde -N -w 1 d.csv - | cmp - a",
     FILES(LINE)},

    /* parts */
    {"parts give what one run prints",
     CLOUD "kde -N -w .1,.2,.1 c.csv c.csv >a; for i in 1 2 3; do kde -w .1,.2,.1 --partial --shard $i/3 -o "
           "$i.npz c.csv c.csv || exit; done; klmerge -N ?.npz >b; " AGREE},
    {"and its logarithms, where densities vanish",
     CLOUD "kde -N --log -w 1e-4 -c 1 c.csv - <q.csv >a; for i in 1 2; do kde --log -w 1e-4 --partial "
           "--shard $i/2 -o $i.npz -c 1 c.csv - <q.csv || exit; done; klmerge -N ?.npz >b; " AGREE,
     FILES({"q.csv", ".3\n5\n-7\n"})},
    {"weights in parts",
     CLOUD "kde -N -w .2 --weight-column 2 c.csv q.csv >a; for i in 1 2; do kde -w .2 --weight-column 2 "
           "--partial --shard $i/2 -o $i.npz c.csv q.csv || exit; done; klmerge -N ?.npz >b; " AGREE,
     FILES({"q.csv", ".3,.1\n.9,.8\n"})},
    {"more parts than points",
     "kde -N -w 1 d.csv q.csv >a; for i in $(seq 11); do kde -w 1 --partial --shard $i/11 -o $i.npz d.csv "
     "q.csv || exit; done; klmerge -N *.npz >b; " AGREE,
     FILES(LINE)},
    {"a bad row in a part is told", "kde -w 1 --partial --shard 2/2 d.csv q.csv",
     FILES({"d.csv", "1\n2\n3\nx\n"}, {"q.csv", "1\n"}), .status = 1,
     .error_contains = "expected a number, got 'x'"},
    {"parts of other queries do not fit",
     "kde -w 1 --partial -o 1.npz d.csv q.csv; kde -w 1 --partial -o 2.npz d.csv d.csv; klmerge 1.npz 2.npz",
     FILES(LINE), .status = 1, .error_contains = "2.npz: "},
    {"nor parts of other bandwidths",
     "kde -w 1 --partial -o 1.npz d.csv q.csv; kde -w 2 --partial -o 2.npz d.csv q.csv; klmerge 1.npz 2.npz",
     FILES(LINE), .status = 1, .error = "klmerge: 2.npz: option bandwidth is 2, in 1.npz 1\n"},
    {"a rule has no parts", "kde --partial d.csv q.csv", FILES(LINE), .status = 2,
     .error = "kde: --partial needs --bandwidth with numbers: a rule's would differ by part\n"},
    {"parts need queries", "kde -w 1 --partial d.csv", FILES(LINE), .status = 2,
     .error = "kde: --partial needs QUERIES\n"},

    /* bad input */
    {"one row and a rule", "kde data.csv q.csv", FILES({"data.csv", "1\n"}, {"q.csv", "0\n"}), .status = 1,
     .error = "kde: data.csv: 1 row: a bandwidth rule needs at least 2\n"},
    {"one row left out", "kde -w 1 --loo data.csv", FILES({"data.csv", "1\n"}), .status = 1,
     .error = "kde: data.csv: 1 row: leaving one out needs at least 2\n"},
    {"a constant column", "kde data.csv q.csv", FILES({"data.csv", "1,2\n2,2\n5,2\n"}, {"q.csv", "0,0\n"}),
     .status = 1, .error_contains = "column 2 is constant: give --bandwidth"},
    {"a singular covariance", "kde --covariance full data.csv q.csv",
     FILES({"data.csv", "1,2\n2,4\n5,10\n"}, {"q.csv", "0,0\n"}), .status = 1, .error_contains = "diagonal"},
    {"repeated rows under likelihood cross-validation", "kde -w lcv data.csv q.csv",
     FILES({"data.csv", "1\n1\n2\n2\n"}, {"q.csv", "0\n"}), .status = 1, .error_contains = "kde: data.csv: "},
    {"queries of another width", "kde -w 1 p.csv q.csv", FILES(PLANE, {"q.csv", "1,2,3\n"}), .status = 1,
     .error = "kde: q.csv: queries have 3 columns, data have 2\n"},
    {"a negative weight", "kde -w 1 --weights w.csv d.csv q.csv",
     FILES({"d.csv", "1\n2\n"}, {"w.csv", "1\n-1\n"}, {"q.csv", "0\n"}), .status = 1,
     .error = "kde: w.csv: row 2: expected a weight of at least 0, got '-1'\n"},
    {"no weight at all", "kde -w 1 --weights w.csv d.csv q.csv",
     FILES({"d.csv", "1\n2\n"}, {"w.csv", "0\n0\n"}, {"q.csv", "0\n"}), .status = 1,
     .error = "kde: w.csv: all weights are 0\n"},
    {"a bandwidth of 0", "kde -w 0 d.csv q.csv", FILES(LINE), .status = 2,
     .error = "kde: --bandwidth: expected a positive number, got 0\n"},
    {"an infinite bandwidth", "kde -w inf d.csv q.csv", FILES(LINE), .status = 2,
     .error = "kde: --bandwidth: expected a positive number, got inf\n"},
    {"a rule that is none", "kde -w scot d.csv q.csv", FILES(LINE), .status = 2,
     .error = "kde: --bandwidth: 'scot' is neither number nor rule (is it 'scott'?)\n"},
    {"an unknown kernel lists the known ones", "kde -k frog d.csv q.csv", FILES(LINE), .status = 2,
     .error_contains = "exponential"},
    {"a distribution function in the plane", "kde -w 1 --cdf p.csv r.csv", FILES(PLANE), .status = 2,
     .error = "kde: distribution functions and quantiles are of one column, not of 2\n"},
    {"no queries in three columns", CLOUD "kde c.csv", .status = 2,
     .error = "kde: queries are missing: with 3 columns there is no grid by itself\n"},
    {"two tasks", "kde --loo --fit d.csv", FILES(LINE), .status = 2,
     .error = "kde: --loo and --fit exclude each other\n"},
    {"queries for a fit", "kde --fit d.csv q.csv", FILES(LINE), .status = 2,
     .error_contains = "kde: unexpected operand 'q.csv'"},
    {"a bandwidth beside a model", "kde -m m.npz -w 1 q.csv", FILES(LINE), .status = 2,
     .error = "kde: --bandwidth has no meaning with --model, which says it already\n"},
    {"bounds the wrong way round", "kde -w 1 --lower 2 --upper 1 d.csv q.csv", FILES(LINE), .status = 1,
     .error = "kde: d.csv: column 1: the lower bound is not below the upper one\n"},
    {"a probability beyond 1", "kde -w 1 --quantile 2 d.csv", FILES(LINE), .status = 2,
     .error = "kde: --quantile: expected a number from 0 to 1, got 2\n"},
    {"an empty file", "kde -w 1 d.csv q.csv", FILES({"d.csv", ""}, {"q.csv", "1\n"}), .status = 1,
     .error = "kde: d.csv: no rows\n"},
    {"a header alone", "kde -w 1 d.csv q.csv", FILES({"d.csv", "1\n"}, {"q.csv", "a\n"}), .status = 1,
     .error = "kde: q.csv: no rows\n"},
    {"a missing value", "kde -w 1 d.csv q.csv", FILES({"d.csv", "1\nnan\n"}, {"q.csv", "1\n"}), .status = 1,
     .error_contains = "kde: d.csv:2: field 1: "},
    {"an absolute error allowed is kept to, and made use of",
     "printf '4,70\\n2,60\\n1,500\\n' >q; kde -N --exact $DATA/faithful.csv q >e; kde -N --rtol 0 --atol "
     "1e-3 "
     "$DATA/faithful.csv q | paste -d, e - | awk -F, '{ d = $1 - $2; far = d * d > far ? d * d : far } END { "
     "print (far "
     "> 0 && far <= 1e-6) }'",
     .output = "1\n"},
    {"more bins, less of an error",
     "kde -N -c 1 --grid 5 --exact $DATA/faithful.csv >e; for b in 64 4096; do kde -N -c 1 --grid 5 --method "
     "fft --bins "
     "$b $DATA/faithful.csv | paste -d, e - | awk -F, '{ d = ($2 - $4) ^ 2; far = d > far ? d : far } END { "
     "print "
     "sqrt(far) }'; done | awk '{ e[NR] = $1 } END { print (e[2] > 0 && 100 * e[2] < e[1]) }'",
     .output = "1\n"},
    {"a bandwidth for each column predicts better than one shape for both",
     "awk 'BEGIN { for (i = 1; i <= 60; i++) print sin(i * i) \",\" i % 3 * 4 + cos(i * 1.7) / 9 }' >d; for "
     "o in '' "
     "--lcv-each; do kde -w lcv $o --loo --log --mean d; done | awk '{ v[NR] = $1 } END { print (v[2] > v[1] "
     "+ 1) }'",
     .output = "1\n"},
};
int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
