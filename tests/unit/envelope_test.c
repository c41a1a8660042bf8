/* The envelope: what is written by hand is what protobuf says, and the other way round. */
#include "rpc/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kith/envelope.pb-c.h"
#include "rpc/wire.h"

static struct piece piece(const char *text)
{
	return (struct piece){text, strlen(text)};
}

static void expect_piece(struct piece piece, const char *text)
{
	assert_int_equal(piece.size, strlen(text));
	assert_memory_equal(piece.bytes, text, piece.size);
}

static const void *unpack(struct arena *arena, const ProtobufCMessageDescriptor *type,
			  const void *bytes, size_t size)
{
	const void *message = wire_unpack(arena, type, bytes, size);

	assert_non_null(message);

	return message;
}

static void a_written_request_is_a_protobuf_request(void **state)
{
	const struct envelope_call calls[] = {
		{piece("req"), piece("caller"), piece("id-1"), piece("00-trace"), 1500000, 42},
		{.timeout_us = -1, .cancel_id = UINT64_MAX},
	};
	size_t size = envelope_method_size(3) + envelope_call_size(&calls[0]) +
		      envelope_call_size(&calls[1]);
	uint8_t *bytes = malloc(size), *to;
	const Kith__Request *request;
	struct arena arena = {0};

	(void)state;
	to = envelope_write_method(bytes, "a/B", 3);
	to = envelope_write_call(to, &calls[0]);
	to = envelope_write_call(to, &calls[1]);
	assert_ptr_equal(to, bytes + size);

	request = unpack(&arena, &kith__request__descriptor, bytes, size);
	assert_string_equal(request->method, "a/B");
	assert_int_equal(request->n_calls, 2);
	assert_int_equal(request->calls[0]->request.len, 3);
	assert_memory_equal(request->calls[0]->caller.data, "caller", 6);
	assert_string_equal(request->calls[0]->request_id, "id-1");
	assert_string_equal(request->calls[0]->traceparent, "00-trace");
	assert_int_equal(request->calls[0]->timeout_us, 1500000);
	assert_int_equal(request->calls[0]->cancel_id, 42);
	assert_int_equal(request->calls[1]->timeout_us, -1);
	assert_true(request->calls[1]->cancel_id == UINT64_MAX);
	arena_fini(&arena);
	free(bytes);
}

static void a_protobuf_request_is_read(void **state)
{
	Kith__Request request = KITH__REQUEST__INIT;
	Kith__Call first = KITH__CALL__INIT, second = KITH__CALL__INIT,
		   *calls[] = {&first, &second};
	struct envelope envelope;
	struct envelope_call call;
	uint8_t bytes[256];
	size_t size;

	(void)state;
	request.method = "a/B";
	request.calls = calls;
	request.n_calls = 2;
	first.request = (ProtobufCBinaryData){2, (uint8_t *)"ab"};
	first.cancel_id = 0x0102030405060708;
	first.timeout_us = 300;
	second.request_id = "two";
	second.traceparent = "tp";
	size = protobuf_c_message_pack(&request.base, bytes);

	assert_true(envelope_open_request(bytes, size, &envelope));
	expect_piece(envelope.method, "a/B");
	assert_int_equal(envelope.n, 2);
	assert_true(envelope_next_call(&envelope, &call));
	expect_piece(call.request, "ab");
	assert_true(call.cancel_id == 0x0102030405060708);
	assert_int_equal(call.timeout_us, 300);
	assert_true(envelope_next_call(&envelope, &call));
	expect_piece(call.request_id, "two");
	expect_piece(call.traceparent, "tp");
}

