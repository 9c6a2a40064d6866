/* What the man pages say under COMPARED WITH: each row holds a number that the peer printed, and ours beside
 * it, by the option or the factor that the page names. The peers: scipy 1.10.1, numpy 1.24.2,
 * scikit-learn 1.2.1, POT 0.8.2, R 4.2.2, FNN 1.1.3.1; philentropy's, torch's and GeomLoss's are the value
 * and the definition of their manuals. */
#include "support/filter_case.h"

/* clang-format off */
#define ROWS FILES({"p.csv", "0.1,0.2,0.7\n0.5,0.5,0\n"}, {"q.csv", "0.3,0.3,0.4\n0.25,0.25,0.5\n"})
#define COUNTS FILES({"p.csv", "1,2,7\n"}, {"q.csv", "3,3,4\n"})
#define DECADES FILES({"p.csv", "1,2,3,4,5,6,7,8,9,10\n"}, {"q.csv", "20,21,22,23,24,25,26,27,28,29\n"})
#define LINE FILES({"x.csv", "0\n1\n2.5\n4\n4.2\n"}, {"y.csv", "0.3\n1.9\n3\n5\n5.5\n7\n"})
#define PLANE FILES({"x.csv", "0,0\n1,2\n2,1\n4,3\n"}, {"y.csv", "1,0\n0,1\n3,3\n2,5\n4,1\n"})
#define EIGHT {"d.csv", "1.1\n1.9\n2.3\n2.4\n3.8\n4.1\n5.0\n7.2\n"}, {"q.csv", "0\n3\n6.5\n"}
#define SIX {"p.csv", "0,0\n1,.5\n2,1.8\n.5,-1\n1.5,2\n-1,-.7\n"}, {"r.csv", ".5,.5\n2,-1\n"}
#define MIXTURE                                                                                              \
    FILES({"w.csv", ".3\n.7\n"}, {"mu.csv", "0,0\n3,1\n"}, {"c.csv", "1\n.5\n.5\n2\n.5\n0\n0\n.25\n"},       \
          {"x.csv", "1,1\n2,.5\n"})
#define SUPPLY                                                                                               \
    FILES({"x.csv", "0,0\n1,0\n0,1\n"}, {"y.csv", "1,1\n2,.5\n.5,2\n0,.2\n"}, {"a.csv", ".5\n.3\n.2\n"},   \
          {"b.csv", ".1\n.4\n.3\n.2\n"})
#define TRANSPORT " --source-weights a.csv --target-weights b.csv x.csv y.csv"
#define SYMBOLS .input = "0,0\n0,0\n0,1\n1,1\n1,1\n1,0\n0,1\n0,1\n1,0\n1,1\n1,0\n2,0\n"
#define FEATURES                                                                                             \
    FILES({"a.csv", "1,2\n2,0\n0,1\n3,1\n1,1\n2,3\n"},                                                     \
          {"b.csv", "1,0,1\n2,1,0\n0,0,1\n2,2,1\n1,1,0\n1,3,2\n"})
#define LABELLED                                                                                             \
    .input = ".7,.2,.1,0\n.5,.4,.1,0\n.1,.8,.1,1\n.3,.6,.1,1\n.2,.2,.6,2\n.05,.05,.9,2\n.25,.25,.5,2\n"
#define PACK_MIXTURE                                                                                         \
    "matcat --no-header --pack kind:=gmm covariance_type:=full weights=w.csv means=mu.csv "                  \
    "covariances=c.csv --shape covariances=2x2x2 -o m.npz && "
/* clang-format on */

