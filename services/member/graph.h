/* Who talks with whom, in clusters. The only user of libigraph. */
#ifndef KITH_MEMBER_GRAPH_H
#define KITH_MEMBER_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/status.h"

struct call;
struct ties;

/* The members of a graph in clusters 0 … n - 1. */
struct clusters {
	int32_t *of; /* of each member, in the arena */
	size_t n;
};

/* Clusters (Leiden, by modularity) of members who have more to do with each other than with others,
 * once for each resolution: the higher, the smaller the clusters. The same seed gives the same
 * clusters. RESOURCE_EXHAUSTED when the library gets no memory. */
enum status graph_clusters(struct call *c, const struct ties *ties, const double *resolutions,
			   size_t n, uint64_t seed, struct clusters *ret) MUST_USE;

#endif
