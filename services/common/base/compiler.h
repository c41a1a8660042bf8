/* The four house macros. There are no others. */
#ifndef KITH_BASE_COMPILER_H
#define KITH_BASE_COMPILER_H

/* The caller may not ignore the result. */
#define MUST_USE __attribute__((warn_unused_result))

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* Runs `fini(&variable)` when the variable leaves its scope. */
#define CLEANUP(fini) __attribute__((cleanup(fini)))

/* Returns from the function unless the expression is STATUS_OK. */
#define TRY(expression)                                                                            \
	do {                                                                                       \
		enum status try_status_ = (expression);                                            \
		if (try_status_ != STATUS_OK)                                                      \
			return try_status_;                                                        \
	} while (0)

#endif
