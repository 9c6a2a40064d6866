/* Filters whose allocations, file calls and threads fail one after the other.
 *
 * Each command is run again and again; in run N the N-th call of a kind fails (tests/faults/faults.c), until
 * a run makes fewer than N. Whatever fails, the filter either does its whole job, with the same bytes, or
 * ends with status 1, one line on standard error that begins with its name, and no file left behind. Where
 * SIGTERM comes in place of a failure, it ends by it in silence, and what has its name already is whole.
 * Built with sanitizers, a leak on the way out counts as well. */

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/assertions.h"
#include "support/filter_case.h"

/* Every call up to so many is tried, then ever fewer: each time N grows by N / dense. From the environment,
 * FAULTS_DENSE. */
enum { DENSE = 50 };

/* Signals fall so much less densely: where they come, files are what they were one call before. */
enum { FEW = 10 };

/* The status of a shell whose command was ended by SIGTERM. */
enum { TERMINATED = 128 + 15 };

/* A simple command (no pipe, no variables before it) that ends with status 0 when nothing fails. Where it
 * writes a file, that is called "result". */
struct faulted {
    const char *command;
    const struct filter_file *files;
    const char *input;
};

#define P                                                                                                    \
    { "p.csv", "a,b,c\n0.2,0.3,0.5\n0.1,0.2,0.7\n1,0,0\n" }
#define LABELS                                                                                               \
    { "l.csv", "0\n0\n1\n" }
#define Q                                                                                                    \
    { "q.csv", "a,b,c\n0.3,0.3,0.4\n0.25,0.25,0.5\n0.5,0.5,0\n" }
#define X                                                                                                    \
    { "x.csv", "0,1\n1,0.5\n2.5,2\n4,1.5\n4.2,3\n0.7,0.1\n" }
#define Y                                                                                                    \
    { "y.csv", "0.3,1\n1.9,0\n3,1\n5,2\n5.5,2.2\n7,3\n" }

