/* The words of a template: {{name}} is a variable, everything else stands for itself. */
#ifndef KITH_CONTENT_COPY_H
#define KITH_CONTENT_COPY_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/status.h"
#include "kith/content/v1/template.pb-c.h"

struct call;

#define COPY_VARIABLES_MAX     50
#define COPY_VARIABLE_MAX_SIZE 40

/* The variables of the body in the order in which it first names them, in the call's arena.
 * INVALID_ARGUMENT BAD_TEMPLATE with a violation of `field` that says at which character. */
enum status copy_variables(struct call *c, const char *field, const char *body,
			   const char ***ret_names, size_t *ret_n) MUST_USE;

/* The body with the values in place of its variables, in the call's arena. INVALID_ARGUMENT
 * MISSING_VARIABLE or UNKNOWN_VARIABLE, with the fact `variable`. */
enum status copy_render(struct call *c, const char *body, Content__TemplateValue *const *values,
			size_t n, const char **ret_text) MUST_USE;

#endif
