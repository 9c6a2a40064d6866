/* Several builds of one hot loop, the best for this processor chosen when the program starts.
 *
 * A function marked INSTRUCTION_SETS is compiled for AVX-512, for AVX2 and for the baseline, and a resolver
 * picks. Results must not depend on the choice: keep lanes explicit (struct of 8 doubles) and never contract
 * a * b + c (the build passes -ffp-contract=off). What such a function calls must be inlined into it.
 * Sanitizers and other compilers get the baseline: resolvers run before a sanitizer is ready. */
#ifndef BASE_INSTRUCTION_SETS_H
#define BASE_INSTRUCTION_SETS_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&     \
    !defined(__SANITIZE_THREAD__) && !defined(ONE_INSTRUCTION_SET)
#define INSTRUCTION_SETS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define INSTRUCTION_SETS
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#endif