static const struct faulted commands[] = {
    {"kmeans -k 2 --method elkan -t 2 -o result x.csv", FILES(X)},
    {"kmeans -q -v -k 2 --balanced --labels x.csv", FILES(X)},
    {"kmeans -k 2 --method minibatch --labels -o result -", .input = "0,1\n1,0.5\n2.5,2\n4,1.5\n4.2,3\n"},
    {"gpkernel -k 'ntk(depth=2,activation=tanh)' -t 2 -o result x.csv", FILES(X)},
    {"gpkernel -k 'ntk(depth=2)' --finite 3,2 --draws 3 --train t.csv --steps 2 -t 2 -o result x.csv y.csv",
     FILES(X, Y, {"t.csv", "1\n2\n3\n4\n5\n6\n"})},
    {"kmeans --partial --init @q.csv -o result p.csv", FILES(P, Q)},
    {"kmeans -q --ppp -k 1:2 --ppp-runs 2 --cells 3 --standardize --mixture /dev/null --table /dev/null -o "
     "result x.csv",
     FILES(X)},
    {"gpfit -q -t 2 --scale-prior invgamma:2,2 --max-iterations 1 --accept-unconverged -o result x.csv",
     FILES(X)},
    {"gpfit -q --scale-prior lognormal:0,1 --scale-noise separate --gradient -o result x.csv", FILES(X)},
    {"gpfit -q --scale-prior burr:2,1 --scale-noise separate --no-optimize -o result x.csv", FILES(X)},
    {"gpfit -q --scale-prior gamma:2,1 --posterior importance --draws 20 --no-optimize -o result x.csv",
     FILES(X)},
    {"gppredict --quantiles .1 --log-density 2 -o result $DATA/scale.npz x.csv", FILES(X)},
    {"gppredict --samples 4 -o result $DATA/scale.npz x.csv", FILES(X)},
    {"gppredict --covariance $DATA/scale.npz x.csv", FILES(X)},
    {"gppredict --scale $DATA/scale.npz"},
    {"gpfit --likelihood softmax --inducing 2 --epochs 1 -t 2 -o result x.csv", FILES(X)},
    {"gpfit --likelihood softmax --inducing 2 --scale-prior invgamma:2,2 --gradient x.csv", FILES(X)},
    {"gppredict --entropy --log-density 2 -t 2 -o result $DATA/classes.npz x.csv", FILES(X)},
    {"gpkernel -k nngp --finite 3 --outputs --draws 2 --scale-prior gamma:2,1 x.csv", FILES(X)},
    {"kdloss -l kl -l dkd:temperature=2 -y labels --gradient -o result p.csv q.csv",
     FILES(P, Q, {"labels", "0\n2\n1\n"})},
    {"kdloss -l sinkhorn -l dist -B 2 -t 2 --rows p.csv q.csv", FILES(P, Q)},
    {"kdloss -l sinkhorn --plan /dev/null -l ldr:k=2 -y labels --weights p.csv q.csv",
     FILES(P, Q, {"labels", "0\n2\n1\n"})},
    {"kdloss -l nd -l cka -y labels --write-centers /dev/null --gradient-features p.csv q.csv",
     FILES(P, Q, {"labels", "0\n1\n1\n"})},
    {"kdloss --partial -o result p.csv q.csv", FILES(P, Q)},
    {"kldiv -o result p.csv q.csv", FILES(P, Q)},
    {"kldiv -b -t 2 -o result p.csv -", FILES(P), "0.3,0.3,0.4\n0.25,0.25,0.5\n0.5,0.5,0\n"},
    {"kldiv --pairs p.csv q.csv", FILES(P, Q)},
    {"kldiv --samples -k 2 -t 2 x.csv y.csv", FILES(X, Y)},
    {"kldiv --samples -k 1 --bootstrap 20 -o result x.csv y.csv", FILES(X, Y)},
    {"kldiv --gaussian x.csv y.csv", FILES(X, Y)},
    {"kldiv --mean --partial -o result p.csv q.csv", FILES(P, Q)},
    {"klmerge --allow-missing --partial -o result $DATA/partial/1.npz $DATA/partial/3.npz"},
    {"klmerge --allow-missing -q $DATA/partial/1.npz $DATA/partial/3.npz"},
    {"jsdiv -z -o result p.csv q.csv", FILES(P, Q)},
    {"jsdiv --joint p.csv", FILES(P)},
    {"fdiv -f all -f alpha:alpha=2 -m -t 2 -o result p.csv q.csv", FILES(P, Q)},
    {"calib -q --metrics --accept-unconverged --logits -t 2 -o result x.csv y.csv",
     FILES({"x.csv", "0,1\n1,0.5\n2.5,2\n"}, {"y.csv", "0\n0\n1\n"})},
    {"calib --fit-temperature --binning mass --bins 2 p.csv",
     FILES({"p.csv", ".5,.5,0\n.3,.7,0\n.2,.8,1\n"})},
    {"calib --partial -o result p.csv", FILES({"p.csv", ".5,.5,0\n.3,.7,0\n"})},
    {"calib --apply-temperature 2 -o result p.csv", FILES({"p.csv", ".5,.5\n.3,.7\n"})},
    {"csdiv --samples --permutations 3 -t 2 -o result x.csv y.csv", FILES(X, Y)},
    {"csdiv --conditional 1 --paired --gradient x.csv x.csv", FILES(X)},
    {"csdiv --conditional 1 -t 2 x.csv y.csv", FILES(X, Y)},
    {"csdiv --mutual-information 1 --normalized --permutations 2 x.csv", FILES(X)},
    {"fdiv --ratio -o result p.csv", FILES({"p.csv", "0.2,0.3\n0.1,2\n"})},
    {"jsdiv --samples -k 2 x.csv y.csv", FILES(X, Y)},
    {"cmi --rows -t 2 -o result p.csv l.csv", FILES(P, LABELS)},
    {"cmi --per-class --centroids-from c.csv p.csv l.csv",
     FILES(P, LABELS, {"c.csv", "0.5,0.3,0.2\n0.1,0.2,0.7\n"})},
    {"cmi --partial -o result p.csv l.csv", FILES(P, LABELS)},
    {"cmi --samples -k 2 -t 2 --permutations 2 z.csv",
     FILES({"z.csv", "0,1,2\n1,0.5,1\n2,2,0\n4,1,1\n4.2,3,5\n"})},
    {"cmi --discrete --permutations 2 -o result z.csv", FILES({"z.csv", "0,1,2\n1,0,1\n2,2,0\n4,1,1\n"})},
    {"cka --kernel rbf -t 2 -o result x.csv y.csv", FILES(X, Y)},
    {"cka --batch 4 --split 1,1 x.csv y.csv", FILES(X, Y)},
    {"cka --permutations 2 -o result x.csv y.csv", FILES(X, Y)},
    {"cka --partial -o result x.csv y.csv", FILES(X, Y)},
    {"kde -w 1,2 --score --standard-error -t 2 -o result x.csv y.csv", FILES(X, Y)},
    {"kde --adaptive 0.5 --covariance full --log -o result x.csv y.csv", FILES(X, Y)},
    {"kde -w lscv --loo --log --mean --columns 1 x.csv", FILES(X)},
    {"kde --lower 0,nan --periodic nan,4 -w 1 --grid 4 -b -o result x.csv", FILES(X)},
    {"kde --given 1 --weight-column 2 -w 1 -o result p.csv x.csv", FILES(P, X)},
    {"kde --fit -w nn:2 -o result x.csv", FILES(X)},
    {"kde --sample 9000 -w 1 -k cosine -o result x.csv", FILES(X)},
    {"kde --quantile 0.1,0.5 --columns 1 x.csv", FILES(X)},
    {"kde --cdf --columns 1 x.csv y.csv", FILES(X, Y)},
    {"kde -w 1 --partial -o result x.csv y.csv", FILES(X, Y)},
    {"kde --print-bandwidth -w sj x.csv", FILES(X)},
    {"kde --regime -w 1 --loo x.csv", FILES(X)},
    {"kde --thresholds --at 1 x.csv", FILES(X)},
    {"matcat -b -o result x.csv y.csv", FILES(X, Y)},
    {"matcat -z -t 2 -o result $DATA/digits.csv.gz"},
    {"matcat --standardize -o result x.csv", FILES(X)},
    {"matcat --describe x.csv", FILES(X)},
    {"matcat --shuffle --columns 2,1 -o result -", .input = "1,2\n3,4\n5,6\n"},
    {"klplot --terminal text x.csv", FILES(X)},
    {"klplot --dump --by 1 x.csv", FILES(X)},
    {"klplot --terminal braille -m histogram -o result x.csv", FILES(X)},
    {"klplot --terminal text --overlay y.csv --tee x.csv", FILES(X, Y)},
    {"gmmeval --log-density --labels --score --hessian-trace -t 2 -o result $DATA/mixture.npz x.csv",
     FILES(X)},
    {"gmmeval --sigma 1 --marginal 2 --sum $DATA/mixture.npz x.csv", FILES(X)},
    {"gmmeval --given 2 -o result $DATA/mixture.npz -", .input = "1\n2\n"},
    {"gmmeval --entropy --samples 100 -v -q $DATA/mixture.npz"},
    {"gmmeval --reduce 1 -o result $DATA/mixture.npz"},
    {"gmmfit -q -k 2 --restarts 2 -t 2 --noise -o result x.csv", FILES(X)},
    {"gmmfit -q -k 1:2 --covariance full,tied --restarts 2 -o result x.csv", FILES(X)},
    {"gmmfit -q -k 2 --init ward --accelerate --prior conjugate -o result x.csv", FILES(X)},
    {"gmmfit -q --init @$DATA/mixture.npz --tol 0 --max-iter 2 -o result x.csv", FILES(X)},
    {"gmmfit -q -k 2 --method stepwise --batch 2 -t 2 -o result -", .input = "1\n2\n3\n1.5\n7\n8\n6\n"},
    {"gmmfit -q -k 2 --method stepwise --batch 4 --tol 0 --max-iter 2 x.csv", FILES(X)},
    {"gmmfit -q -k 2 --restarts 2 -t 2 --na model -o result -", .input = "1,\n2,3\n,4\n5,6\n7,\n6,5\n"},
    {"gmmfit -q --na model --covariance tied --tol 0 --max-iter 2 -o result -",
     .input = "1,\n2,3\n,4\n5,6\n"},
    {"gmmfit -q -k 2 --method sdp --covariance tied --subsample 5 -t 2 -o result x.csv", FILES(X)},
    {"gmmfit -q -k 1:2 --method sdp --sdp-solver lowrank --covariance spherical x.csv", FILES(X)},
    {"gmmfit -q --partial --init @$DATA/mixture.npz -o result x.csv", FILES(X)},
    {"klmerge --finish gmm -o result $DATA/partial/gmm.npz"},
    {"klmerge --finish start -o result $DATA/partial/gmm.npz"},
    {"klmerge --finish objective $DATA/partial/gmm.npz"},
    {"kmeans -k 2 -t 2 -o result x.csv", FILES(X)},
    {"gmmsample -n 10 --labels --stratified -o result $DATA/mixture.npz"},
    {"gmmsample -n 10 --sigma 1 --given 1=2 $DATA/mixture.npz"},
    {"gpfit --inducing 3 -t 2 --max-iterations 2 --tolerance 0 -k rbf -o result x.csv", FILES(X)},
    {"gpfit --inducing-file - --inducing-method fitc --mean linear --gradient y.csv", FILES(Y), "1\n3\n"},
    {"gpfit --vecchia 3 -t 2 --max-iterations 2 --tolerance 0 -k rbf -o result x.csv", FILES(X)},
    {"gpfit --method kalman -k matern --mean linear --max-iterations 2 --tolerance 0 -o result y.csv",
     FILES(Y)},
    {"gppredict --noisy -t 2 -o result $DATA/vecchia.npz x.csv", FILES(X)},
    {"gppredict --quantiles .1,.9 $DATA/kalman.npz x.csv", FILES(X)},
    {"gpfit -q --inducing 4 --inducing-method sor -t 2 --max-iterations 6 --tolerance 0 -o result x.csv",
     FILES(X)},
    {"gppredict --derivatives --terms -o result $DATA/vecchia.npz x.csv", FILES(X)},
    {"gppredict --covariance -t 2 -o result $DATA/vecchia.npz x.csv", FILES(X)},
    {"gppredict --samples 2 $DATA/kalman.npz x.csv", FILES(X)},
    {"gppredict --loo -t 2 -o result $DATA/vecchia.npz"},
    {"matcat --pack means=x.csv kind:=gmm_part -o result", FILES(X)},
    {"sinkhorn -t 2 --plan -o result x.csv y.csv", FILES(X, Y)},
    {"sinkhorn -e 1 --divergence --gradient -o result x.csv y.csv", FILES(X, Y)},
    {"sinkhorn -e 1 --gradient -t 2 x.csv y.csv", FILES(X, Y)},
    {"sinkhorn -e 1 --round --map --unbalanced inf --cost euclidean -o result x.csv y.csv", FILES(X, Y)},
    {"sinkhorn -e 1 --unroll --gradient --tolerance 0 --max-iterations 3 x.csv y.csv", FILES(X, Y)},
    {"sinkhorn --exact --partial-mass 0.5 --sparse 0 -o result x.csv y.csv", FILES(X, Y)},
    {"sinkhorn -t 2 -e 1 --block 2 -o result x.csv y.csv", FILES(X, Y)},
    {"sinkhorn --exact --block 3 --plan x.csv y.csv", FILES(X, Y)},
    {"sinkhorn -e 1 --rows --cost-matrix - -o result p.csv q.csv", FILES(P, Q), "0,1,2\n1,0,1\n2,1,0\n"},
    {"sinkhorn -e 1 --init @i.csv --potentials -o result p.csv q.csv",
     FILES(P, Q, {"i.csv", "1,1,0\n1,2,0\n1,3,0\n2,1,0\n2,2,0\n2,3,0\n"})},
    {"sinkhorn --cost-pairs - -e 1", NULL, "1,1,0\n1,2,1\n2,2,1\n2,1,0\n"},
    {"sinkhorn --sliced 3 x.csv y.csv", FILES(X, Y)},
    {"sinkhorn --gaussian x.csv y.csv", FILES(X, Y)},
    {"sinkhorn --barycenter --cost-matrix - -o result p.csv", FILES(P), "0,1,2\n1,0,1\n2,1,0\n"},
};

