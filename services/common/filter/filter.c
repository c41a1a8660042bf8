/* Predicates in the language of `filter` fields. */
#include "filter/filter.h"
