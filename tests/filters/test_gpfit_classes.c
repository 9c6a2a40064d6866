/* gpfit --likelihood and predictions of its models. Figures of the six rows are those of another program
 * (NumPy and SciPy: the bound written out in full, made large by BFGS from differences; the same rules of 20
 * nodes from scipy.special). */

#include "support/filter_case.h"

#define SIX                                                                                                  \
    FILES({"six.csv", "x,c\n0,a\n0.5,a\n1,b\n1.5,a\n2,b\n2.5,b\n"}, {"q.csv", "x,c\n0.25,a\n1.1,b\n3,b\n"})
#define ALL "--likelihood logistic --inducing 6 --inducing-init first --fix-inducing --jitter 0 "
#define FIXED "gpfit -k 'rbf(variance:=1.5,lengthscale:=.8)' --tolerance 1e-9 " ALL
#define MIXED FIXED "--scale-prior invgamma:2,2 --fix-scale-prior "

static const struct filter_case cases[] = {
    /* the bound */
    {"at the prior", /* KL = 0: six times E log(1 / (1 + exp(-f))) */
     "for s in '' '--scale-prior invgamma:2,2'; do gpfit -k 'rbf(variance=1.5,lengthscale=.8)' $s " ALL
     "--evaluate six.csv; done",
     SIX, .numbers = "-5.135488313304463 -5.703895248621564", .tolerance = 1e-13},
    {"its maximum", FIXED "--report r -o m.npz six.csv; grep -o '\"objective\": [^,]*' r | cut -d' ' -f2",
     SIX, .numbers = "-4.3683450194", .tolerance = 6e-11},
    /* exact by 7529536 nodes of a product of Hermite's rules; of Laplace's approximation scikit-learn says
     * -4.41504 */
    {"it is below the evidence, and above Laplace's figure",
     FIXED
     "--report r -o m.npz six.csv; grep -o '\"objective\": [^,]*' r | cut -d' ' -f2 | awk '{ print ($1 < "
     "-4.367166), ($1 > -4.415043) }'",
     SIX, .output = "1 1\n"},
    {"that of a mixture, and its q(s)",
     MIXED "--report r -o m.npz six.csv; grep -o '\"objective\": [^,]*' r | cut -d' ' -f2; gppredict -N "
           "--scale m.npz | wc -l; grep -o '\"scale_posterior\": [^]]*' r | tr -d '[' | cut -d' ' -f2-",
     SIX, .numbers = "-4.6018740476 20 3.31096111 2.94567549", .tolerance = 6e-7},
    {"a sharp prior at 1 is no mixture",
     "gpfit -k 'rbf(variance:=1.5,lengthscale:=.8)' " ALL "--scale-prior invgamma:1e5,1e5 --fix-scale-prior "
     "--report r -o m.npz six.csv; grep -o '\"objective\": [^,]*' r | cut -d' ' -f2",
     SIX, .numbers = "-4.3683", .tolerance = 1e-4},
    {"the gradient holds kernel, inducing inputs and more",
     "gpfit --likelihood logistic --inducing 2 --scale-prior invgamma:3,2 --gradient six.csv | cut -d, -f1,2",
     SIX, .output_contains = "rbf.lengthscale,1\nnoise,0\ninducing_1_1,"},
    {"all names of q",
     "gpfit --likelihood logistic --inducing 2 --fix-inducing --scale-prior invgamma:3,2 "
     "--gradient six.csv | cut -d, -f1,2 | tail -9",
     SIX,
     .output = "q_mean_1_1,0\nq_mean_1_2,0\nq_scale_1_1_1,1\nq_scale_1_2_1,0\nq_scale_1_2_2,1\nq_a,3\n"
               "q_b,2\ninvgamma.a,3\ninvgamma.b,2\n"},

    /* predictions */
    {"probabilities", FIXED "-o m.npz six.csv; gppredict -N --columns 1 m.npz q.csv | cut -d, -f2", SIX,
     .numbers = "0.35764425 0.47276155 0.61496181", .tolerance = 2e-6},
    {"probabilities of a mixture",
     MIXED "-o m.npz six.csv; gppredict -N --columns 1 m.npz q.csv | cut -d, -f2", SIX,
     .numbers = "0.36857741 0.47470978 0.60474777", .tolerance = 2e-6},
    {"columns have names",
     FIXED "-o m.npz six.csv; gppredict --inputs --entropy --log-density c m.npz q.csv | head -1", SIX,
     .output = "x,p_a,p_b,entropy,log_density\n"},
    {"they sum to 1, entropy and density are theirs",
     FIXED
     "-o m.npz six.csv; gppredict -N --entropy --log-density c m.npz q.csv | awk -F, '{ a = $1 + $2 - 1; "
     "b = -$1 * log($1) - $2 * log($2) - $3; d = log(NR == 1 ? $1 : $2) - $4; print (a * a + b * b + d * d "
     "< 1e-28) }'",
     SIX, .output = "1\n1\n1\n"},
    {"the mean log density",
     FIXED "-o m.npz six.csv; gppredict --mean-log-density c m.npz q.csv; gppredict -N --log-density c m.npz "
           "q.csv | awk -F, '{ s -= $3 } END { printf \"%.17g\\n\", s / 3 }' | sed 's/^/-/'",
     SIX, .numbers = "-0.55932408 -0.55932408", .tolerance = 5e-7},

    /* labels */
    {"numbers come in their order, in one spelling",
     "printf '1,10\\n2,9.0\\n3,9\\n4,10\\n' | gpfit -q --likelihood logistic --inducing 2 --epochs 1 -o "
     "m.npz; "
     "printf '1,1e1\\n' | gppredict --log-density 2 m.npz | head -1",
     .output = "p_9,p_10,log_density\n"},
    {"arrays of numbers and text make one model",
     "printf '1,0\\n2,1\\n3,0\\n4,2\\n' >t.csv; matcat -b t.csv >t.npy; for f in t.csv t.npy; do gpfit -q "
     "--likelihood softmax --inducing 2 --epochs 2 $f; done | cksum | cut -d' ' -f2; gpfit -q --likelihood "
     "softmax --inducing 2 --epochs 2 t.csv >a; gpfit -q --likelihood softmax --inducing 2 --epochs 2 t.npy "
     ">b; cmp a b && gppredict -N --log-density 2 a t.npy | wc -l",
     .output_contains = "4\n"},
    {"a label that training had not",
     FIXED "-o m.npz six.csv; printf 'x,c\\n1,z\\n' | gppredict --log-density c "
           "m.npz",
     SIX, .status = 1, .error = "gppredict: class label 'z' in - was not seen in training\n"},

    /* softmax */
    {"flowers: nearly all are told apart",
     "gpfit -q --likelihood softmax --inducing 12 --standardize -y 5 $DATA/iris.csv -o m.npz; gppredict -N "
     "--log-density 5 m.npz $DATA/iris.csv | awk -F, '{ right += $4 > log(.5) } END { print (right >= 143) "
     "}'",
     .output = "1\n"},
    {"softmax of two is near logistic, whose function is the difference of variance 2",
     "gpfit -q -k 'rbf(variance:=.75,lengthscale:=.8)' --likelihood softmax --inducing 6 --inducing-init "
     "first "
     "--fix-inducing six.csv -o m.npz; gppredict -N --columns 1 m.npz q.csv | cut -d, -f2",
     SIX, .numbers = "0.3576 0.4728 0.6150", .tolerance = 0.02},

    /* the fit */
    {"Adam comes where the search does",
     FIXED
     "-o m.npz six.csv; gpfit -q -k 'rbf(variance:=1.5,lengthscale:=.8)' " ALL
     "--epochs 2000 --learning-rate .05 --report r six.csv >n.npz; grep -o '\"objective\": [^,]*' r | cut "
     "-d' ' -f2",
     SIX, .numbers = "-4.36834", .tolerance = 1e-4},
    {"batches take their part",
     "gpfit -q -k 'rbf(variance:=1.5,lengthscale:=.8)' " ALL
     "--epochs 1000 --batch 2 --report r six.csv >n.npz; grep -o '\"objective\": [^,]*' r | cut -d' ' -f2",
     SIX, .numbers = "-4.37", .tolerance = 0.02},
    {"threads leave no trace", "for t in 1 3; do gpfit -q -t $t --likelihood softmax --inducing 5 --epochs 3 "
                               "--batch 40 --standardize -y 5 "
                               "--scale-prior invgamma:2,2 $DATA/iris.csv -o m$t.npz; done; cmp m1.npz "
                               "m3.npz; for t in 1 3; do gppredict "
                               "-t $t --log-density 5 m1.npz $DATA/iris.csv >p$t; done; cmp p1 p3"},
    {"a fit starts from a model's kernel and inducing inputs",
     "gpfit -q --likelihood logistic --inducing 3 -o m.npz six.csv; gpfit -q --likelihood logistic "
     "--inducing 3 "
     "--init @m.npz --no-optimize -o n.npz six.csv; for m in m n; do matcat $m.npz:Z; gppredict --parameters "
     "$m.npz; done >t; head -$(($(wc -l <t) / 2)) t >a; tail -$(($(wc -l <t) / 2)) t | cut -d, -f1,2 >b; cut "
     "-d, -f1,2 a | cmp - b",
     SIX},

    /* refusals */
    {"no inducing inputs", "gpfit --likelihood softmax six.csv", SIX, .status = 2,
     .error = "gpfit: --likelihood softmax needs --inducing\n"},
    {"another prior", "gpfit --likelihood logistic --inducing 3 --scale-prior gamma:2,2 six.csv", SIX,
     .status = 2, .error = "gpfit: --scale-prior: with --likelihood logistic only invgamma\n"},
    {"three classes", "gpfit --likelihood logistic --inducing 2 -y 5 $DATA/iris.csv", .status = 1,
     .error = "gpfit: --likelihood logistic needs 2 classes, got 3\n"},
    {"one class", "printf '1,a\\n2,a\\n' | gpfit --likelihood softmax --inducing 2", .status = 1,
     .error = "gpfit: need at least 2 classes, got 1\n"},
    {"noise", "gpfit --likelihood logistic --inducing 3 --noise 1 six.csv", SIX, .status = 2,
     .error_contains = "--noise has no meaning where targets are classes"},
    {"a mean", "gpfit --likelihood logistic --inducing 3 --mean linear six.csv", SIX, .status = 2,
     .error = "gpfit: --mean: classes have functions of mean zero\n"},
    {"Adam without classes", "gpfit --epochs 3 six.csv", SIX, .status = 2,
     .error_contains = "--epochs has no meaning without --likelihood logistic or softmax"},
    {"two columns of classes", "gpfit --likelihood logistic --inducing 3 -y 2,3 -", .status = 2,
     .input = "1,a,b\n2,b,b\n", .error_contains = "--target: classes are one column, not 2"},
    {"quantiles of a class", FIXED "-o m.npz six.csv; gppredict --quantiles .5 m.npz q.csv", SIX, .status = 2,
     .error_contains = "--quantiles has no meaning with a model of classes"},
    {"entropy of a number", "printf '1,2\\n2,3\\n' | gpfit -q -o m.npz; gppredict --entropy m.npz q.csv", SIX,
     .status = 2, .error = "gppredict: --entropy goes with a model of classes\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