static const char *const kinds[] = {"memory", "io", "threads", "short", "signals"};

enum { COMMANDS = sizeof commands / sizeof *commands, KINDS = sizeof kinds / sizeof *kinds };

/* What is there after a run. */
struct outcome {
    struct filter_run run;
    char *result; /* the file "result", or NULL */
    size_t result_length;
    bool struck;        /* the fault was reached */
    char leftover[300]; /* the name of a file that should not be there, or empty */
};

struct attempt {
    const struct faulted *command;
    const char *kind;
};

static bool is_given(const char *name, const struct filter_file *files) {
    for (; files && files->name; files++)
        if (strcmp(name, files->name) == 0)
            return true;
    return name[0] == '.' && strspn(name, ".") == strlen(name);
}

static char *take_file(const char *path, size_t *length) {
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return NULL;
    fseek(stream, 0, SEEK_END);
    *length = (size_t)ftell(stream);
    rewind(stream);
    char *bytes = malloc(*length + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *length, stream), *length);
    fclose(stream);
    return bytes;
}

/* Takes down what the run left in the directory, and clears it for the next one. */
static void clear_directory(const char *directory, const struct filter_file *files, struct outcome *outcome) {
    DIR *entries = opendir(directory);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));) {
        char path[1000];
        if (is_given(entry->d_name, files))
            continue;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (strcmp(entry->d_name, "struck") == 0)
            outcome->struck = true;
        else if (strcmp(entry->d_name, "result") == 0)
            outcome->result = take_file(path, &outcome->result_length);
        else
            snprintf(outcome->leftover, sizeof outcome->leftover, "%s", entry->d_name);
        remove(path);
    }
    closedir(entries);
}

