/* The scan: what protobuf-c would accept, crash on, or blow up from, never reaches it. */
#include "rpc/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/call.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "kith/member/v1/community.pb-c.h"
#include "kith/member/v1/import.pb-c.h"
#include "kith/ops/v1/ops.pb-c.h"

struct suite {
	struct arena arena;
	struct call call;
};

static int set_up(void **state)
{
	struct suite *s = calloc(1, sizeof(*s));

	s->call = (struct call){.arena = &s->arena, .traceparent = "00-abc"};
	*state = s;

	return 0;
}

static int tear_down(void **state)
{
	struct suite *s = *state;

	arena_fini(&s->arena);
	free(s);

	return 0;
}

/* Decodes an exact copy, so that reading past its end is seen. */
static enum status decode(struct suite *s, const ProtobufCMessageDescriptor *type,
			  const void *bytes, size_t size, ProtobufCMessage **ret)
{
	void *exact = malloc(size ? size : 1);
	enum status status;

	call_forgive(&s->call);
	memcpy(exact, bytes, size);
	status = wire_decode(&s->call, type, exact, size, ret);
	free(exact);

	return status;
}

static void refuse(struct suite *s, const ProtobufCMessageDescriptor *type, const void *bytes,
		   size_t size)
{
	ProtobufCMessage *message;

	assert_int_equal(decode(s, type, bytes, size, &message), STATUS_INVALID_ARGUMENT);
	assert_string_equal(s->call.fault.reason, "MALFORMED_MESSAGE");
}

#define COMMUNITY (&member__community__descriptor)

static void what_was_encoded_is_decoded(void **state)
{
	struct suite *s = *state;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	CLEANUP(buf_fini) struct buf bytes = {0};
	ProtobufCMessage *message;

	community.name = "Kööpenhamina";
	community.capacity = -5;
	wire_encode(&community.base, &bytes);
	assert_int_equal(decode(s, COMMUNITY, bytes.data, bytes.size, &message), STATUS_OK);
	assert_string_equal(((Member__Community *)message)->name, "Kööpenhamina");
	assert_int_equal(((Member__Community *)message)->capacity, -5);
	assert_string_equal(((Member__Community *)message)->slug, "");
}

static void nothing_is_an_empty_message(void **state)
{
	struct suite *s = *state;
	ProtobufCMessage *message;

	assert_int_equal(wire_decode(&s->call, COMMUNITY, NULL, 0, &message), STATUS_OK);
	assert_string_equal(((Member__Community *)message)->name, "");
}

static void strings_must_be_utf8_without_nul(void **state)
{
	refuse(*state, COMMUNITY, "\x12\x02\xc3\x28", 4);
	refuse(*state, COMMUNITY,
	       "\x12\x03"
	       "a\0b",
	       5);
	refuse(*state, COMMUNITY, "\x12\x03\xed\xa0\x80", 5);
}

static void a_message_cut_off_anywhere_is_refused(void **state)
{
	static const char bytes[] =
		"\x22\x03"
		"abc"
		"\x58\xac\x02";
	struct suite *s = *state;
	ProtobufCMessage *message;

	for (size_t size = 1; size < sizeof(bytes) - 1; size++)
		if (size != 5)
			refuse(s, COMMUNITY, bytes, size);
	assert_int_equal(decode(s, COMMUNITY, bytes, sizeof(bytes) - 1, &message), STATUS_OK);
	assert_int_equal(((Member__Community *)message)->capacity, 300);
}