static const struct filter_case cases[] = {
    {"scipy.stats.entropy([1, 2, 7], [3, 3, 4]) rescales: --normalize", "kldiv --normalize -N p.csv q.csv",
     COUNTS, .numbers = "0.200776801066352", .relative_tolerance = 1e-13},
    {"scipy.stats.entropy(.., base=2): --base 2", "kldiv --normalize --base 2 -N p.csv q.csv", COUNTS,
     .numbers = "0.289659695223976", .relative_tolerance = 1e-13},
    {"scipy.special.kl_div: --terms", "kldiv --terms -N p.csv q.csv | head -n 1", ROWS,
     .numbers = "0.090138771133 0.018906978378 0.091731051555", .tolerance = 1e-12},
    {"torch's reduction='batchmean' of 2 rows: --mean", "kldiv --mean p.csv q.csv", ROWS,
     .numbers = "0.446961990813149", .relative_tolerance = 1e-13},
    {"torch's reduction='mean' of 3 columns is a third of --mean",
     "kldiv --mean p.csv q.csv | awk '{ printf \"%.15g\\n\", $1 / 3 }'", ROWS, .numbers = "0.14898733027105",
     .relative_tolerance = 1e-13},
    {"FNN::KL.divergence(X, Y, k = 2) is smaller by log(n / (n - 1)), n = 5",
     "kldiv --samples -k 2 x.csv y.csv | awk '{ printf \"%.15g\\n\", $1 - log(5 / 4) }'", LINE,
     .numbers = "-0.308743443950", .tolerance = 1e-11},
    {"numpy.cov has divisor n - 1: --gaussian", "kldiv --gaussian x.csv y.csv", PLANE,
     .numbers = "0.649193577184924", .relative_tolerance = 1e-12},
    {"sklearn.covariance.EmpiricalCovariance has divisor n: --gaussian --mle",
     "kldiv --gaussian --mle x.csv y.csv", PLANE, .numbers = "0.679515762781657",
     .relative_tolerance = 1e-12},
    {"sklearn's KernelCenterer on A A' and B B', and numpy's norm(A.T @ B)**2: cka", "cka a.csv b.csv",
     FEATURES, .numbers = "0.76860188508799077", .relative_tolerance = 1e-13},
    {"rbf_kernel has gamma = 1 / (2 m^2), of median squares 5 and 3: cka --kernel rbf",
     "cka --kernel rbf a.csv b.csv", FEATURES, .numbers = "0.82109833949929123", .relative_tolerance = 1e-13},
    {"mutual_info_regression(x, y, n_neighbors=5) scales the columns: matcat --standardize",
     "awk 'BEGIN { for (i = 1; i <= 200; i++) printf \"%.17g,%.17g\\n\", sin(i), sin(i) + sin(i * i) / 2 }' "
     "| "
     "matcat --standardize -b | cmi --samples",
     .numbers = "0.9481547679400433", .relative_tolerance = 1e-12},
    {"sklearn.metrics.mutual_info_score: --discrete of two columns", "cmi --discrete", SYMBOLS,
     .numbers = "0.0661520623594491", .relative_tolerance = 1e-12},
    {"scipy.special.rel_entr(P, Q[y]).sum() / n: cmi", "cmi", LABELLED, .numbers = "0.047954958477812885",
     .relative_tolerance = 1e-12},
    {"scipy.spatial.distance.jensenshannon is the root: --distance",
     "jsdiv --normalize --distance -N p.csv q.csv", COUNTS, .numbers = "0.227842619450584",
     .relative_tolerance = 1e-13},
    {"jensenshannon(.., base=2) divides before the root, as --base 2 --distance does",
     "jsdiv --normalize --distance --base 2 -N p.csv q.csv", COUNTS, .numbers = "0.273666875898699",
     .relative_tolerance = 1e-13},
    {"philentropy::JSD(1:10 / 55, 20:29 / 245) is in bits: --base 2",
     "jsdiv --normalize --base 2 -N p.csv q.csv", DECADES, .numbers = "0.03792749", .tolerance = 5e-9},
    {"StandardScaler has divisor n: its values are ours times sqrt(n / (n - 1)), n = 3",
     "matcat --standardize - | awk '{ printf \"%.15g\\n\", $1 * sqrt(3 / 2) }'", .input = "1\n2\n3\n",
     .numbers = "-1.224744871392 0 1.224744871392", .tolerance = 1e-12},
    {"KMeans(3).inertia_ of iris through StandardScaler: --standardize",
     "kmeans -k 3 --standardize --restarts 50 --columns 1-4 $DATA/iris.csv -o m.npz; matcat m.npz:inertia",
     .numbers = "139.82049635974982", .relative_tolerance = 1e-13},
    {"sklearn.cluster.KMeans(3).inertia_ of iris",
     "kmeans -k 3 --columns 1-4 $DATA/iris.csv -o m.npz; matcat m.npz:inertia", .numbers = "78.851441426146",
     .relative_tolerance = 1e-13},
    {"sklearn.metrics of three clusters of iris: silhouette_score, davies_bouldin_score, "
     "calinski_harabasz_score",
     "kmeans -v -k 3 --columns 1-4 $DATA/iris.csv -o m.npz 2>&1 | grep -E 'silhouette|davies|calinski' | cut "
     "-d' ' -f3",
     .numbers = "0.552819 0.661972 561.628", .relative_tolerance = 2e-6},
    {"mclust: Mclust(iris[, 1:4])$bic -561.7285 is of its own model; -574.0178 of VVV, 2 is minus ours",
     "kmeans -q --ppp --table t.csv -o l.csv --columns 1-4 $DATA/iris.csv; matcat -N -c k,bic,chosen t.csv | "
     "awk -F, "
     "'$3 { print $1, $2 }'",
     .numbers = "2 574.0178", .tolerance = 1e-3},
    {"pandas describe(): the same quantiles, and deviation with divisor n - 1",
     "matcat --describe -N --columns 1 -", .input = "1\n2\n4\n8\n",
     .numbers = "4 0 3.75 3.095695936834452 1 1.75 3 5 8", .relative_tolerance = 1e-14},
    {"scipy.stats.gaussian_kde(x): --covariance full", "kde -N --covariance full p.csv r.csv", FILES(SIX),
     .numbers = "0.1241474741857 0.0002791142933115", .relative_tolerance = 1e-12},
    {"gaussian_kde(x, weights=..)", "kde -N --covariance full --weights w.csv p.csv r.csv",
     FILES(SIX, {"w.csv", "1\n2\n3\n4\n5\n6\n"}), .numbers = "0.08755515894509 0.001104397654925",
     .relative_tolerance = 1e-12},
    {"gaussian_kde(x, bw_method=0.5) is half a deviation: 0.988415037177 of 1.97683007435",
     "kde -N -w 0.988415037177 d.csv q.csv", FILES(EIGHT), .numbers = "0.04116534 0.18637785 0.05908431",
     .tolerance = 6e-9},
    {"sklearn KernelDensity(bandwidth=1.5, kernel='epanechnikov')",
     "kde -N -w 1.5 -k epanechnikov p.csv r.csv", FILES(SIX), .numbers = "0.07859503 0", .tolerance = 6e-9},
    {"kernel='linear' is triangular", "kde -N -w 1.5 -k triangular p.csv r.csv", FILES(SIX),
     .numbers = "0.0845475 0", .tolerance = 6e-8},
    {"kernel='exponential'", "kde -N -w 1.5 -k exponential p.csv r.csv", FILES(SIX),
     .numbers = "0.03010142 0.01549122", .tolerance = 6e-9},
    {"KernelDensity.score is --log --sum", "kde -w 1.5 --log --sum p.csv p.csv", FILES(SIX),
     .numbers = "-19.771150575563688", .relative_tolerance = 1e-10},
    {"R density(x, bw = 0.7, kernel = 'epanechnikov'): sqrt(5) x 0.7 is the half-width", /* R interpolates:
                                                                                            1e-5 */
     "kde -N -w 1.5652475842 -k epanechnikov --grid 3:4:1 d.csv | cut -d, -f 2", FILES(EIGHT),
     .numbers = "0.203887830356353", .tolerance = 1e-5},
    {"kernel = 'biweight': sqrt(7) x 0.7",
     "kde -N -w 1.8520259177 -k biweight --grid 3:4:1 d.csv | cut -d, -f 2", FILES(EIGHT),
     .numbers = "0.192057885129006", .tolerance = 1e-5},
    {"R bw.nrd0 and bw.nrd", "for w in nrd0 nrd; do kde -N --print-bandwidth -w $w d.csv; done", FILES(EIGHT),
     .numbers = "0.941626447519836 1.109026704856695", .relative_tolerance = 1e-14},
    {"R bw.SJ bins the pairs", "for w in sj sj-dpi; do kde -N --print-bandwidth -w $w d.csv; done",
     FILES(EIGHT), .numbers = "1.119705176594464 1.148162718415711", .relative_tolerance = 1e-3},
    {"numpy.histogram(eruptions, bins='fd')",
     "klplot -m histogram -x eruptions --dump $DATA/faithful.csv | awk '/^END/ { exit } d { print $2 } /<</ "
     "{ d = 1 }'",
     .numbers = "81 16 16 81 78"},
    {"numpy.histogram(waiting, bins='fd', density=True)",
     "klplot -m histogram -x waiting --density --dump $DATA/faithful.csv | "
     "awk '/^END/ { exit } d { print $2 } /<</ { d = 1 }'",
     .numbers = "0.01165372 0.02330744 0.01331853 0.00887902 0.02219756 0.03884573 0.02608213 0.00665927",
     .tolerance = 5e-9},
    {"sklearn GaussianMixture.score_samples: --log-density", PACK_MIXTURE "gmmeval -N m.npz x.csv", MIXTURE,
     .numbers = "-3.643760933051152 -2.592154029913269", .relative_tolerance = 1e-14},
    {"sklearn GaussianMixture.score is a mean: --mean", PACK_MIXTURE "gmmeval --mean m.npz x.csv", MIXTURE,
     .numbers = "-3.117957481482211", .relative_tolerance = 1e-14},
    {"sklearn GaussianMixture.predict_proba: --responsibilities",
     PACK_MIXTURE "gmmeval -N --responsibilities m.npz x.csv", MIXTURE,
     .numbers = "0.779326336929214 0.220673663070786 0.060753395445384 0.939246604554616",
     .tolerance = 1e-14},
    {"sklearn GaussianMixture.predict counts components from 0: --labels less 1",
     PACK_MIXTURE "gmmeval -N --labels m.npz x.csv | awk '{ print $1 - 1 }'", MIXTURE, .output = "0\n1\n"},
    {"scipy.spatial.distance.mahalanobis is the root of --mahalanobis",
     PACK_MIXTURE
     "gmmeval -N --mahalanobis m.npz x.csv | awk -F, 'NR == 1 { printf \"%.15g\\n\", sqrt($1) }'",
     MIXTURE, .numbers = "1.0690449676496976", .relative_tolerance = 1e-14},
    {"ot.sinkhorn2(a, b, M, 1) is the transport", "sinkhorn -e 1 --tolerance 1e-13" TRANSPORT, SUPPLY,
     .numbers = "1.8649084509151368", .relative_tolerance = 1e-12},
    {"ot.sinkhorn's plan is ours", "sinkhorn -N -e 1 --tolerance 1e-13 --plan" TRANSPORT " | head -n 1",
     SUPPLY, .numbers = "0.06794781 0.12846704 0.11785756 0.1857276", .tolerance = 5e-9},
    {"POT's objective <M,P> - reg H(P) is ours less reg (H(a) + H(b)), reg = 1, 2.309507239898241",
     "sinkhorn -e 1 --tolerance 1e-13 --value objective" TRANSPORT
     " | awk '{ printf \"%.15g\\n\", $1 - 2.309507239898241 }'",
     SUPPLY, .numbers = "-0.09731522924874714", .tolerance = 1e-12},
    {"ot.emd2 by ot.dist, and by metric='euclidean'",
     "sinkhorn --exact" TRANSPORT "; sinkhorn --exact --cost euclidean" TRANSPORT, SUPPLY,
     .numbers = "1.683 1.152748913174023", .relative_tolerance = 1e-14},
    {"ot.bregman.empirical_sinkhorn_divergence(X, Y, 1) is made of transports",
     "sinkhorn -e 1 --tolerance 1e-13" TRANSPORT
     " >v; sinkhorn -e 1 --tolerance 1e-13 --source-weights a.csv "
     "--target-weights a.csv x.csv x.csv >>v; sinkhorn -e 1 --tolerance 1e-13 --source-weights b.csv "
     "--target-weights b.csv y.csv y.csv >>v; awk '{ s += NR == 1 ? $1 : -$1 / 2 } END { printf "
     "\"%.15g\\n\", "
     "s }' v",
     SUPPLY, .numbers = "1.5144159157225343", .relative_tolerance = 1e-10},
    {"ot.partial.partial_wasserstein2(a, b, M, m=.5): --exact --partial-mass",
     "sinkhorn --exact --partial-mass .5" TRANSPORT, SUPPLY, .numbers = "0.358", .relative_tolerance = 1e-14},
    {"ot.unbalanced.sinkhorn_unbalanced(a, b, M, .1, 1) has another entropy: 0.474 there",
     "sinkhorn -e .1 --unbalanced 1" TRANSPORT, SUPPLY, .numbers = "0.4200823", .tolerance = 1e-6},
    {"ot.barycenter takes histograms as columns: --barycenter",
     "printf '.6,.2,.1,.05,.05\\n.05,.05,.1,.3,.5\\n' >h; printf "
     "'0,.0625,.25,.5625,1\\n.0625,0,.0625,.25,.5625\\n"
     ".25,.0625,0,.0625,.25\\n.5625,.25,.0625,0,.0625\\n1,.5625,.25,.0625,0\\n' >c; sinkhorn -N --barycenter "
     "--tolerance 1e-13 --cost-matrix c h",
     .numbers = "0.10126473 0.25072059 0.34139794 0.21014173 0.096475", .tolerance = 5e-9},
    {"GeomLoss's cost has a half: blur .5 is --cost-scale .5 -e .25, half of -e .5",
     "sinkhorn --divergence --tolerance 1e-13 --cost-scale .5 -e .25" TRANSPORT
     " >h; sinkhorn --divergence --tolerance 1e-13 -e .5" TRANSPORT
     " | awk '{ getline h <\"h\"; printf \"%.12f\\n\", $1 - 2 * h }'",
     SUPPLY, .numbers = "0", .tolerance = 1e-11},
    {"scipy.stats.wasserstein_distance([0, 1, 3], [5, 6, 9, 8]): --exact --cost euclidean",
     "printf '0\\n1\\n3\\n' >x; printf '5\\n6\\n9\\n8\\n' >y; sinkhorn --exact --cost euclidean x y",
     .numbers = "5.666666666666666", .relative_tolerance = 1e-14},
    {"scipy.optimize.linear_sum_assignment's costs sum to n times --exact",
     "sinkhorn --exact --cost-matrix - | awk '{ printf \"%.12g\\n\", 3 * $1 }'",
     .input = "4,1,3\n2,0,5\n3,2,2\n", .numbers = "5", .tolerance = 1e-12},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