/* Runs the command with the N-th call failing; 0: none. */
static struct outcome run_with_fault(const char *directory, const struct attempt *attempt, long at) {
    const char *faults = getenv("FAULTS");
    const char *input = attempt->command->input;
    bool preloaded = strcmp(faults, "wrapped") != 0;
    struct outcome outcome = {0};
    char line[1000];
    snprintf(line, sizeof line, "FAULT_KIND=%s FAULT_AT=%ld FAULT_MARK=struck %s%s %s",
             at > 0 ? attempt->kind : "none", at, preloaded ? "LD_PRELOAD=" : "", preloaded ? faults : "",
             attempt->command->command);
    outcome.run = filter_run_command(directory, line, input, input ? strlen(input) : 0);
    clear_directory(directory, attempt->command->files, &outcome);
    return outcome;
}

static void free_outcome(struct outcome *outcome) {
    filter_run_free(&outcome->run);
    free(outcome->result);
}

static bool same_bytes(const char *a, size_t a_length, const char *b, size_t b_length) {
    return (!a && !b) || (a && b && a_length == b_length && memcmp(a, b, a_length) == 0);
}

/* One line that begins with the command's name. */
static bool is_error_line(const char *text, const char *command) {
    size_t name = strcspn(command, " ");
    const char *newline = strchr(text, '\n');
    return strncmp(text, command, name) == 0 && text[name] == ':' && newline && newline[1] == '\0';
}