static void malformed_tags_lengths_and_types_are_refused(void **state)
{
	struct suite *s = *state;

	refuse(s, COMMUNITY, "\x00\x01", 2);                 /* field 0 */
	refuse(s, COMMUNITY, "\x0a\xff\xff\xff\xff\x0f", 6); /* 4 GiB of string */
	refuse(s, COMMUNITY, "\x08\x01", 2);                 /* string as number */
	refuse(s, COMMUNITY, "\x5a\x01\x01", 3);             /* number as string */
	refuse(s, COMMUNITY, "\x5d\x01\x02\x03\x04", 5);     /* varint as fixed32 */
	refuse(s, COMMUNITY, "\x58\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12);
	refuse(s, COMMUNITY, "\x8a\x80\x80\x80\x80\x00\x00", 7); /* tag of 6 bytes */
	refuse(s, COMMUNITY, "\xfb\x01\xfc\x01", 4);             /* an unknown group */
	refuse(s, COMMUNITY, "\xfe\x01", 2);                     /* wire type 6 */
}

static void unknown_fields_are_skipped(void **state)
{
	static const char bytes[] =
		"\xfa\x7f\x01x\xf8\x7f\x05\xf9\x7f"
		"12345678"
		"\xfd\x7f"
		"1234"
		"\x22\x01n";
	struct suite *s = *state;
	ProtobufCMessage *message;

	assert_int_equal(decode(s, COMMUNITY, bytes, sizeof(bytes) - 1, &message), STATUS_OK);
	assert_string_equal(((Member__Community *)message)->name, "n");
}

static void packed_lists_end_with_an_item(void **state)
{
	struct suite *s = *state;
	const ProtobufCMessageDescriptor *type = &ops__cancel_calls_request__descriptor;
	ProtobufCMessage *message;

	refuse(s, type,
	       "\x0a\x07"
	       "1234567",
	       9);
	assert_int_equal(decode(s, type,
				"\x0a\x10"
				"1234567812345678",
				18, &message),
			 STATUS_OK);
	assert_int_equal(((Ops__CancelCallsRequest *)message)->n_cancel_ids, 2);
	/* Not packed is as good. */
	assert_int_equal(decode(s, type,
				"\x09"
				"12345678"
				"\x09"
				"12345678",
				18, &message),
			 STATUS_OK);
	assert_int_equal(((Ops__CancelCallsRequest *)message)->n_cancel_ids, 2);
}

/* DescriptorProto.nested_type, `depth` levels of it. */
static struct buf nest(unsigned depth)
{
	struct buf inner = {0};

	for (unsigned i = 0; i < depth; i++) {
		struct buf outer = {0};
		size_t size = inner.size;

		buf_add_char(&outer, 0x1a);
		for (; size >= 0x80; size >>= 7)
			buf_add_char(&outer, (char)(size | 0x80));
		buf_add_char(&outer, (char)size);
		buf_add(&outer, inner.data, inner.size);
		buf_fini(&inner);
		inner = outer;
	}

	return inner;
}

static void depth_has_an_end(void **state)
{
	struct suite *s = *state;
	const ProtobufCMessageDescriptor *type = &google__protobuf__descriptor_proto__descriptor;
	CLEANUP(buf_fini) struct buf deep = nest(WIRE_MAX_DEPTH - 1);
	CLEANUP(buf_fini) struct buf deeper = nest(WIRE_MAX_DEPTH);
	CLEANUP(buf_fini) struct buf bomb = nest(9000);
	ProtobufCMessage *message;

	assert_int_equal(decode(s, type, deep.data, deep.size, &message), STATUS_OK);
	refuse(s, type, deeper.data, deeper.size);
	refuse(s, type, bomb.data, bomb.size);
}

/* Two bytes a message, in memory some hundred. */
static void small_messages_cannot_become_huge(void **state)
{
	struct suite *s = *state;
	size_t size = WIRE_MAX_MESSAGE & ~(size_t)1;
	char *bytes = calloc(size, 1);

	for (size_t i = 0; i < size; i += 2)
		bytes[i] = 0x0a;
	refuse(s, &member__import_communities_request__descriptor, bytes, size);
	assert_true(s->arena.total < 1 << 20); /* refused before it was unpacked */
	free(bytes);
}

/* Each repetition of a singular message is merged with what was there, which copies it. */
static void one_message_cannot_be_merged_for_ever(void **state)
{
	struct suite *s = *state;
	size_t size = 40000;
	char *bytes = calloc(size, 1);

	for (size_t i = 0; i < size; i += 4)
		memcpy(bytes + i, "\x0a\x02\x0a", 3);
	refuse(s, &member__create_community_request__descriptor, bytes, size);
	free(bytes);
}

static void a_message_given_twice_is_merged(void **state)
{
	struct suite *s = *state;
	ProtobufCMessage *message;
	const Member__Community *community;

	assert_int_equal(decode(s, &member__create_community_request__descriptor,
				"\x0a\x03\x12\x01"
				"a"
				"\x0a\x03\x22\x01"
				"b",
				10, &message),
			 STATUS_OK);
	community = ((Member__CreateCommunityRequest *)message)->community;
	assert_string_equal(community->slug, "a");
	assert_string_equal(community->name, "b");
}

static void a_message_over_the_limit_is_refused(void **state)
{
	struct suite *s = *state;
	char *bytes = calloc(WIRE_MAX_MESSAGE + 1, 1);
	ProtobufCMessage *message;

	assert_int_equal(decode(s, COMMUNITY, bytes, WIRE_MAX_MESSAGE + 1, &message),
			 STATUS_INVALID_ARGUMENT);
	assert_string_equal(s->call.fault.reason, "MESSAGE_TOO_LARGE");
	free(bytes);
}

static const ProtobufCMessage *detail(struct suite *s, const Rpc__Status *status, size_t i,
				      const ProtobufCMessageDescriptor *type)
{
	char url[128];

	assert_true(i < status->n_details);
	snprintf(url, sizeof(url), "type.googleapis.com/%s", type->name);
	assert_string_equal(status->details[i]->type_url, url);

	return wire_unpack(&s->arena, type, status->details[i]->value.data,
			   status->details[i]->value.len);
}

static const Rpc__Status *encode_status(struct suite *s, enum status status)
{
	CLEANUP(buf_fini) struct buf bytes = {0};

	wire_encode_status(&s->call, status, &bytes);

	return (const Rpc__Status *)wire_unpack(&s->arena, &rpc__status__descriptor, bytes.data,
						bytes.size);
}

static void a_fault_becomes_a_status_with_its_details(void **state)
{
	struct suite *s = *state;
	const Rpc__Status *status;
	const Rpc__ErrorInfo *info;
	const Rpc__BadRequest *bad;

	(void)call_violation(&s->call, "community.name", "is required");
	call_fact(&s->call, "limit", "200");
	status = encode_status(s, STATUS_INVALID_ARGUMENT);
	assert_int_equal(status->code, STATUS_INVALID_ARGUMENT);
	assert_string_equal(status->message, "community.name: is required");
	info = (const Rpc__ErrorInfo *)detail(s, status, 0, &rpc__error_info__descriptor);
	assert_string_equal(info->reason, "INVALID_FIELD");
	assert_string_equal(info->domain, "kith");
	assert_string_equal(info->metadata[0]->key, "limit");
	bad = (const Rpc__BadRequest *)detail(s, status, 1, &rpc__bad_request__descriptor);
	assert_string_equal(bad->field_violations[0]->field, "community.name");
}

static void a_retry_delay_is_told(void **state)
{
	struct suite *s = *state;
	const Rpc__Status *status;
	const Rpc__RetryInfo *retry;

	(void)call_retry(&s->call, STATUS_UNAVAILABLE, "OVERLOADED", 1500000);
	status = encode_status(s, STATUS_UNAVAILABLE);
	retry = (const Rpc__RetryInfo *)detail(s, status, 1, &rpc__retry_info__descriptor);
	assert_int_equal(retry->retry_delay->seconds, 1);
	assert_int_equal(retry->retry_delay->nanos, 500000000);
}

static void an_internal_error_says_only_its_trace(void **state)
{
	struct suite *s = *state;
	const Rpc__Status *status;

	(void)call_fail(&s->call, STATUS_INTERNAL, "SECRET", "the password is 1234");
	status = encode_status(s, STATUS_INTERNAL);
	assert_null(strstr(status->message, "1234"));
	assert_non_null(strstr(status->message, "00-abc"));
	assert_string_equal(
		((const Rpc__ErrorInfo *)detail(s, status, 0, &rpc__error_info__descriptor))
			->reason,
		"INTERNAL");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_was_encoded_is_decoded),
		TEST(nothing_is_an_empty_message),
		TEST(strings_must_be_utf8_without_nul),
		TEST(a_message_cut_off_anywhere_is_refused),
		TEST(malformed_tags_lengths_and_types_are_refused),
		TEST(unknown_fields_are_skipped),
		TEST(packed_lists_end_with_an_item),
		TEST(depth_has_an_end),
		TEST(small_messages_cannot_become_huge),
		TEST(one_message_cannot_be_merged_for_ever),
		TEST(a_message_given_twice_is_merged),
		TEST(a_message_over_the_limit_is_refused),
		TEST(a_fault_becomes_a_status_with_its_details),
		TEST(a_retry_delay_is_told),
		TEST(an_internal_error_says_only_its_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
