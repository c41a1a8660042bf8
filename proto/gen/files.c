/* The contract as data: the descriptor set for reflection, and every message and enum by name. */
#include <string.h>

#include "base/text.h"
#include "cname.h"
#include "emit.h"
#include "output.h"

typedef Google__Protobuf__FileDescriptorProto FileProto;

static const char header[] =
	"#ifndef KITH_FILES_H\n"
	"#define KITH_FILES_H\n"
	"\n"
	"#include <protobuf-c/protobuf-c.h>\n"
	"#include <stddef.h>\n"
	"#include <stdint.h>\n"
	"\n"
	"/* A .proto file as a serialized FileDescriptorProto; imports come before those who "
	"import. */\n"
	"struct kith_file {\n"
	"\tconst char *name;\n"
	"\tconst uint8_t *bytes;\n"
	"\tsize_t size;\n"
	"};\n"
	"\n"
	"extern const struct kith_file kith_files[];\n"
	"extern const size_t kith_files_count;\n"
	"\n"
	"/* All messages and enums of the contract, sorted by full name. */\n"
	"extern const ProtobufCMessageDescriptor *const kith_messages[];\n"
	"extern const size_t kith_messages_count;\n"
	"extern const ProtobufCEnumDescriptor *const kith_enums[];\n"
	"extern const size_t kith_enums_count;\n"
	"\n"
	"/* NULL when there is none of that full name. */\n"
	"const ProtobufCMessageDescriptor *kith_message_find(const char *full_name);\n"
	"const ProtobufCEnumDescriptor *kith_enum_find(const char *full_name);\n"
	"\n"
	"#endif\n";

static const char finders[] =
	"static int compare_message(const void *name, const void *row)\n"
	"{\n"
	"\treturn strcmp(name, (*(const ProtobufCMessageDescriptor *const *)row)->name);\n"
	"}\n"
	"\n"
	"const ProtobufCMessageDescriptor *kith_message_find(const char *full_name)\n"
	"{\n"
	"\tconst ProtobufCMessageDescriptor *const *row = bsearch(full_name, kith_messages,\n"
	"\t\tkith_messages_count, sizeof(*kith_messages), compare_message);\n"
	"\n"
	"\treturn row ? *row : NULL;\n"
	"}\n"
	"\n"
	"static int compare_enum(const void *name, const void *row)\n"
	"{\n"
	"\treturn strcmp(name, (*(const ProtobufCEnumDescriptor *const *)row)->name);\n"
	"}\n"
	"\n"
	"const ProtobufCEnumDescriptor *kith_enum_find(const char *full_name)\n"
	"{\n"
	"\tconst ProtobufCEnumDescriptor *const *row = bsearch(full_name, kith_enums,\n"
	"\t\tkith_enums_count, sizeof(*kith_enums), compare_enum);\n"
	"\n"
	"\treturn row ? *row : NULL;\n"
	"}\n";

/* Reflection needs no source info. */
static void emit_file(struct buf *to, const FileProto *file, size_t i)
{
	FileProto bare = *file;
	size_t size;

	bare.source_code_info = NULL;
	size = google__protobuf__file_descriptor_proto__get_packed_size(&bare);
	buf_add_format(to, "/* %s */\nstatic const uint8_t file_%zu[%zu] = {", file->name, i, size);

	CLEANUP(buf_fini) struct buf bytes = {0};
	google__protobuf__file_descriptor_proto__pack(&bare, buf_reserve(&bytes, size));
	output_bytes(to, bytes.data, size);
	buf_add_string(to, "\n};\n\n");
}

/* One table of descriptors; returns how many rows it got. */
static size_t emit_types(struct buf *to, const struct contract *contract, bool enums)
{
	size_t n = 0;

	for (size_t i = 0; i < contract->n_types; i++) {
		const struct type *type = &contract->types[i];

		if (type->is_enum == enums && type->file->compiled) {
			buf_add_format(to, "\t&%s__descriptor,\n", type->c_symbol);
			n++;
		}
	}

	return n;
}

void emit_files(const struct contract *contract, const char *directory)
{
	CLEANUP(buf_fini) struct buf text = {0};
	size_t n_messages, n_enums;

	output_head(&text, "The contract as data");
	buf_add_string(&text, header);
	output_write(directory, "kith_files.h", &text);

	output_head(&text, "The contract as data");
	buf_add_string(&text,
		       "#include \"kith_files.h\"\n\n#include <stdlib.h>\n"
		       "#include <string.h>\n\n");
	for (size_t i = 0; i < contract->n_files; i++)
		if (contract->files[i].compiled)
			buf_add_format(&text, "#include \"%s\"\n",
				       file_header(contract, &contract->files[i]));
	buf_add_char(&text, '\n');

	for (size_t i = 0; i < contract->n_files; i++)
		emit_file(&text, contract->files[i].proto, i);
	buf_add_string(&text, "const struct kith_file kith_files[] = {\n");
	for (size_t i = 0; i < contract->n_files; i++)
		buf_add_format(&text, "\t{\"%s\", file_%zu, sizeof(file_%zu)},\n",
			       contract->files[i].proto->name, i, i);

	buf_add_string(&text,
		       "};\n\nconst ProtobufCMessageDescriptor *const kith_messages[] = {\n");
	n_messages = emit_types(&text, contract, false);
	buf_add_string(&text, "};\n\nconst ProtobufCEnumDescriptor *const kith_enums[] = {\n");
	n_enums = emit_types(&text, contract, true);
	buf_add_format(&text,
		       "};\n\nconst size_t kith_files_count = %zu;\n"
		       "const size_t kith_messages_count = %zu;\n"
		       "const size_t kith_enums_count = %zu;\n\n",
		       contract->n_files, n_messages, n_enums);
	buf_add_string(&text, finders);
	output_write(directory, "kith_files.c", &text);
}
