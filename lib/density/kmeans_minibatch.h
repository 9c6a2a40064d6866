/* k-means of rows that need not fit into memory, by steps of small batches (Sculley 2010, Web-scale k-means
 * clustering, WWW 1177-1178).
 *
 * Passes over the rows: one draws a sample of 10000 rows (or 10 k), whose k-means are the start (none with a
 * start from a file); one takes batch after batch, each row moving its nearest centre by 1 / (the rows that
 * the centre has seen); one finds counts and inertia of the centres; and one more writes labels, if asked
 * for. A file is read again for each pass; a pipe's rows are kept (io/row_replay). */
#ifndef DENSITY_KMEANS_MINIBATCH_H
#define DENSITY_KMEANS_MINIBATCH_H

#include "base/command.h"
#include "density/kmeans_options.h"

/* Reads the operand and writes the model, or the labels. Returns 0, or -1 with command->error set. */
__attribute__((warn_unused_result)) int kmeans_minibatch_run(struct command *command,
                                                             const struct kmeans_options *options);

#endif
