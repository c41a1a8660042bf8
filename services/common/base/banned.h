/* Functions that nobody here calls: they do not know the room, the error or the thread. Included by
 * force (target kith_flags), before anything else. A call does not compile; the error names what to
 * use instead. */
#ifndef KITH_BASE_BANNED_H
#define KITH_BASE_BANNED_H

/* Declared before the names are taken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef stpcpy
#define strcpy(...)  banned__use_arena_string
#define strcat(...)  banned__use_buf_add_string
#define strncpy(...) banned__use_arena_copy
#define strncat(...) banned__use_buf_add
#define stpcpy(...)  banned__use_buf_add_string

#undef sprintf
#undef vsprintf
#define sprintf(...)  banned__use_snprintf
#define vsprintf(...) banned__use_vsnprintf

#undef strtok
#define strtok(...) banned__use_strcspn

#undef gmtime
#undef localtime
#undef ctime
#undef asctime
#define gmtime(...)    banned__use_text_from_time
#define localtime(...) banned__use_text_from_time
#define ctime(...)     banned__use_text_from_time
#define asctime(...)   banned__use_text_from_time

#undef atoi
#undef atol
#undef atoll
#undef atof
#define atoi(...)  banned__use_text_int64
#define atol(...)  banned__use_text_int64
#define atoll(...) banned__use_text_int64
#define atof(...)  banned__use_text_double

#undef strtol
#undef strtoll
#undef strtoul
#undef strtoull
#define strtol(...)   banned__use_text_int64
#define strtoll(...)  banned__use_text_int64
#define strtoul(...)  banned__use_text_uint64
#define strtoull(...) banned__use_text_uint64

#undef rand
#undef srand
#define rand(...)  banned__use_id_random
#define srand(...) banned__use_id_random

#undef tmpnam
#undef mktemp
#define tmpnam(...) banned__use_mkstemp
#define mktemp(...) banned__use_mkstemp

#endif
