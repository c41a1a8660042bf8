/* From an HTTP path to a method: a tree of path segments, made once from the method table. */
#include "route.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/method.h"
#include "base/text.h"

#define MAX_SEGMENTS 16

struct node {
	const char *segment; /* NULL: a variable */
	size_t size;
	struct node *children, *next;
	struct node *variable; /* the child that takes any segment */
	struct route *routes;
};

struct router {
	struct arena arena;
	struct node root;
	struct route *by_name; /* of POST /<method>, beside kith_methods */
};

struct segment {
	const char *text;
	size_t size;
};

bool route_is_offered(const struct method *method)
{
	return (method->access & ~(unsigned)ACCESS_SERVICE) != 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

char *route_decode(struct arena *arena, const char *text, size_t size, bool plus)
{
	char *decoded = arena_alloc(arena, size + 1), *out = decoded;

	for (size_t i = 0; i < size; i++) {
		if (text[i] == '%') {
			int high = size - i > 2 ? hex_digit(text[i + 1]) : -1;
			int low = size - i > 2 ? hex_digit(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return NULL;
			*out++ = (char)(high << 4 | low);
			i += 2;
		} else {
			*out++ = text[i] == '+' && plus ? ' ' : text[i];
		}
	}
	return text_is_utf8(decoded, (size_t)(out - decoded)) ? decoded : NULL;
}

static struct node *child(struct router *router, struct node *node, const char *text, size_t size)
{
	bool variable = text[0] == '{';
	struct node *found;

	if (variable && node->variable != NULL)
		return node->variable;
	if (!variable)
		for (found = node->children; found != NULL; found = found->next)
			if (found->size == size && memcmp(found->segment, text, size) == 0)
				return found;

	found = arena_alloc(&router->arena, sizeof(*found));
	if (variable) {
		node->variable = found;
	} else {
		found->segment = arena_copy(&router->arena, text, size);
		found->size = size;
		found->next = node->children;
		node->children = found;
	}
	return found;
}

/* The contract's generator has checked the form of the template. */
static void add_route(struct router *router, const struct method *method)
{
	struct route *route = arena_alloc(&router->arena, sizeof(*route));
	struct node *node = &router->root;
	const char *at = method->route;

	*route = (struct route){
		.method = method, .verb = method->verb, .body = method->body, .suffix = ""};
	while (*at == '/') {
		size_t size = strcspn(++at, "/:");

		if (at[0] == '{') {
			size = strcspn(at, "}") + 1;
			assert(route->n_variables < ROUTE_MAX_VARIABLES);
			route->variables[route->n_variables++] =
				arena_copy(&router->arena, at + 1, size - 2);
		}
		node = child(router, node, at, size);
		at += size;
	}
	if (*at == ':')
		route->suffix = at + 1;

	route->next = node->routes;
	node->routes = route;
}

struct router *router_new(void)
{
	struct router *router = calloc(1, sizeof(*router));

	if (router == NULL)
		log_die("no-memory", "router");

	router->by_name = arena_array(&router->arena, kith_methods_count, sizeof(struct route));
	for (size_t i = 0; i < kith_methods_count; i++) {
		const struct method *method = &kith_methods[i];

		router->by_name[i] =
			(struct route){.method = method, .verb = "POST", .body = "*", .suffix = ""};
		if (method->route != NULL && route_is_offered(method))
			add_route(router, method);
	}
	return router;
}

void router_free(struct router *router)
{
	if (router == NULL)
		return;
	arena_fini(&router->arena);
	free(router);
}

struct search {
	const struct segment *segments;
	size_t n;
	const struct segment *taken[ROUTE_MAX_VARIABLES];
	size_t n_taken;
	const char *suffix;
	size_t suffix_size;
};

static bool suffix_is(const struct search *search, const struct route *route)
{
	return strlen(route->suffix) == search->suffix_size &&
	       memcmp(route->suffix, search->suffix, search->suffix_size) == 0;
}

static const struct node *walk(const struct node *node, struct search *search, size_t depth)
{
	const struct segment *segment = &search->segments[depth];
	const struct node *found;

	if (depth == search->n) {
		for (const struct route *route = node->routes; route != NULL; route = route->next)
			if (suffix_is(search, route))
				return node;
		return NULL;
	}

	for (const struct node *next = node->children; next != NULL; next = next->next)
		if (next->size == segment->size &&
		    memcmp(next->segment, segment->text, segment->size) == 0 &&
		    (found = walk(next, search, depth + 1)) != NULL)
			return found;

	if (node->variable == NULL || segment->size == 0 || search->n_taken == ROUTE_MAX_VARIABLES)
		return NULL;
	search->taken[search->n_taken++] = segment;
	found = walk(node->variable, search, depth + 1);
	if (found == NULL)
		search->n_taken--;
	return found;
}

static bool choose(const struct node *node, const struct search *search, struct arena *arena,
		   const char *verb, struct route_match *ret_match)
{
	const char *allow = "";

	for (const struct route *route = node->routes; route != NULL; route = route->next) {
		if (!suffix_is(search, route))
			continue;
		allow = arena_printf(arena, "%s%s%s%s", allow, *allow == '\0' ? "" : ", ",
				     route->verb, strcmp(route->verb, "GET") == 0 ? ", HEAD" : "");
		if (strcmp(route->verb, verb) != 0)
			continue;

		*ret_match = (struct route_match){.route = route};
		for (size_t i = 0; i < search->n_taken; i++) {
			ret_match->values[i] = route_decode(arena, search->taken[i]->text,
							    search->taken[i]->size, false);
			if (ret_match->values[i] == NULL)
				return false;
		}
		return true;
	}
	*ret_match = (struct route_match){.allow = allow};
	return true;
}

static bool find_by_name(const struct router *router, struct arena *arena, const char *verb,
			 const char *path, size_t size, struct route_match *ret_match)
{
	const struct method *method = method_find(arena_copy(arena, path + 1, size - 1));

	if (method == NULL || !route_is_offered(method))
		return false;

	if (strcmp(verb, "POST") == 0)
		*ret_match = (struct route_match){.route = &router->by_name[method - kith_methods]};
	else
		*ret_match = (struct route_match){.allow = "POST"};
	return true;
}

bool router_find(const struct router *router, struct arena *arena, const char *verb,
		 const char *path, size_t size, struct route_match *ret_match)
{
	struct segment segments[MAX_SEGMENTS];
	struct search search = {.segments = segments};
	const struct node *node = NULL;
	const char *colon;

	if (size == 0 || path[0] != '/')
		return false;
	if (size > 6 && memcmp(path, "/kith.", 6) == 0)
		return find_by_name(router, arena, verb, path, size, ret_match);

	for (size_t at = 1; at <= size;) {
		const char *slash = memchr(path + at, '/', size - at);
		size_t length = slash == NULL ? size - at : (size_t)(slash - path) - at;

		if (search.n == MAX_SEGMENTS)
			return false;
		segments[search.n++] = (struct segment){path + at, length};
		at += length + 1;
	}

	/* ":verb" belongs to the route where one is so named, else to the value. */
	colon = memrchr(segments[search.n - 1].text, ':', segments[search.n - 1].size);
	if (colon != NULL) {
		struct segment *last = &segments[search.n - 1], whole = *last;

		last->size = (size_t)(colon - last->text);
		search.suffix = colon + 1;
		search.suffix_size = whole.size - last->size - 1;
		node = walk(&router->root, &search, 0);
		if (node == NULL)
			*last = whole;
	}
	if (node == NULL) {
		search.suffix = "";
		search.suffix_size = 0;
		search.n_taken = 0;
		node = walk(&router->root, &search, 0);
	}
	return node != NULL && choose(node, &search, arena, verb, ret_match);
}
