#include "process/covariance.h"

#include <stdlib.h>
#include <string.h>

#include "process/covariance_kernel.h"

void covariance_free(struct covariance *covariance) {
    if (covariance == NULL)
        return;
    for (size_t i = 0; i < covariance->node_count; i++)
        free(covariance->nodes[i].columns);
    free(covariance->parameters);
    free(covariance);
}

bool covariance_has(const struct covariance *covariance, const char *name) {
    for (size_t i = 0; i < covariance->node_count; i++) {
        const struct covariance_node *node = &covariance->nodes[i];
        if (node->kind == COVARIANCE_LEAF && strcmp(node->kernel->name, name) == 0)
            return true;
    }
    return false;
}
