/* Finding a method and the rules of a message in the generated tables. */
#include "method.h"

#include <protobuf-c/protobuf-c.h>
#include <stdlib.h>
#include <string.h>

static int compare_method(const void *name, const void *method)
{
	return strcmp(name, ((const struct method *)method)->name);
}

const struct method *method_find(const char *name)
{
	return bsearch(name, kith_methods, kith_methods_count, sizeof(*kith_methods),
		       compare_method);
}

static int compare_rules(const void *name, const void *rules)
{
	return strcmp(name, ((const struct message_rules *)rules)->message->name);
}

const struct message_rules *method_rules(const struct ProtobufCMessageDescriptor *message)
{
	return bsearch(message->name, kith_rules, kith_rules_count, sizeof(*kith_rules),
		       compare_rules);
}
