/* gRPC server reflection. The two versions differ in their package alone, so one set of types
 * serves both. */
#include "reflection.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "exchange.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "kith_files.h"
#include "rpc/wire.h"

typedef GrpcReflectionV1__ServerReflectionRequest Request;
typedef GrpcReflectionV1__ServerReflectionResponse Response;
typedef Google__Protobuf__FileDescriptorProto File;

#define LIST_MAX 256

/* All files, unpacked at the first question and kept: they are the same for everybody. */
static const File **files;
static struct arena files_arena;
static pthread_once_t files_once = PTHREAD_ONCE_INIT;

static void open_files(void)
{
	files = arena_array(&files_arena, kith_files_count, sizeof(*files));
	for (size_t i = 0; i < kith_files_count; i++) {
		files[i] = (const File *)wire_unpack(
			&files_arena, &google__protobuf__file_descriptor_proto__descriptor,
			kith_files[i].bytes, kith_files[i].size);
		assert(files[i] != NULL);
	}
}

static bool find_file(const char *name, size_t *ret)
{
	for (size_t i = 0; i < kith_files_count; i++) {
		if (strcmp(kith_files[i].name, name) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* What is left of `symbol` behind `name` and a dot; NULL when it does not begin so. */
static const char *within(const char *symbol, const char *name)
{
	size_t size = strlen(name);

	if (strncmp(symbol, name, size) != 0)
		return NULL;
	return symbol[size] == '\0'  ? symbol + size
	       : symbol[size] == '.' ? symbol + size + 1
				     : NULL;
}

static bool enum_declares(const Google__Protobuf__EnumDescriptorProto *type, const char *symbol)
{
	return strcmp(type->name, symbol) == 0;
}

static bool message_declares(const Google__Protobuf__DescriptorProto *type, const char *symbol)
{
	const char *rest = within(symbol, type->name);

	if (rest == NULL)
		return false;
	if (*rest == '\0')
		return true;
	for (size_t i = 0; i < type->n_nested_type; i++)
		if (message_declares(type->nested_type[i], rest))
			return true;
	for (size_t i = 0; i < type->n_enum_type; i++)
		if (enum_declares(type->enum_type[i], rest))
			return true;
	for (size_t i = 0; i < type->n_field; i++)
		if (strcmp(type->field[i]->name, rest) == 0)
			return true;
	return false;
}

static bool service_declares(const Google__Protobuf__ServiceDescriptorProto *service,
			     const char *symbol)
{
	const char *rest = within(symbol, service->name);

	if (rest == NULL)
		return false;
	if (*rest == '\0')
		return true;
	for (size_t i = 0; i < service->n_method; i++)
		if (strcmp(service->method[i]->name, rest) == 0)
			return true;
	return false;
}

static bool file_declares(const File *file, const char *symbol)
{
	const char *rest = file->package == NULL ? symbol : within(symbol, file->package);

	if (rest == NULL || *rest == '\0')
		return false;
	for (size_t i = 0; i < file->n_message_type; i++)
		if (message_declares(file->message_type[i], rest))
			return true;
	for (size_t i = 0; i < file->n_enum_type; i++)
		if (enum_declares(file->enum_type[i], rest))
			return true;
	for (size_t i = 0; i < file->n_service; i++)
		if (service_declares(file->service[i], rest))
			return true;
	for (size_t i = 0; i < file->n_extension; i++)
		if (strcmp(file->extension[i]->name, rest) == 0)
			return true;
	return false;
}

static bool find_symbol(const char *symbol, size_t *ret)
{
	if (*symbol == '.')
		symbol++;
	for (size_t i = 0; i < kith_files_count; i++) {
		if (file_declares(files[i], symbol)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool extends(const File *file, size_t i, const char *type)
{
	const char *extendee = file->extension[i]->extendee;

	return strcmp(*extendee == '.' ? extendee + 1 : extendee, type) == 0;
}

static bool find_extension(const char *type, int32_t number, size_t *ret)
{
	for (size_t i = 0; i < kith_files_count; i++) {
		const File *file = files[i];

		for (size_t k = 0; k < file->n_extension; k++) {
			if (extends(file, k, type) && file->extension[k]->number == number) {
				*ret = i;
				return true;
			}
		}
	}
	return false;
}

static void add_with_imports(size_t i, bool *seen,
			     GrpcReflectionV1__FileDescriptorResponse *response)
{
	const File *file = files[i];
	ProtobufCBinaryData *bytes;
	size_t import;

	if (seen[i])
		return;
	seen[i] = true;
	bytes = &response->file_descriptor_proto[response->n_file_descriptor_proto++];
	bytes->data = (uint8_t *)kith_files[i].bytes;
	bytes->len = kith_files[i].size;
	for (size_t k = 0; k < file->n_dependency; k++)
		if (find_file(file->dependency[k], &import))
			add_with_imports(import, seen, response);
}

static void answer_file(struct exchange *x, Response *response, size_t i)
{
	GrpcReflectionV1__FileDescriptorResponse *found = arena_alloc(&x->arena, sizeof(*found));

	grpc_reflection_v1__file_descriptor_response__init(found);
	found->file_descriptor_proto =
		arena_array(&x->arena, kith_files_count, sizeof(ProtobufCBinaryData));
	add_with_imports(i, arena_array(&x->arena, kith_files_count, sizeof(bool)), found);
	response->message_response_case =
		GRPC_REFLECTION_V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE;
	response->file_descriptor_response = found;
}

static void answer_error(struct exchange *x, Response *response, enum status status,
			 const char *message)
{
	GrpcReflectionV1__ErrorResponse *error = arena_alloc(&x->arena, sizeof(*error));

	grpc_reflection_v1__error_response__init(error);
	error->error_code = (int32_t)status;
	error->error_message = (char *)message;
	response->message_response_case =
		GRPC_REFLECTION_V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE;
	response->error_response = error;
}

static void answer_services(struct exchange *x, Response *response)
{
	GrpcReflectionV1__ListServiceResponse *list = arena_alloc(&x->arena, sizeof(*list));

	grpc_reflection_v1__list_service_response__init(list);
	list->service = arena_array(&x->arena, LIST_MAX, sizeof(*list->service));
	for (size_t i = 0; i < kith_files_count; i++) {
		const File *file = files[i];

		for (size_t k = 0; k < file->n_service && list->n_service < LIST_MAX; k++) {
			GrpcReflectionV1__ServiceResponse *service;

			service = arena_alloc(&x->arena, sizeof(*service));
			grpc_reflection_v1__service_response__init(service);
			service->name = arena_printf(&x->arena, "%s.%s", file->package,
						     file->service[k]->name);
			list->service[list->n_service++] = service;
		}
	}
	response->message_response_case =
		GRPC_REFLECTION_V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE;
	response->list_services_response = list;
}

static void answer_extensions(struct exchange *x, Response *response, const char *type)
{
	GrpcReflectionV1__ExtensionNumberResponse *numbers =
		arena_alloc(&x->arena, sizeof(*numbers));
	size_t file;

	if (!find_symbol(type, &file)) {
		answer_error(x, response, STATUS_NOT_FOUND, "there is no such type");
		return;
	}
	grpc_reflection_v1__extension_number_response__init(numbers);
	numbers->base_type_name = (char *)type;
	numbers->extension_number = arena_array(&x->arena, LIST_MAX, sizeof(int32_t));
	for (size_t i = 0; i < kith_files_count; i++) {
		const File *declaring = files[i];

		for (size_t k = 0; k < declaring->n_extension; k++)
			if (extends(declaring, k, type) && numbers->n_extension_number < LIST_MAX)
				numbers->extension_number[numbers->n_extension_number++] =
					declaring->extension[k]->number;
	}
	response->message_response_case =
		GRPC_REFLECTION_V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ALL_EXTENSION_NUMBERS_RESPONSE;
	response->all_extension_numbers_response = numbers;
}

static void answer(struct exchange *x, Request *request)
{
	Response response = GRPC_REFLECTION_V1__SERVER_REFLECTION_RESPONSE__INIT;
	bool found = false;
	size_t file;

	response.valid_host = request->host;
	response.original_request = request;
	switch (request->message_request_case) {
	case GRPC_REFLECTION_V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME:
		found = find_file(request->file_by_filename, &file);
		break;
	case GRPC_REFLECTION_V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL:
		found = find_symbol(request->file_containing_symbol, &file);
		break;
	case GRPC_REFLECTION_V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION:
		found = find_extension(request->file_containing_extension->containing_type,
				       request->file_containing_extension->extension_number, &file);
		break;
	case GRPC_REFLECTION_V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE:
		answer_extensions(x, &response, request->all_extension_numbers_of_type);
		break;
	case GRPC_REFLECTION_V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES:
		answer_services(x, &response);
		break;
	default:
		answer_error(x, &response, STATUS_INVALID_ARGUMENT, "what is asked for?");
	}
	if (found)
		answer_file(x, &response, file);
	else if (response.message_response_case == 0)
		answer_error(x, &response, STATUS_NOT_FOUND, "there is no such thing");

	exchange_stream_message(x, &response.base);
}

static void reflection_message(struct exchange *x, const void *bytes, size_t size)
{
	ProtobufCMessage *request;

	enum status status =
		wire_decode(&x->call, &grpc_reflection_v1__server_reflection_request__descriptor,
			    bytes, size, &request);

	pthread_once(&files_once, open_files);
	if (status != STATUS_OK)
		exchange_fail(x, status);
	else
		answer(x, (Request *)request);
}

static void reflection_end(struct exchange *x)
{
	exchange_stream_end(x, STATUS_OK);
}

const struct stream_method reflection_v1 = {
	.name = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
	.message = reflection_message,
	.end = reflection_end,
};

const struct stream_method reflection_v1alpha = {
	.name = "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
	.message = reflection_message,
	.end = reflection_end,
};
