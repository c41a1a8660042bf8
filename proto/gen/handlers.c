/* The prototype of each handler of a service, and the thunks that give it its types. */
#include <string.h>

#include "base/text.h"
#include "cname.h"
#include "emit.h"
#include "output.h"

static void emit_includes(struct buf *to, const struct contract *contract, const char *service)
{
	for (size_t i = 0; i < contract->n_files; i++) {
		const struct file *file = &contract->files[i];
		bool used = false;

		for (size_t k = 0; k < contract->n_rpcs; k++) {
			const struct rpc *rpc = &contract->rpcs[k];

			if (text_equal(rpc->service, service) &&
			    (rpc->request->file == file || rpc->reply->file == file))
				used = true;
		}
		if (used)
			buf_add_format(to, "#include \"%s\"\n", file_header(contract, file));
	}
}

static void emit_prototype(struct buf *to, const struct rpc *rpc)
{
	buf_add_format(to,
		       "/* %s */\nenum status %s(struct call *c, const %s *req,\n\t\t%s *reply) "
		       "MUST_USE;\n",
		       rpc->full_name, rpc->c_name, rpc->request->c_type, rpc->reply->c_type);
}

static void emit_thunk(struct buf *to, const struct rpc *rpc)
{
	buf_add_format(
		to,
		"static enum status run_%s(struct call *c, const ProtobufCMessage *request,\n"
		"\t\tProtobufCMessage *reply)\n{\n"
		"\treturn %s(c, (const %s *)request, (%s *)reply);\n}\n\n",
		rpc->c_name, rpc->c_name, rpc->request->c_type, rpc->reply->c_type);
}

static size_t count_handlers(const struct contract *contract, const char *service)
{
	size_t n = 0;

	for (size_t i = 0; i < contract->n_rpcs; i++)
		n += text_equal(contract->rpcs[i].service, service);

	return n;
}

void emit_handlers(const struct contract *contract, const char *service, const char *directory)
{
	struct arena *arena = (struct arena *)&contract->arena;
	const char *upper = cname_upper(arena, service);
	CLEANUP(buf_fini) struct buf text = {0};
	CLEANUP(buf_fini) struct buf code = {0};

	output_head(&text, arena_printf(arena, "The handlers of %s", service));
	buf_add_format(&text,
		       "#ifndef KITH_%s_RPC_H\n#define KITH_%s_RPC_H\n\n"
		       "#include \"base/call.h\"\n#include \"base/method.h\"\n",
		       upper, upper);
	emit_includes(&text, contract, service);

	output_head(&code, arena_printf(arena, "The handlers of %s by method", service));
	buf_add_format(&code, "#include \"%s.rpc.h\"\n\n#include \"kith_methods.h\"\n\n", service);

	buf_add_format(&text,
		       "\nextern const struct handler %s_handlers[];\n"
		       "enum { %s_handlers_count = %zu };\n\n",
		       service, service, count_handlers(contract, service));
	for (size_t i = 0; i < contract->n_rpcs; i++) {
		if (!text_equal(contract->rpcs[i].service, service))
			continue;
		emit_prototype(&text, &contract->rpcs[i]);
		emit_thunk(&code, &contract->rpcs[i]);
	}
	buf_add_string(&text, "\n#endif\n");
	output_write(directory, arena_printf(arena, "%s.rpc.h", service), &text);

	buf_add_format(&code, "const struct handler %s_handlers[] = {\n", service);
	for (size_t i = 0; i < contract->n_rpcs; i++)
		if (text_equal(contract->rpcs[i].service, service))
			buf_add_format(&code, "\t{&kith_methods[METHOD_%s], run_%s},\n",
				       cname_upper(arena, contract->rpcs[i].c_name),
				       contract->rpcs[i].c_name);
	buf_add_format(&code, "%s};\n", count_handlers(contract, service) ? "" : "\t{0},\n");
	output_write(directory, arena_printf(arena, "%s.rpc.c", service), &code);
}
