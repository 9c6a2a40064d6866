/* Angles of one double without a branch, a table or a call, in the manner of num/elementary.h: to be inlined
 * into loops that become several values a step. The polynomial interpolates at Chebyshev's points; its error
 * is 2^-57 of the result. */
#ifndef NUM_ELEMENTARY_ANGLE_H
#define NUM_ELEMENTARY_ANGLE_H

#include <math.h>

#include "base/instruction_sets.h"

#define ELEMENTARY_ANGLE_PI 0x1.921fb54442d18p+1
#define ELEMENTARY_ANGLE_PI_LOW 0x1.1a62633145c07p-53 /* pi - that */

/* asin u for |u| <= 1/2, at most 1 ulp. */
ALWAYS_INLINE double elementary_angle_half_arcsine(double u) {
    double z = u * u;
    double tail = 0x1.d72b2bc8155f8p-6;
    tail = tail * z - 0x1.e6aaa8a0a04ccp-7;
    tail = tail * z + 0x1.1d189408314eep-6;
    tail = tail * z + 0x1.65a9c4dfcf8b2p-8;
    tail = tail * z + 0x1.52420b04b37bep-7;
    tail = tail * z + 0x1.782651caa6547p-7;
    tail = tail * z + 0x1.c9cf07674736ap-7;
    tail = tail * z + 0x1.1c4d35cf95421p-6;
    tail = tail * z + 0x1.6e8bb1c8209a2p-6;
    tail = tail * z + 0x1.f1c71c1db0623p-6;
    tail = tail * z + 0x1.6db6db6e31f13p-5;
    tail = tail * z + 0x1.3333333332ecap-4;
    tail = tail * z + 0x1.5555555555556p-3;
    return u + u * (z * tail);
}

/* The angle t in [0, pi] whose haversine sin^2(t/2) = (1 - cos t)/2 is h, 0 <= h <= 1; at most 2 ulp. Small
 * angles keep the relative accuracy of h, where acos(1 - 2h) would lose half of the digits. */
ALWAYS_INLINE double elementary_angle_of_haversine(double h) {
    double rest = 1 - h; /* exact for h >= 1/2 */
    double side = h < rest ? h : rest;
    double root = sqrt(side);
    double cosine = rest - h;
    double u = side <= 0.25 ? root : cosine;
    double angle = elementary_angle_half_arcsine(u);
    double twice = 2 * angle;
    double far = (ELEMENTARY_ANGLE_PI - twice) + ELEMENTARY_ANGLE_PI_LOW;
    double middle = (ELEMENTARY_ANGLE_PI / 2 - angle) + ELEMENTARY_ANGLE_PI_LOW / 2;
    double outer = h < rest ? twice : far;
    return side <= 0.25 ? outer : middle;
}

/* asin of sine, given its square's complement 1 - sine^2 >= 0, which near +-1 carries the digits that sine
 * has lost; at most 3 ulp. */
ALWAYS_INLINE double elementary_angle_arcsine(double sine, double complement) {
    double size = sine < 0 ? -sine : sine;
    double root = sqrt(complement / (2 * (1 + size))); /* sqrt((1 - |sine|)/2) */
    double u = size <= 0.5 ? size : root;
    double angle = elementary_angle_half_arcsine(u);
    double outer = (ELEMENTARY_ANGLE_PI / 2 - 2 * angle) + ELEMENTARY_ANGLE_PI_LOW / 2;
    double value = size <= 0.5 ? angle : outer;
    return sine < 0 ? -value : value;
}

#endif
