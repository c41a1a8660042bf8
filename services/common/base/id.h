/* Identifiers: RFC 9562 UUIDs as 36 characters. Version 7 for what is born here, version 8 for what
 * an outside system has named before. */
#ifndef KITH_BASE_ID_H
#define KITH_BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"

#define ID_SIZE 37 /* with the NUL */

/* A new UUIDv7 of this millisecond: later ones of a process sort after earlier ones. Any thread. */
void id_new(char ret[static ID_SIZE]);

/* The UUIDv8 that stands for an outside name: the first 122 free bits of SHA-256 over `space`, a
 * NUL, and `name`. The same name always gives the same id, so importing twice is importing once. */
void id_of(const char *space, const char *name, char ret[static ID_SIZE]);

/* 8-4-4-4-12 hex digits, either case. */
bool id_is_valid(const char *string);

bool id_to_bytes(const char *string, uint8_t ret[static 16]) MUST_USE;
void id_from_bytes(const uint8_t bytes[static 16], char ret[static ID_SIZE]);

/* `size` bytes nobody can guess. Aborts when the kernel has none. */
void id_random(void *ret, size_t size);

#endif
