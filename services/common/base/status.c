/* The 17 gRPC codes, their names and their HTTP codes. */
#include "status.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	int http;
} rows[] = {
	[STATUS_OK] = {"OK", 200},
	[STATUS_CANCELLED] = {"CANCELLED", 499},
	[STATUS_UNKNOWN] = {"UNKNOWN", 500},
	[STATUS_INVALID_ARGUMENT] = {"INVALID_ARGUMENT", 400},
	[STATUS_DEADLINE_EXCEEDED] = {"DEADLINE_EXCEEDED", 504},
	[STATUS_NOT_FOUND] = {"NOT_FOUND", 404},
	[STATUS_ALREADY_EXISTS] = {"ALREADY_EXISTS", 409},
	[STATUS_PERMISSION_DENIED] = {"PERMISSION_DENIED", 403},
	[STATUS_RESOURCE_EXHAUSTED] = {"RESOURCE_EXHAUSTED", 429},
	[STATUS_FAILED_PRECONDITION] = {"FAILED_PRECONDITION", 400},
	[STATUS_ABORTED] = {"ABORTED", 409},
	[STATUS_OUT_OF_RANGE] = {"OUT_OF_RANGE", 400},
	[STATUS_UNIMPLEMENTED] = {"UNIMPLEMENTED", 501},
	[STATUS_INTERNAL] = {"INTERNAL", 500},
	[STATUS_UNAVAILABLE] = {"UNAVAILABLE", 503},
	[STATUS_DATA_LOSS] = {"DATA_LOSS", 500},
	[STATUS_UNAUTHENTICATED] = {"UNAUTHENTICATED", 401},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static size_t row_of(enum status status)
{
	return (size_t)status < N_ROWS ? (size_t)status : STATUS_UNKNOWN;
}

const char *status_name(enum status status)
{
	return rows[row_of(status)].name;
}

enum status status_from_name(const char *name)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return (enum status)i;

	return STATUS_UNKNOWN;
}

int status_http(enum status status)
{
	return rows[row_of(status)].http;
}
