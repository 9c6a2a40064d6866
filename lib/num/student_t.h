/* Student's t distribution with df > 0 degrees of freedom (not whole in general), location 0, scale 1. */
#ifndef NUM_STUDENT_T_H
#define NUM_STUDENT_T_H

/* Of `dimensions` coordinates whose squares sum to `square`: log Gamma((df + q)/2) - log Gamma(df/2)
 * - (q/2) log(df pi) - (df + q)/2 log(1 + square/df). One dimension: t's own. */
double student_t_log_density(double df, double dimensions, double square);

/* P(T > t): its digits are kept however small. */
double student_t_upper(double df, double t);

/* The quantile of 0 < p < 1 (-inf at 0, +inf at 1, nan outside): a root of the distribution function up to
 * df = 1e5, to 1e-13 relative; beyond by the expansion about the normal quantile (Fisher and Cornish 1960,
 * four terms). */
double student_t_quantile(double df, double p);

#endif
