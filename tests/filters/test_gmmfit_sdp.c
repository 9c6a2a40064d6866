/* gmmfit --method sdp as a user runs it. Numbers are those of the specification's checks. */

#include "support/filter_case.h"

#define ROWS "0,0\n.4,1\n-.3,-1.2\n.2,2\n.1,-2\n3,.1\n3.6,-.1\n2.5,.2\n4.2,0\n3.1,-.3\n"
#define SDP "gmmfit -q --method sdp -o m.npz "
/* clang-format off */
#define X FILES({"x.csv", ROWS})
#define ORACLE FILES({"x.csv", ROWS}, {"w.csv", ".5\n.5\n"}, {"u.csv", "0,0\n3,0\n"}, \
                     {"c.csv", ".3,0,0,2.5\n.6,0,0,.1\n"})
/* clang-format on */
#define PACK                                                                                                 \
    "matcat --no-header --pack kind:=gmm weights=w.csv means=u.csv covariance_type:=full covariances=c.csv " \
    "--shape covariances=2x2x2 -o s.npz && "

static const struct filter_case cases[] = {
    {"known covariances: the partition's objective is the program's value",
     PACK SDP "--fixed-covariances @s.npz --sdp-tol 1e-10 x.csv && matcat m.npz:sdp_objective && "
              "matcat m.npz:covariances",
     ORACLE, .numbers = "-6.17933061 .3 0 0 2.5 .6 0 0 .1", .tolerance = 1e-8},
    {"known covariances: the bound is the value, and the gap is not negative",
     PACK SDP "--fixed-covariances s.npz --sdp-tol 1e-10 x.csv && matcat m.npz:sdp_bound && "
              "matcat m.npz:sdp_gap | awk '{ print ($1 >= 0 && $1 < 1e-8) }'",
     ORACLE, .numbers = "-6.17933061 1", .tolerance = 1e-8},
    {"covariances stand where the specification says",
     SDP "-k 2 --labels l.csv x.csv && matcat m.npz:covariances && paste -s -d' ' l.csv", X,
     .numbers = "0.0536 0.1952 0.1952 2.0864 0.3336 -0.0324 -0.0324 0.0296 1 1 1 1 1 2 2 2 2 2",
     .tolerance = 1e-10},
    {"every start leads there",
     "for i in ward kmeans kmeans++ random; do " SDP
     "-k 2 --init $i x.csv && matcat m.npz:sdp_objective; done",
     X, .numbers = "-16.68780986 -16.68780986 -16.68780986 -16.68780986", .tolerance = 1e-5},
    {"the history has a row for each program",
     SDP "-k 2 --history h.csv x.csv && head -n 1 h.csv && tail -n 1 h.csv | cut -d, -f 3,4", X,
     .output = "outer,objective,partition_objective,changed_labels\n-16.68780986328933,0\n"},
    {"responsibilities sum to 1",
     SDP
     "-k 2 --responsibilities r.csv x.csv && awk -F, 'NR == 1 { print } NR > 1 && ($1 + $2 - 1)^2 > 1e-24' "
     "r.csv",
     X, .output = "r1,r2\n"},
    {"the note states solver, tolerance and certificate", "gmmfit --method sdp -k 2 -o m.npz x.csv", X,
     .error_contains = "the best partition (admm, tolerance 1e-06, "},
    {"the report carries residuals, traces, ranks and the outer history",
     SDP "-k 2 --report r.json x.csv && grep -o -E '\"(residual_[a-z]*|traces|ranks|outer_[a-z_]*)\"' r.json",
     X,
     .output = "\"residual_rows\"\n\"residual_sign\"\n\"residual_distance\"\n\"residual_dual\"\n\"traces\"\n"
               "\"ranks\"\n\"outer_stands\"\n\"outer_objective\"\n\"outer_partition_objective\"\n"
               "\"outer_changed_labels\"\n"},
    {"identity is K-means: the bound is at most its inertia",
     SDP "-k 2 --covariance identity x.csv && kmeans -k 2 -o k.npz x.csv && "
         "matcat m.npz:sdp_bound k.npz:inertia | paste -s -d' ' | awk '{ print ($1 <= $2 && $1 > 0) }'",
     X, .output = "1\n"},
    {"all types are fitted and one chosen",
     SDP "-k 1:2 --covariance diagonal,tied --table t.csv x.csv && cut -d, -f 1,2 t.csv", X,
     .output = "components,covariance\n1,tied\n2,tied\n1,diagonal\n2,diagonal\n"},
    {"rows beyond a subsample are assigned",
     SDP
     "-k 2 --subsample 60 --labels l.csv $DATA/faithful.csv && sort l.csv | uniq -c | awk '{ print $2, $1 }' "
     "&& matcat m.npz:n",
     .output = "1 176\n2 96\nlabel 1\n272\n"},
    {"factors need no matrix of n x n, and bring no bound",
     SDP "-k 2 --sdp-solver lowrank --rank 3 --accept-unconverged --labels l.csv x.csv && "
         "matcat --list m.npz | grep -c sdp_bound; tail -n 10 l.csv | uniq -c | "
         "awk '{ print $1 }'",
     X, .output = "0\n5\n5\n"},
    {"weights of clusters enter the costs on request",
     SDP "-k 2 --lambda-weights x.csv && matcat m.npz:sdp_objective", X, .numbers = "-2.8248662518",
     .tolerance = 1e-5}, /* + 2 n log 2 */
    {"threads do not change a byte",
     "gmmfit -q --method sdp -k 2 --subsample 80 -t 1 $DATA/faithful.csv -o a.npz && "
     "gmmfit -q --method sdp -k 2 --subsample 80 -t 2 $DATA/faithful.csv | cmp - a.npz"},
    {"a fit that does not come to stand says so",
     "gmmfit --method sdp -k 2 --init random --outer 1 -o m.npz x.csv", X,
     .error_contains = "covariances still move after 1 programs: raise --outer or --outer-tol", .status = 3},
    {"a program that falls short says so",
     "gmmfit --method sdp -k 2 --sdp-max-iter 2 --outer 1 -o m.npz x.csv", X,
     .error_contains = "residuals are above 1e-06 after 2 steps: raise --sdp-max-iter or --sdp-tol",
     .status = 3},

    /* what is refused */
    {"more components than rows", SDP "-k 11 x.csv", X, .status = 1,
     .error = "gmmfit: 11 components but 10 rows\n"},
    {"options of this method need it", "gmmfit --outer 3 x.csv", X, .status = 2,
     .error_contains = "--outer needs --method sdp"},
    {"weights have no meaning", SDP "--weights w.csv x.csv", X, .status = 2,
     .error_contains = "--weights has no meaning with --method sdp"},
    {"cross-validation is refused", SDP "-k 1:2 --criterion cv x.csv", X, .status = 2,
     .error_contains = "--criterion cv has no meaning with --method sdp"},
    {"identity is this method's", "gmmfit --covariance identity x.csv", X, .status = 2,
     .error_contains = "--covariance identity needs --method sdp"},
    {"a rank is lowrank's", SDP "--rank 3 x.csv", X, .status = 2,
     .error_contains = "--rank needs --sdp-solver lowrank"},
    {"too many rows for admm", "seq 5000 | " SDP "-k 2 --subsample 0", .status = 1,
     .error =
         "gmmfit: 5000 rows are too many for --sdp-solver admm: --subsample 400, or --sdp-solver lowrank\n"},
    {"memory is limited", "seq 1000 | " SDP "-k 2 --subsample 0 --max-memory .01", .status = 1,
     .error = "gmmfit: programs of 1000 rows take 0.1 GiB: --subsample fewer, or raise --max-memory\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
