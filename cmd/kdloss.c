/* kdloss - distillation losses between a teacher and a student, and their derivatives. */

#include <math.h>

#include "base/command.h"
#include "divergence/distillation_options.h"
#include "divergence/distillation_run.h"

static const struct option_entry own_options[] = {
    OPTION_TEXTS('l', "loss", struct distillation_options, terms, "TERM",
                 "NAME[:KEY=VALUE,...], a term of the loss (default kl); repeat for a sum"),
    OPTION_TEXT('y', "labels", struct distillation_options, labels, "FILE", "a column of classes 0..C-1"),
    OPTION_NUMBER('T', "temperature", struct distillation_options, temperature, "T", -INFINITY, INFINITY,
                  "of terms that set none"),
    OPTION_FLAG(0, "probs", struct distillation_options, probs, "operands hold probabilities"),
    OPTION_FLAG(0, "log-probs", struct distillation_options, log_probs, "operands hold their logarithms"),
    OPTION_TEXT(0, "teacher-features", struct distillation_options, teacher_features, "FILE",
                "for terms of features, where the operands are logits"),
    OPTION_TEXT(0, "student-features", struct distillation_options, student_features, "FILE",
                "the same of the student"),
    OPTION_TEXT(0, "centers", struct distillation_options, centers, "FILE",
                "class means for nd and cosine (default: of the teacher's features)"),
    OPTION_COUNT('B', "batch", struct distillation_options, batch, "N", 0, 0x1p53,
                 "rows of a batch; 0: all rows are one"),
    OPTION_COUNT(0, "epoch", struct distillation_options, epoch, "E", 1, 0x1p53,
                 "of the schedule of terms with warmup=K"),
    OPTION_COUNT(0, "epochs", struct distillation_options, epochs, "N", 1, 0x1p53, "how many there are"),
    OPTION_HEADING("result"),
    OPTION_FLAG(0, "rows", struct distillation_options, rows, "the loss of each row, and its terms"),
    OPTION_FLAG(0, "terms", struct distillation_options, each, "the terms, and the total"),
    OPTION_FLAG(0, "gradient", struct distillation_options, gradient, "derivative in the student's logits"),
    OPTION_FLAG(0, "gradient-features", struct distillation_options, feature_gradient,
                "derivative in the student's features"),
    OPTION_FLAG(0, "weights", struct distillation_options, weights, "the classes' worst-case weights of ldr"),
    OPTION_FLAG(0, "temperatures", struct distillation_options, lambdas, "the lambda of each row of aldr"),
    OPTION_TEXT(0, "write-centers", struct distillation_options, write_centers, "FILE",
                "also write the class means"),
    OPTION_TEXT(0, "plan", struct distillation_options, plan, "FILE",
                "also write the plan of sinkhorn, times the rows"),
    OPTION_FLAG(0, "partial", struct distillation_options, partial, "sums for klmerge"),
    OPTION_END,
};

static const char *const examples[] = {
    "kdloss teacher.csv student.csv",
    "kdloss -l ce:0.1 -l kl:weight=0.9,temperature=4 -y labels.csv t.csv s.csv",
    "kdloss -l dkd -T 4 -y labels.csv --gradient t.npy s.npy -b -o gradient.npy",
    NULL,
};

static const struct command_description description = {
    .name = "kdloss",
    .operands = "[options] [[TEACHER] STUDENT]",
    .purpose = "Distillation losses between a teacher's and a student's logits, and their derivatives.",
    .own_options = own_options,
    .shared_options = OPTIONS_STREAM | OPTIONS_OUTCOME,
    .examples = examples,
    .operands_max = 2,
};

static int run(struct command *command, const struct distillation_options *options) {
    struct distillation_loss loss;
    struct distillation_input_settings input;
    if (distillation_options_check(command, options, &loss, &input) < 0)
        return -1;
    int status = distillation_run(command, options, &loss, &input);
    distillation_loss_free(&loss);
    return status;
}

int main(int argc, char **argv) {
    struct distillation_options options = DISTILLATION_OPTIONS_DEFAULT;
    struct command command;
    command_start(&command, &description, &options, argc, argv);
    return command_finish(&command, run(&command, &options));
}