static bool same_result(const struct outcome *outcome, const struct outcome *whole) {
    return same_bytes(outcome->result, outcome->result_length, whole->result, whole->result_length);
}

/* What is wrong with the outcome of a signal, or NULL. */
static const char *objection_to_end(const struct outcome *outcome, const struct outcome *whole) {
    if (outcome->run.status != TERMINATED)
        return "the signal did not end it";
    if (outcome->result && !same_result(outcome, whole))
        return "the output has its name and is not whole";
    return NULL;
}

/* What is wrong with an outcome, or NULL. */
static const char *objection(const struct outcome *outcome, const struct outcome *whole,
                             const struct attempt *attempt) {
    const struct faulted *command = attempt->command;
    const struct filter_run *run = &outcome->run;
    if (outcome->leftover[0])
        return "a file is left behind";
    if (strcmp(attempt->kind, "signals") == 0 && outcome->struck)
        return objection_to_end(outcome, whole);
    if (run->status == 1 && outcome->result)
        return "the output has its name although the command failed";
    if (run->status == 1)
        return is_error_line(run->error, command->command) ? NULL : "no error line of its own";
    if (run->status != 0)
        return "the exit status is neither 0 nor 1";
    if (!same_bytes(run->output, run->output_length, whole->run.output, whole->run.output_length) ||
        !same_result(outcome, whole))
        return "the exit status is 0, but the output differs";
    return NULL;
}

