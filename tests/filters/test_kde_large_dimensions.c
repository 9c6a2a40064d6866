/* kde in many dimensions, as a user runs it: thresholds, regimes, curves. Published values, and the same
 * numbers asked for in other ways. */

#include "support/filter_case.h"

#define SPECTRUM                                                                                             \
    { "s.csv", "4\n1\n1\n.25\n" }
#define PLANE                                                                                                \
    {"p.csv", "0,0\n1,.5\n2,1.8\n.5,-1\n1.5,2\n-1,-.7\n"}, {                                                 \
        "r.csv", ".5,.5\n2,-1\n"                                                                             \
    }

/* Normal rows: normals SEED N D. */
#define NORMALS                                                                                              \
    "normals() { awk -v s=$1 -v n=$2 -v d=$3 'BEGIN { srand(s); for (i = 0; i < n; i++) { r = \"\"; "        \
    "for (j = 0; j < d; j++) r = r (j ? \",\" : \"\") sprintf(\"%.9g\", "                                    \
    "sqrt(-2 * log(1 - rand())) * cos(6.283185307179586 * rand())); print r } }'; }; "

#define AGREE "paste -d, a b | awk -F, '{ d = $1 - $2; if (d > 1e-12 || d < -1e-12) print }'"

static const struct filter_case cases[] = {
    {"thresholds are a row", "kde --thresholds --spectrum s.csv --points 3", FILES(SPECTRUM),
     .numbers = "3 4 0.27465307216702745 1.48944852 1.05319915 0.87068518 0.75809268", .tolerance = 6e-9},
    {"h_clt is sqrt 2 h_g, delta h_kl squared",
     "kde -N --thresholds --spectrum s.csv --points 1000 | awk -F, '{ a = $4 / $5 - sqrt(2); b = $6 * $6 - "
     "$7; "
     "print (a * a < 1e-28 && b * b < 1e-28) }'",
     FILES(SPECTRUM), .output = "1\n"},
    {"the tail index is 1 at h_g, 2 at h_clt; regimes begin there",
     "t=$(kde -N --thresholds --spectrum s.csv --points 50); c=$(echo $t | cut -d, -f4); "
     "g=$(echo $t | cut -d, -f5); kde -N --digits 12 --thresholds --spectrum s.csv --points 50 --at $c,$g,.1 "
     "| "
     "cut -d, -f2,3 | head -n 2",
     FILES(SPECTRUM), .numbers = "2 1 1 2", .tolerance = 1e-12},
    {"a variance that is not positive is named", "kde --thresholds --spectrum s.csv --points 9",
     FILES({"s.csv", "4\n1\n2\n-1\n"}), .status = 1,
     .error = "kde: s.csv:4: field 1: a variance must be positive\n"},
    {"a spectrum of two columns is refused", "kde --thresholds --spectrum r.csv --points 9", FILES(PLANE),
     .status = 1, .error = "kde: r.csv: expected one variance a row, got 2 columns\n"},
    {"a spectrum needs the sample's size", "kde --thresholds --spectrum s.csv", FILES(SPECTRUM), .status = 2,
     .error_contains = "--spectrum needs --points N"},
    {"a sample has two points at the least", "kde --thresholds --spectrum s.csv --points 1", FILES(SPECTRUM),
     .status = 2, .error_contains = "--points: expected a whole number of at least 2"},
    {"bandwidths asked about are positive", "kde --thresholds --spectrum s.csv --points 9 --at 1,0",
     FILES(SPECTRUM), .status = 2, .error_contains = "--at: expected positive numbers, got 0"},
    {"no other kernel than the gaussian", "kde -k uniform --thresholds p.csv", FILES(PLANE), .status = 2,
     .error_contains = "--thresholds is for the gaussian kernel"},
    {"thresholds of data are those of their variances",
     /* covariance (5/3, 0; 0, 1/3) */
     "printf '1\\n2\\n3\\n4\\n' | awk '{ print $1 \",\" (($1 == 1 || $1 == 4) ? 0 : 1) }' >d.csv; "
     "awk 'BEGIN { printf \"%.17g\\n%.17g\\n\", 5 / 3, 1 / 3 }' >v.csv; "
     "kde -N --thresholds d.csv | tr , '\\n' >a; kde -N --thresholds --spectrum v.csv --points 4 | "
     "tr , '\\n' >b; " AGREE,
     .output = ""},
    {"a variance of 0 is refused", "kde --thresholds d.csv", FILES({"d.csv", "1,2\n2,4\n3,6\n"}), .status = 1,
     .error = "kde: d.csv: 1 eigenvalue of the covariance is 0: --drop-null leaves them out\n"},
    {"or left out", "kde -N --thresholds --drop-null d.csv | cut -d, -f2,3",
     FILES({"d.csv", "1,2\n2,4\n3,6\n"}), .numbers = "1 1.0986122886681098", .tolerance = 1e-15},
    {"one row has no spectrum", "kde --thresholds d.csv", FILES({"d.csv", "1,2\n"}), .status = 1,
     .error = "kde: d.csv: 1 row: a covariance needs at least 2\n"},

    {"regimes are the diagnostics in other words",
     "kde -N --regime -w .7 p.csv r.csv | awk -F, '{ printf \"%.17g\\n%.17g\\n\", 1 / $1, $3 }' >a; "
     "kde -N --diagnostics -w .7 p.csv r.csv | cut -d, -f2,3 | tr , '\\n' >b; " AGREE,
     FILES(PLANE), .output = ""},
    {"of points left out too",
     "kde -N --regime --loo -w .7 p.csv | awk -F, '{ printf \"%.17g\\n%.17g\\n\", 1 / $1, $3 }' >a; "
     "kde -N --diagnostics --loo -w .7 p.csv | cut -d, -f2,3 | tr , '\\n' >b; " AGREE,
     FILES(PLANE), .output = ""},
    {"the mean of regimes",
     "kde -N --regime -w .7 p.csv r.csv | awk -F, '{ print $1; s += $1 } END { print s / 2 }' | tail -n 1 "
     ">a; "
     "kde -N --regime --mean -w .7 p.csv r.csv | awk -F, '{ print $1 + 0 }' >b; cmp a b",
     FILES(PLANE), .output = ""},
    {"--whiten with H is the shape full",
     "kde -N --regime --whiten -w .9 p.csv r.csv >a; "
     "kde -N -w scott --covariance full --print-bandwidth p.csv | awk -F, '{ c = .9 * exp(log(6) / 6); "
     "printf \"%.17g,%.17g\\n%.17g,%.17g\\n\", c * $1, 0, c * $3, c * $4 }' >l.csv; "
     "kde -N --regime -w @l.csv p.csv r.csv >b; paste -d, a b | awk -F, '{ for (i = 1; i <= 3; i++) { "
     "d = $i - $(i + 3); if (d > 1e-12 || d < -1e-12) print } }'",
     FILES(PLANE), .output = ""},
    {"--whiten takes one number", "kde --regime --whiten -w scott p.csv r.csv", FILES(PLANE), .status = 2,
     .error_contains = "--whiten needs --bandwidth H, one number"},
    {"regimes need queries", "kde --regime -w 1 p.csv", FILES(PLANE), .status = 2,
     .error_contains = "--regime needs QUERIES, or --loo"},
    {"queries as wide as the data", "kde --regime -w 1 p.csv q.csv", FILES(PLANE, {"q.csv", "1\n2\n"}),
     .status = 1, .error = "kde: q.csv: queries have 1 column, data have 2\n"},

    {"nor a model of another one",
     "kde --fit -k biweight -w 1 p.csv -o m.npz; kde --regime --model m.npz r.csv", FILES(PLANE), .status = 2,
     .error_contains = "regimes are those of the gaussian kernel, not biweight"},
    {"nor local bandwidths", "kde --regime -w nn:2 p.csv r.csv", FILES(PLANE), .status = 2,
     .error_contains = "one bandwidth for all points is needed"},
    {"a model's regimes are those of its data",
     "kde --fit -w .7 p.csv -o m.npz; kde --regime --model m.npz r.csv >a; kde --regime -w .7 p.csv r.csv "
     ">b; "
     "cmp a b",
     FILES(PLANE), .output = ""},

    {"a curve passes through the mean log density",
     "kde -N --kl-curve --bandwidth-range .3:1.2:3 p.csv r.csv | cut -d, -f1,2 | while IFS=, read -r h v; do "
     "echo $v >>a; kde --log --mean -w $h p.csv r.csv >>b; done; " AGREE,
     FILES(PLANE), .output = ""},
    {"left out, it is the cross-validated likelihood",
     "kde -N --kl-curve --loo --bandwidth-range .7:.7:1 p.csv | cut -d, -f2 >a; "
     "kde --loo --log --mean -w .7 p.csv >b; " AGREE,
     FILES(PLANE), .output = ""},
    {"its standard error is that of the mean",
     "kde -N --kl-curve --loo --bandwidth-range .7:.7:1 p.csv | cut -d, -f5 >a; "
     "kde -N --loo --log -w .7 p.csv | awk '{ s += $1; q += $1 * $1 } END { m = s / NR; "
     "printf \"%.15g\\n\", sqrt((q - NR * m * m) / (NR - 1) / NR) }' >b; " AGREE,
     FILES(PLANE), .output = ""},
    {"a curve needs its bandwidths", "kde --kl-curve p.csv r.csv", FILES(PLANE), .status = 2,
     .error_contains = "--kl-curve needs --bandwidth-range LO:HI:N"},
    {"bandwidths from low to high", "kde --kl-curve --bandwidth-range 2:1:5 p.csv r.csv", FILES(PLANE),
     .status = 2, .error_contains = "--bandwidth-range: expected LO:HI:N"},
    {"the same bytes for any number of threads",
     NORMALS "normals 1 3000 5 >x; normals 2 700 5 >y; kde --kl-curve -t 1 --bandwidth-range .2:2:7 x y >a; "
             "kde --kl-curve -t 3 --bandwidth-range .2:2:7 x y >b; cmp a b; "
             "kde --regime -w .5 -t 1 x y >a; kde --regime -w .5 -t 3 x y >b; cmp a b",
     .output = ""},
    {"kl-extreme scales the columns by h_kl",
     NORMALS
     "normals 1 4000 6 >x; kde -N -w kl-extreme --covariance full --print-bandwidth x | "
     "cut -d, -f1 >a; kde -N -w scott --covariance full --print-bandwidth x | cut -d, -f1 >b; "
     "awk 'BEGIN { for (i = 0; i < 6; i++) print 1 }' >v; h=$(kde -N --thresholds --spectrum v --points "
     "4000 | cut -d, -f6); paste -d, a b | awk -F, -v h=$h '{ d = $1 / $2 - h * exp(log(4000) / 10); "
     "print (d < 1e-12 && d > -1e-12) }'",
     .output = "1\n"},

    /* rules as a user meets them */
    {"lcv refuses repeated rows", "kde -w lcv --print-bandwidth d.csv", FILES({"d.csv", "1\n2\n2\n5\n"}),
     .status = 1, .error_contains = "kde: d.csv: rows 2 and 3 are equal"},
    {"a constant column", "kde --print-bandwidth d.csv", FILES({"d.csv", "1,3\n2,3\n"}), .status = 1,
     .error = "kde: d.csv: column 2 is constant: give --bandwidth\n"},
    {"one row", "kde --print-bandwidth d.csv", FILES({"d.csv", "1\n"}), .status = 1,
     .error = "kde: d.csv: 1 row: a bandwidth rule needs at least 2\n"},
    {"isj without a root names others", "kde -w isj --print-bandwidth d.csv", FILES({"d.csv", "0\n1\n"}),
     .status = 1,
     .error = "kde: d.csv: column 1: the equation of isj has no root (2 distinct values): use sj or nrd0\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
