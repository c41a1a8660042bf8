/* gRPC server reflection, v1 and v1alpha: the contract as the generator embedded it. */
#ifndef KITH_GATEWAY_REFLECTION_H
#define KITH_GATEWAY_REFLECTION_H

struct stream_method;

extern const struct stream_method reflection_v1, reflection_v1alpha;

#endif
