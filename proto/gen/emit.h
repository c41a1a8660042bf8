/* The generated files, one function each. All write into `directory`. */
#ifndef KITH_GEN_EMIT_H
#define KITH_GEN_EMIT_H

#include "contract.h"

/* kith_methods.h, kith_methods.c: the method table and a name for each of its rows. */
void emit_methods(const struct contract *contract, const char *directory);
/* kith_rules.c: what the contract demands of each field of a request. */
void emit_rules(const struct contract *contract, const char *directory);
/* kith_files.h, kith_files.c: the descriptor set, and every message and enum by name. */
void emit_files(const struct contract *contract, const char *directory);
/* kith_openapi.h, kith_openapi.c, kith_openapi.json: the OpenAPI document. */
void emit_openapi(const struct contract *contract, const char *directory);

/* <service>.rpc.h, <service>.rpc.c: the prototype of each handler, and the thunks. */
void emit_handlers(const struct contract *contract, const char *service, const char *directory);
/* <service>.sql.h, <service>.sql.c from the .sql files named. */
void emit_statements(struct contract *contract, const char *service, char *const *files, size_t n,
		     const char *directory);
/* <service>.migrations.h, <service>.migrations.c from the files named. */
void emit_migrations(const struct contract *contract, const char *service, char *const *files,
		     size_t n, const char *directory);

#endif
