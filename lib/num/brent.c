#include "num/brent.h"

#include <float.h>
#include <math.h>

enum { STEPS_MAX = 500 }; /* bisection alone needs some 64 from 1e19 tolerances apart */

/* (3 - sqrt 5) / 2: a golden section leaves this part of the interval aside. */
static const double golden = 0.381966011250105151795;

/* Three points in ascending order of their values, in an interval known to hold a minimum. */
struct bracket {
    double lower, upper;
    double x, second, third;
    double value, second_value, third_value;
};

/* Takes u into the bracket, which shrinks. */
static void bracket_add(struct bracket *b, double u, double value) {
    if (value <= b->value) {
        if (u >= b->x)
            b->lower = b->x;
        else
            b->upper = b->x;
        b->third = b->second, b->third_value = b->second_value;
        b->second = b->x, b->second_value = b->value;
        b->x = u, b->value = value;
        return;
    }
    if (u < b->x)
        b->lower = u;
    else
        b->upper = u;
    if (value <= b->second_value || b->second == b->x) {
        b->third = b->second, b->third_value = b->second_value;
        b->second = u, b->second_value = value;
    } else if (value <= b->third_value || b->third == b->x || b->third == b->second) {
        b->third = u, b->third_value = value;
    }
}

/* The step from x to the lowest point of the parabola through the three points; nan where there is none. */
static double parabola_step(const struct bracket *b) {
    double r = (b->x - b->second) * (b->value - b->third_value);
    double q = (b->x - b->third) * (b->value - b->second_value);
    double top = (b->x - b->third) * q - (b->x - b->second) * r;
    double bottom = 2 * (q - r);
    return bottom != 0 ? -top / bottom : NAN;
}

static double evaluate(brent_function *function, void *context, double x, size_t *evaluations) {
    double value = function(context, x);
    ++*evaluations;
    return isnan(value) ? INFINITY : value;
}

struct brent_result brent_minimize(brent_function *function, void *context, double lower, double upper,
                                   double tolerance) {
    const double relative = sqrt(DBL_EPSILON);
    struct brent_result result = {0};
    struct bracket b = {.lower = lower, .upper = upper};
    b.x = b.second = b.third = lower + golden * (upper - lower);
    b.value = b.second_value = b.third_value = evaluate(function, context, b.x, &result.evaluations);
    double step = 0, before = 0; /* the last move, and the one before it */

    for (size_t i = 0; i < STEPS_MAX && !result.converged; i++) {
        double middle = b.lower + (b.upper - b.lower) / 2;
        double least = fmax(tolerance / 3, relative * fabs(b.x) / 3);
        least = fmax(least, DBL_MIN);
        if (fabs(b.x - middle) <= 2 * least - (b.upper - b.lower) / 2) {
            result.converged = true;
            break;
        }
        double parabola = fabs(before) > least ? parabola_step(&b) : NAN;
        bool taken =
            fabs(parabola) < fabs(before / 2) && b.x + parabola > b.lower && b.x + parabola < b.upper;
        if (taken) {
            before = step;
            step = parabola;
            double u = b.x + step;
            if (u - b.lower < 2 * least || b.upper - u < 2 * least)
                step = b.x < middle ? least : -least;
        } else {
            before = b.x < middle ? b.upper - b.x : b.lower - b.x;
            step = golden * before;
        }
        double u = b.x + (fabs(step) >= least ? step : copysign(least, step));
        bracket_add(&b, u, evaluate(function, context, u, &result.evaluations));
    }
    result.x = b.x;
    result.value = b.value;
    return result;
}

/* Newton's step towards the derivative's zero, derivatives by central differences (f', f'' to O(step^6)). */
static double newton_step(brent_function *function, void *context, double x, double step,
                          size_t *evaluations) {
    static const double odd[3] = {45.0 / 60, -9.0 / 60, 1.0 / 60};
    static const double even[3] = {270.0 / 180, -27.0 / 180, 2.0 / 180};
    double middle = evaluate(function, context, x, evaluations), first = 0, second = 0;
    for (int i = 0; i < 3; i++) {
        double right = evaluate(function, context, x + (i + 1) * step, evaluations);
        double left = evaluate(function, context, x - (i + 1) * step, evaluations);
        first += odd[i] * (right - left);
        second += even[i] * ((right - middle) + (left - middle));
    }
    return second > 0 ? -first / second * step : NAN;
}

struct brent_result brent_polish(brent_function *function, void *context, struct brent_result minimum,
                                 double step) {
    struct brent_result polished = minimum;
    for (size_t i = 0; i < 3; i++) {
        double move = newton_step(function, context, polished.x, step, &polished.evaluations);
        if (!(fabs(polished.x + move - minimum.x) <= step)) /* nan too */
            return minimum;
        polished.x += move;
        if (fabs(move) < 1e-7 * step)
            break;
    }
    polished.value = evaluate(function, context, polished.x, &polished.evaluations);
    return polished.value <= minimum.value + 1e-9 * fabs(minimum.value) ? polished : minimum;
}

/* The step from b by the secant through a and b, or the inverse parabola through all three. */
static double root_step(double a, double fa, double b, double fb, double c, double fc) {
    double s = fb / fa, p, q;
    if (a == c) {
        p = (c - b) * s;
        q = 1 - s;
    } else {
        double t = fa / fc, r = fb / fc;
        p = s * ((c - b) * t * (t - r) - (b - a) * (r - 1));
        q = (t - 1) * (r - 1) * (s - 1);
    }
    return -p / q;
}

struct brent_result brent_root(brent_function *function, void *context, double lower, double upper,
                               double tolerance) {
    struct brent_result result = {.evaluations = 2};
    double a = lower, b = upper, fa = function(context, a), fb = function(context, b);
    double c = a, fc = fa;              /* the root lies between b and c */
    double step = b - a, before = step; /* the last move, and the one before it */
    bool bracketed = (fa <= 0 && fb >= 0) || (fa >= 0 && fb <= 0);

    for (size_t i = 0; bracketed && i < STEPS_MAX && !isnan(fb); i++) {
        if ((fb > 0) == (fc > 0) && fb != 0) {
            c = a, fc = fa;
            step = before = b - a;
        }
        if (fabs(fc) < fabs(fb)) {
            a = b, b = c, c = a;
            fa = fb, fb = fc, fc = fa;
        }
        double least = 2 * DBL_EPSILON * fabs(b) + tolerance / 2;
        double half = (c - b) / 2;
        result.converged = fabs(half) <= least || fb == 0;
        if (result.converged)
            break;
        double guess = fabs(before) >= least && fabs(fa) > fabs(fb) ? root_step(a, fa, b, fb, c, fc) : NAN;
        bool taken = guess * half > 0 && fabs(guess) < 1.5 * fabs(half) - fabs(least) / 2 &&
                     fabs(guess) < fabs(before / 2);
        before = taken ? step : half;
        step = taken ? guess : half;
        a = b, fa = fb;
        b += fabs(step) > least ? step : copysign(least, half);
        fb = function(context, b);
        result.evaluations++;
    }
    result.x = b;
    result.value = fb;
    return result;
}