static void every_fault_is_survived(void **state) {
    const struct attempt *attempt = *state;
    const struct faulted *command = attempt->command;
    const char *faults = getenv("FAULTS");
    if (!faults || !*faults)
        skip();
    const char *typed = getenv("FAULTS_DENSE");
    long dense = typed && atol(typed) > 0 ? atol(typed) : DENSE;
    if (strcmp(attempt->kind, "signals") == 0 && dense > FEW)
        dense /= FEW;
    char *directory = filter_run_directory(command->files);
    struct outcome whole = run_with_fault(directory, attempt, 0);
    if (whole.run.status != 0)
        print_error("the status is %d without a fault: %s", whole.run.status, whole.run.error);
    assert_int_equal(whole.run.status, 0);

    bool struck = true;
    long objections = 0;
    for (long at = 1; struck; at += 1 + at / dense) {
        struct outcome outcome = run_with_fault(directory, attempt, at);
        const char *wrong = objection(&outcome, &whole, attempt);
        if (wrong && objections++ < 10)
            print_error("FAULT_KIND=%s FAULT_AT=%ld: %s (status %d) %s\n%s", attempt->kind, at, wrong,
                        outcome.run.status, outcome.leftover, outcome.run.error);
        struck = outcome.struck;
        free_outcome(&outcome);
    }
    free_outcome(&whole);
    filter_run_remove(directory);
    assert_int_equal(objections, 0);
}

int main(void) {
    static struct attempt attempts[COMMANDS * KINDS];
    static char names[COMMANDS * KINDS][200];
    static struct CMUnitTest tests[COMMANDS * KINDS];
    for (size_t i = 0; i < COMMANDS * KINDS; i++) {
        attempts[i] = (struct attempt){&commands[i / KINDS], kinds[i % KINDS]};
        snprintf(names[i], sizeof names[i], "%s with faults: %s", attempts[i].kind,
                 attempts[i].command->command);
        tests[i] = (struct CMUnitTest){
            .name = names[i], .test_func = every_fault_is_survived, .initial_state = &attempts[i]};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
