/* Clusters of members by their ties, with libigraph. */
#include "graph.h"

#include <igraph.h>

#include "base/call.h"
#include "partition.h"

#define RANDOMNESS 0.01 /* of the refinement step; the value of the method's authors */
#define ITERATIONS 10

/* The ties in the library's form, in the arena: it only looks at them. */
struct shape {
	igraph_vector_int_t ends;
	igraph_vector_t weights, loads;
};

static void shape_of(struct arena *arena, const struct ties *ties, struct shape *ret)
{
	igraph_integer_t *ends = arena_array(arena, 2 * (size_t)ties->count + 1, sizeof(*ends));
	igraph_real_t *weights = arena_array(arena, (size_t)ties->count + 1, sizeof(*weights));
	igraph_real_t *loads = arena_array(arena, ties->n + 1, sizeof(*loads));
	igraph_integer_t n = 0;

	for (size_t i = 0; i < ties->n; i++) {
		loads[i] = (igraph_real_t)ties_load(ties, i);
		for (size_t k = ties->first[i]; k < ties->first[i + 1]; k++) {
			if (ties->other[k] < i)
				continue;
			ends[2 * n] = (igraph_integer_t)i;
			ends[2 * n + 1] = ties->other[k];
			weights[n++] = (igraph_real_t)ties->weight[k];
		}
	}
	igraph_vector_int_view(&ret->ends, ends, 2 * n);
	igraph_vector_view(&ret->weights, weights, n);
	igraph_vector_view(&ret->loads, loads, (igraph_integer_t)ties->n);
}

static igraph_error_t cluster(const igraph_t *graph, const struct shape *shape, double resolution,
			      struct clusters *ret)
{
	igraph_vector_int_t found;
	igraph_integer_t n = 0;
	igraph_error_t error = igraph_vector_int_init(&found, 0);

	if (error != IGRAPH_SUCCESS)
		return error;

	error = igraph_community_leiden(graph, &shape->weights, &shape->loads, resolution,
					RANDOMNESS, false, ITERATIONS, &found, &n, NULL);
	for (igraph_integer_t i = 0; error == IGRAPH_SUCCESS && i < igraph_vcount(graph); i++)
		ret->of[i] = (int32_t)VECTOR(found)[i];
	ret->n = (size_t)n;
	igraph_vector_int_destroy(&found);

	return error;
}

enum status graph_clusters(struct call *c, const struct ties *ties, const double *resolutions,
			   size_t n, uint64_t seed, struct clusters *ret)
{
	double scale = ties->total > 0 ? 2.0 * (double)ties->total : 1.0;
	struct shape shape;
	igraph_t graph;
	igraph_error_t error;

	/* Left to itself, the library ends the process. */
	igraph_set_error_handler(igraph_error_handler_ignore);
	igraph_set_warning_handler(igraph_warning_handler_ignore);
	igraph_rng_seed(igraph_rng_default(), (igraph_uint_t)seed);

	shape_of(c->arena, ties, &shape);
	error = igraph_create(&graph, &shape.ends, (igraph_integer_t)ties->n, IGRAPH_UNDIRECTED);
	if (error == IGRAPH_SUCCESS) {
		for (size_t i = 0; error == IGRAPH_SUCCESS && i < n; i++) {
			ret[i].of = arena_array(c->arena, ties->n + 1, sizeof(*ret[i].of));
			error = cluster(&graph, &shape, resolutions[i] / scale, &ret[i]);
		}
		igraph_destroy(&graph);
	}
	if (error != IGRAPH_SUCCESS)
		return call_fail(c, STATUS_RESOURCE_EXHAUSTED, NULL, "igraph: %s",
				 igraph_strerror(error));

	return STATUS_OK;
}