static void results_travel_both_ways(void **state)
{
	uint8_t bytes[64], *to = bytes;
	struct envelope envelope;
	struct envelope_result result;
	const Kith__Reply *reply;
	struct arena arena = {0};
	size_t size;

	(void)state;
	to = envelope_write_result_head(to, 0, 2);
	memcpy(to, "ok", 2);
	to = envelope_write_result_head(to + 2, 5, 4);
	memcpy(to, "fail", 4);
	to = envelope_write_result_head(to + 4, 0, 0);
	size = envelope_result_size(0, 2) + envelope_result_size(5, 4) + envelope_result_size(0, 0);
	assert_int_equal(to - bytes, size);

	reply = unpack(&arena, &kith__reply__descriptor, bytes, size);
	assert_int_equal(reply->n_results, 3);
	assert_int_equal(reply->results[1]->code, 5);
	assert_int_equal(reply->results[1]->status.len, 4);
	assert_int_equal(reply->results[2]->code, 0);
	arena_fini(&arena);

	assert_true(envelope_open_reply(bytes, size, &envelope));
	assert_int_equal(envelope.n, 3);
	assert_true(envelope_next_result(&envelope, &result));
	expect_piece(result.reply, "ok");
	assert_true(envelope_next_result(&envelope, &result));
	assert_int_equal(result.code, 5);
	expect_piece(result.status, "fail");
	assert_true(envelope_next_result(&envelope, &result));
	assert_int_equal(result.reply.size, 0);
}

static void a_cut_off_request_is_refused_wherever_it_is_cut(void **state)
{
	const struct envelope_call call = {piece("request"), piece("caller"), piece("id"),
					   piece("trace"),   1 << 20,         7};
	size_t size = envelope_method_size(3) + envelope_call_size(&call);
	uint8_t bytes[128];

	(void)state;
	assert_true(size <= sizeof(bytes));
	(void)envelope_write_call(envelope_write_method(bytes, "a/B", 3), &call);
	for (size_t cut = 1; cut < size; cut++) {
		struct envelope envelope;
		uint8_t *exact = malloc(cut); /* so that reading past it is seen */

		memcpy(exact, bytes, cut);
		if (cut != envelope_method_size(3))
			assert_false(envelope_open_request(exact, cut, &envelope));
		free(exact);
	}
}

static void a_malformed_call_does_not_hide_the_next(void **state)
{
	/* method "m"; a call that is cut off; a call with request "x" */
	static const uint8_t bytes[] = {0x0a, 1, 'm', 0x12, 2, 0x0a, 9, 0x12, 3, 0x0a, 1, 'x'};
	struct envelope envelope;
	struct envelope_call call;

	(void)state;
	assert_true(envelope_open_request(bytes, sizeof(bytes), &envelope));
	assert_int_equal(envelope.n, 2);
	assert_false(envelope_next_call(&envelope, &call));
	assert_true(envelope_next_call(&envelope, &call));
	expect_piece(call.request, "x");
}

static void wrong_wire_types_are_refused(void **state)
{
	static const uint8_t method_as_number[] = {0x08, 1};
	static const uint8_t calls_as_number[] = {0x10, 1};
	static const uint8_t request_as_number[] = {0x12, 2, 0x08, 1};
	static const uint8_t group[] = {0x1b, 0x1c};
	struct envelope envelope;
	struct envelope_call call;

	(void)state;
	assert_false(envelope_open_request(method_as_number, 2, &envelope));
	assert_false(envelope_open_request(calls_as_number, 2, &envelope));
	assert_false(envelope_open_request(group, 2, &envelope));
	assert_true(envelope_open_request(request_as_number, 4, &envelope));
	assert_false(envelope_next_call(&envelope, &call));
}

static void unknown_fields_are_skipped(void **state)
{
	static const uint8_t bytes[] = {0x78, 5, 0x12, 5, 0x0a, 1, 'x', 0x70, 1, 0x0a, 1, 'm'};
	struct envelope envelope;
	struct envelope_call call;

	(void)state;
	assert_true(envelope_open_request(bytes, sizeof(bytes), &envelope));
	expect_piece(envelope.method, "m");
	assert_true(envelope_next_call(&envelope, &call));
	expect_piece(call.request, "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_written_request_is_a_protobuf_request),
		cmocka_unit_test(a_protobuf_request_is_read),
		cmocka_unit_test(results_travel_both_ways),
		cmocka_unit_test(a_cut_off_request_is_refused_wherever_it_is_cut),
		cmocka_unit_test(a_malformed_call_does_not_hide_the_next),
		cmocka_unit_test(wrong_wire_types_are_refused),
		cmocka_unit_test(unknown_fields_are_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
