/* HTTP requests with JSON to messages. */
#include "transcode.h"

#include <string.h>
#include <strings.h>

#include "base/method.h"
#include "exchange.h"
#include "route.h"
#include "rpc/wire.h"
#include "state.h"
#include "json/json.h"

static enum status unknown_path(struct exchange *x)
{
	return call_fail(&x->call, STATUS_NOT_FOUND, "NO_ROUTE", "nothing is at this path");
}

/* The path of the target: absolute forms lose their scheme and host. */
static const char *find_path(const struct exchange *x, size_t *ret_size)
{
	const char *path = x->head.target;

	if (path[0] != '/') {
		const char *host = strstr(path, "://");

		path = host == NULL ? NULL : strchr(host + 3, '/');
		if (path == NULL)
			path = "/";
	}
	*ret_size = strcspn(path, "?#");
	return path;
}

static bool is_json(const char *content_type)
{
	static const char json[] = "application/json";

	return strncasecmp(content_type, json, sizeof(json) - 1) == 0 &&
	       strchr("; \t", content_type[sizeof(json) - 1]) != NULL;
}

enum status transcode_find(struct exchange *x)
{
	const char *verb = x->head_only ? "GET" : x->head.verb;
	size_t size;
	const char *path = find_path(x, &size);

	x->query = path[size] == '?' ? path + size + 1 : "";
	if (!router_find(x->gateway->router, &x->arena, verb, path, size, &x->match))
		return unknown_path(x);

	if (x->match.route == NULL) {
		exchange_add_header(x, "Allow", x->match.allow);
		call_fail(&x->call, STATUS_UNIMPLEMENTED, "METHOD_NOT_ALLOWED",
			  "this path takes %s", x->match.allow);
		exchange_fail_http(x, STATUS_UNIMPLEMENTED, 405);
		return STATUS_UNIMPLEMENTED;
	}
	if (x->head.content_encoding != NULL &&
	    strcasecmp(x->head.content_encoding, "identity") != 0) {
		call_fail(&x->call, STATUS_INVALID_ARGUMENT, "CONTENT_ENCODING",
			  "bodies are taken uncompressed");
		exchange_fail_http(x, STATUS_INVALID_ARGUMENT, 415);
		return STATUS_INVALID_ARGUMENT;
	}
	if (x->body.size > 0 && x->head.content_type != NULL && !is_json(x->head.content_type)) {
		call_fail(&x->call, STATUS_INVALID_ARGUMENT, "CONTENT_TYPE",
			  "a body is application/json");
		exchange_fail_http(x, STATUS_INVALID_ARGUMENT, 415);
		return STATUS_INVALID_ARGUMENT;
	}

	x->call.method = x->match.route->method;
	return STATUS_OK;
}

static enum status read_body(struct exchange *x)
{
	const char *body = x->match.route->body;
	const ProtobufCFieldDescriptor *field;
	ProtobufCMessage **inner;

	if (x->body.size == 0)
		return STATUS_OK;
	if (body == NULL)
		return call_fail(&x->call, STATUS_INVALID_ARGUMENT, "UNEXPECTED_BODY",
				 "this method takes no body");
	if (strcmp(body, "*") == 0)
		return json_read(&x->call, x->body.data, x->body.size, "", x->request);

	field = protobuf_c_message_descriptor_get_field_by_name(x->request->descriptor, body);
	inner = (ProtobufCMessage **)((char *)x->request + field->offset);
	*inner = wire_new(&x->arena, field->descriptor);
	return json_read(&x->call, x->body.data, x->body.size, body, *inner);
}

static enum status read_query(struct exchange *x)
{
	const char *at = x->query;

	while (*at != '\0' && *at != '#') {
		size_t size = strcspn(at, "&#");
		const char *equal = memchr(at, '=', size);
		size_t name_size = equal == NULL ? size : (size_t)(equal - at);
		const char *name = route_decode(&x->arena, at, name_size, true);
		const char *value = equal == NULL ? ""
						  : route_decode(&x->arena, equal + 1,
								 size - name_size - 1, true);

		if (name == NULL || value == NULL)
			return call_violation(&x->call, name == NULL ? "" : name,
					      "must be percent-encoded UTF-8");
		if (size > 0)
			TRY(json_read_field(&x->call, x->request, name, value));
		at += size + (at[size] == '&');
	}
	return STATUS_OK;
}

enum status transcode_request(struct exchange *x)
{
	const struct route *route = x->match.route;

	x->request = wire_new(&x->arena, route->method->request);
	TRY(read_body(x));
	TRY(read_query(x));
	for (unsigned i = 0; i < route->n_variables; i++)
		TRY(json_read_field(&x->call, x->request, route->variables[i], x->match.values[i]));

	return STATUS_OK;
}
