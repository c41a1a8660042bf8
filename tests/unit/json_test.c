/* JSON: what is read, what is refused and with which path, what is written. */
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/call.h"
#include "every_type.pb-c.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "rpc/wire.h"

static struct arena arena;
static struct call c;

static int setup(void **state)
{
	(void)state;
	arena_reset(&arena);
	c = (struct call){.arena = &arena, .request_id = "", .traceparent = ""};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static Every__Type *read_type(const char *text, size_t size, enum status *ret_status)
{
	Every__Type *type = (Every__Type *)wire_new(&arena, &every__type__descriptor);
	char *exact = malloc(size + 1); /* so that a byte read behind the end is seen */

	assert_non_null(exact);
	memcpy(exact, text, size);
	*ret_status = json_read(&c, exact, size, "", &type->base);
	free(exact);
	return type;
}

/* The member that `json` gives, as it is written again. */
static const struct {
	const char *name, *json, *written;
} good[] = {
	{"int32 as number", "{\"int32Field\":5}", "\"int32Field\":5,"},
	{"int32 by its own name", "{\"int32_field\":5}", "\"int32Field\":5,"},
	{"int32 as string", "{\"int32Field\":\"-7\"}", "\"int32Field\":-7,"},
	{"int32 with a zero fraction", "{\"int32Field\":12.0}", "\"int32Field\":12,"},
	{"int32 with an exponent", "{\"int32Field\":1e3}", "\"int32Field\":1000,"},
	{"int32 as string with an exponent", "{\"int32Field\":\"1e3\"}", "\"int32Field\":1000,"},
	{"int32 greatest", "{\"int32Field\":2147483647}", "\"int32Field\":2147483647,"},
	{"int32 least", "{\"int32Field\":-2147483648}", "\"int32Field\":-2147483648,"},
	{"int64 as string", "{\"int64Field\":\"9223372036854775807\"}",
	 "\"int64Field\":\"9223372036854775807\","},
	{"int64 as number", "{\"int64Field\":9223372036854775807}",
	 "\"int64Field\":\"9223372036854775807\","},
	{"int64 least", "{\"int64Field\":-9223372036854775808}",
	 "\"int64Field\":\"-9223372036854775808\","},
	{"uint32 greatest", "{\"uint32Field\":4294967295}", "\"uint32Field\":4294967295,"},
	{"uint64 greatest as string", "{\"uint64Field\":\"18446744073709551615\"}",
	 "\"uint64Field\":\"18446744073709551615\","},
	{"uint64 above int64 as number", "{\"uint64Field\":18446744073709549568}",
	 "\"uint64Field\":\"18446744073709549568\","},
	{"sint64", "{\"sint64Field\":\"-1\"}", "\"sint64Field\":\"-1\","},
	{"fixed64", "{\"fixed64Field\":1}", "\"fixed64Field\":\"1\","},
	{"float", "{\"floatField\":1.5}", "\"floatField\":1.5,"},
	{"float of a tenth", "{\"floatField\":0.1}", "\"floatField\":0.1,"},
	{"double of a tenth", "{\"doubleField\":0.1}", "\"doubleField\":0.1,"},
	{"double with 17 digits", "{\"doubleField\":0.30000000000000004}",
	 "\"doubleField\":0.30000000000000004,"},
	{"double as string", "{\"doubleField\":\"1.5\"}", "\"doubleField\":1.5,"},
	{"double NaN", "{\"doubleField\":\"NaN\"}", "\"doubleField\":\"NaN\","},
	{"double Infinity", "{\"doubleField\":\"Infinity\"}", "\"doubleField\":\"Infinity\","},
	{"float -Infinity", "{\"floatField\":\"-Infinity\"}", "\"floatField\":\"-Infinity\","},
	{"bool", "{\"boolField\":true}", "\"boolField\":true,"},
	{"string", "{\"stringField\":\"h\\u00e4 \\ud83d\\ude00 \\\"\\\\\\n\"}",
	 "\"stringField\":\"hä 😀 \\\"\\\\\\n\","},
	{"string with a control character", "{\"stringField\":\"\\u0001\"}",
	 "\"stringField\":\"\\u0001\","},
	{"bytes", "{\"bytesField\":\"AQI=\"}", "\"bytesField\":\"AQI=\","},
	{"bytes of three", "{\"bytesField\":\"/+8A\"}", "\"bytesField\":\"/+8A\","},
	{"bytes as base64url without padding", "{\"bytesField\":\"_-8\"}",
	 "\"bytesField\":\"/+8=\","},
	{"enum by name", "{\"color\":\"COLOR_RED\"}", "\"color\":\"COLOR_RED\","},
	{"enum by number", "{\"color\":1}", "\"color\":\"COLOR_RED\","},
	{"enum below zero", "{\"color\":-1}", "\"color\":\"COLOR_BELOW_ZERO\","},
	{"enum unknown number", "{\"color\":77}", "\"color\":77,"},
	{"message", "{\"inner\":{\"name\":\"x\"}}", "\"inner\":{\"name\":\"x\",\"number\":0},"},
	{"empty message", "{\"inner\":{}}", "\"inner\":{\"name\":\"\",\"number\":0},"},
	{"null is absent", "{\"inner\":null,\"int32Field\":null,\"numbers\":null}",
	 "\"bytesField\":\"\",\"color\":\"COLOR_UNSPECIFIED\",\"numbers\":[],"},
	{"list", "{\"numbers\":[1,\"2\",3.0]}", "\"numbers\":[1,2,3],"},
	{"empty list", "{\"numbers\":[]}", "\"numbers\":[],"},
	{"list of strings", "{\"names\":[\"a\",\"\"]}", "\"names\":[\"a\",\"\"],"},
	{"list of messages", "{\"inners\":[{\"number\":1},{}]}",
	 "\"inners\":[{\"name\":\"\",\"number\":1},{\"name\":\"\",\"number\":0}],"},
	{"list of enums", "{\"colors\":[\"COLOR_RED\",0]}",
	 "\"colors\":[\"COLOR_RED\",\"COLOR_UNSPECIFIED\"],"},
	{"map", "{\"textByText\":{\"a\":\"b\"}}", "\"textByText\":{\"a\":\"b\"},"},
	{"map with number keys", "{\"innerByNumber\":{\"-3\":{\"name\":\"x\"}}}",
	 "\"innerByNumber\":{\"-3\":{\"name\":\"x\",\"number\":0}},"},
	{"map with bool keys", "{\"numberByBool\":{\"true\":\"9\"}}",
	 "\"numberByBool\":{\"true\":\"9\"},"},
	{"oneof text", "{\"choiceText\":\"\"}", "\"choiceText\":\"\","},
	{"oneof number", "{\"choiceNumber\":0}", "\"choiceNumber\":0,"},
	{"oneof message", "{\"choiceInner\":{}}", "\"choiceInner\":{\"name\":\"\",\"number\":0},"},
	{"timestamp", "{\"createTime\":\"2024-02-29T12:00:00Z\"}",
	 "\"createTime\":\"2024-02-29T12:00:00Z\""},
	{"timestamp with offset", "{\"createTime\":\"1970-01-01T08:00:00+08:00\"}",
	 "\"createTime\":\"1970-01-01T00:00:00Z\""},
	{"timestamp in nanoseconds", "{\"createTime\":\"2024-01-01T00:00:00.000000001Z\"}",
	 "\"createTime\":\"2024-01-01T00:00:00.000000001Z\""},
	{"timestamp in milliseconds", "{\"createTime\":\"2024-01-01T00:00:00.5Z\"}",
	 "\"createTime\":\"2024-01-01T00:00:00.500Z\""},
	{"timestamp before the epoch", "{\"createTime\":\"1969-12-31T23:59:59.900Z\"}",
	 "\"createTime\":\"1969-12-31T23:59:59.900Z\""},
	{"timestamp first", "{\"createTime\":\"0001-01-01T00:00:00Z\"}",
	 "\"createTime\":\"0001-01-01T00:00:00Z\""},
	{"timestamp last", "{\"createTime\":\"9999-12-31T23:59:59.999999999Z\"}",
	 "\"createTime\":\"9999-12-31T23:59:59.999999999Z\""},
	{"list of timestamps", "{\"times\":[\"2024-01-01T00:00:00Z\"]}",
	 "\"times\":[\"2024-01-01T00:00:00Z\"]"},
	{"duration", "{\"duration\":\"1.5s\"}", "\"duration\":\"1.500s\""},
	{"duration below zero", "{\"duration\":\"-0.000001s\"}", "\"duration\":\"-0.000001s\""},
	{"duration longest", "{\"duration\":\"315576000000s\"}", "\"duration\":\"315576000000s\""},
	{"field mask", "{\"updateMask\":\"displayName,a.bC\"}",
	 "\"updateMask\":\"displayName,a.bC\""},
	{"field mask in snake case", "{\"updateMask\":\"display_name\"}",
	 "\"updateMask\":\"displayName\""},
	{"field mask empty", "{\"updateMask\":\"\"}", "\"updateMask\":\"\""},
	{"wrapper of int64", "{\"int64Value\":\"5\"}", "\"int64Value\":\"5\""},
	{"wrapper of string", "{\"stringValue\":\"\"}", "\"stringValue\":\"\""},
	{"wrapper of bool", "{\"boolValue\":false}", "\"boolValue\":false"},
	{"wrapper of bytes", "{\"bytesValue\":\"AQ==\"}", "\"bytesValue\":\"AQ==\""},
	{"empty", "{\"empty\":{}}", "\"empty\":{}"},
};

static void what_is_good_is_written_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CLEANUP(buf_fini) struct buf text = {0};
		enum status status;
		Every__Type *type = read_type(good[i].json, strlen(good[i].json), &status);

		if (status != STATUS_OK)
			fail_msg("%s: refused: %s", good[i].name, c.fault.message);
		json_write(&type->base, &text);
		if (strstr(text.data, good[i].written) == NULL)
			fail_msg("%s: %s is not in %s", good[i].name, good[i].written, text.data);
		setup(state);
	}
}

static const struct {
	const char *name, *json, *field;
} bad[] = {
	{"no JSON", "{", ""},
	{"text behind", "{} {}", ""},
	{"a comma too many", "{\"int32Field\":1,}", ""},
	{"not an object", "[]", ""},
	{"null itself", "null", ""},
	{"unknown field", "{\"nope\":1}", "nope"},
	{"unknown field within", "{\"inner\":{\"nope\":1}}", "inner.nope"},
	{"unknown field in a list", "{\"inners\":[{},{\"nope\":1}]}", "inners[1].nope"},
	{"field given twice", "{\"int32Field\":1,\"int32Field\":2}", ""},
	{"field given by both names", "{\"int32Field\":1,\"int32_field\":2}", "int32_field"},
	{"int32 too great", "{\"int32Field\":2147483648}", "int32_field"},
	{"int32 too small", "{\"int32Field\":-2147483649}", "int32_field"},
	{"int32 with a fraction", "{\"int32Field\":1.5}", "int32_field"},
	{"int32 as a word", "{\"int32Field\":\"one\"}", "int32_field"},
	{"int32 as an empty string", "{\"int32Field\":\"\"}", "int32_field"},
	{"int32 with space", "{\"int32Field\":\" 1\"}", "int32_field"},
	{"int32 with a leading zero", "{\"int32Field\":\"01\"}", "int32_field"},
	{"int32 as bool", "{\"int32Field\":true}", "int32_field"},
	{"int64 too great", "{\"int64Field\":\"9223372036854775808\"}", "int64_field"},
	{"int64 too great as number", "{\"int64Field\":9223372036854775808}", "int64_field"},
	{"uint32 below zero", "{\"uint32Field\":-1}", "uint32_field"},
	{"uint64 too great", "{\"uint64Field\":\"18446744073709551616\"}", "uint64_field"},
	{"float too great", "{\"floatField\":1e39}", "float_field"},
	{"double as a word", "{\"doubleField\":\"inf\"}", "double_field"},
	{"double as bare NaN", "{\"doubleField\":NaN}", ""},
	{"bool as string", "{\"boolField\":\"true\"}", "bool_field"},
	{"bool as number", "{\"boolField\":1}", "bool_field"},
	{"string as number", "{\"stringField\":1}", "string_field"},
	{"string with NUL", "{\"stringField\":\"a\\u0000\"}", ""},
	{"string with half a surrogate", "{\"stringField\":\"\\ud800\"}", ""},
	{"string that is no UTF-8", "{\"stringField\":\"\xff\"}", ""},
	{"bytes that are no base64", "{\"bytesField\":\"*\"}", "bytes_field"},
	{"enum by an unknown name", "{\"color\":\"COLOR_NONE\"}", "color"},
	{"enum by a number in a string", "{\"color\":\"1\"}", "color"},
	{"message as list", "{\"inner\":[]}", "inner"},
	{"list as object", "{\"numbers\":{}}", "numbers"},
	{"null in a list", "{\"numbers\":[1,null]}", "numbers[1]"},
	{"bad item", "{\"numbers\":[1,\"x\"]}", "numbers[1]"},
	{"map as list", "{\"textByText\":[]}", "text_by_text"},
	{"map with a bad key", "{\"innerByNumber\":{\"x\":{}}}", "inner_by_number.x"},
	{"map with null", "{\"textByText\":{\"a\":null}}", "text_by_text.a"},
	{"two of a oneof", "{\"choiceText\":\"a\",\"choiceNumber\":1}", "choice_number"},
	{"timestamp as number", "{\"createTime\":1}", "create_time"},
	{"timestamp without zone", "{\"createTime\":\"2024-01-01T00:00:00\"}", "create_time"},
	{"timestamp of no day", "{\"createTime\":\"2023-02-29T00:00:00Z\"}", "create_time"},
	{"timestamp in year 0", "{\"createTime\":\"0000-01-01T00:00:00Z\"}", "create_time"},
	{"timestamp with ten digits", "{\"createTime\":\"2024-01-01T00:00:00.0000000001Z\"}",
	 "create_time"},
	{"timestamp with a bare point", "{\"createTime\":\"2024-01-01T00:00:00.Z\"}",
	 "create_time"},
	{"duration without unit", "{\"duration\":\"1\"}", "duration"},
	{"duration too long", "{\"duration\":\"315576000001s\"}", "duration"},
	{"duration with two signs", "{\"duration\":\"--1s\"}", "duration"},
	{"field mask with a hole", "{\"updateMask\":\"a,,b\"}", "update_mask"},
	{"wrapper of the wrong type", "{\"int64Value\":{}}", "int64_value"},
	{"empty with a field", "{\"empty\":{\"a\":1}}", "empty.a"},
	{"any", "{\"any\":{\"@type\":\"x\"}}", "any"},
};

static void what_is_bad_is_refused_by_its_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		enum status status;

		read_type(bad[i].json, strlen(bad[i].json), &status);
		if (status != STATUS_INVALID_ARGUMENT || c.fault.violations == NULL)
			fail_msg("%s: not refused", bad[i].name);
		if (strcmp(c.fault.violations->field, bad[i].field) != 0)
			fail_msg("%s: names %s", bad[i].name, c.fault.violations->field);
		setup(state);
	}
}

static void depth_has_a_limit(void **state)
{
	char text[40010] = "{\"inner\":";
	enum status status;

	memset(text + 9, '[', 40000);
	read_type(text, 40009, &status);
	assert_int_equal(status, STATUS_INVALID_ARGUMENT);
	assert_non_null(strstr(c.fault.message, "deeper than 100"));
	(void)state;
}

static void a_prefix_names_the_body_field(void **state)
{
	Every__Inner *inner = (Every__Inner *)wire_new(&arena, &every__inner__descriptor);

	(void)state;
	assert_int_equal(json_read(&c, "{\"number\":\"x\"}", 14, "community", &inner->base),
			 STATUS_INVALID_ARGUMENT);
	assert_string_equal(c.fault.violations->field, "community.number");
}

static void long_names_are_cut_between_characters(void **state)
{
	CLEANUP(buf_fini) struct buf text = {0};
	enum status status;

	buf_add_string(&text, "{\"");
	for (int i = 0; i < 100; i++)
		buf_add_string(&text, "ä");
	buf_add_string(&text, "x\":1}");
	read_type(text.data, text.size, &status);
	assert_int_equal(status, STATUS_INVALID_ARGUMENT);
	assert_int_equal(strlen(c.fault.violations->field), 64);
	(void)state;
}

static void fields_are_set_from_text(void **state)
{
	Every__Type *type = (Every__Type *)wire_new(&arena, &every__type__descriptor);

	(void)state;
	assert_int_equal(json_read_field(&c, &type->base, "int32Field", "42"), STATUS_OK);
	assert_int_equal(type->int32_field, 42);
	assert_int_equal(json_read_field(&c, &type->base, "bool_field", "true"), STATUS_OK);
	assert_true(type->bool_field);
	assert_int_equal(json_read_field(&c, &type->base, "color", "1"), STATUS_OK);
	assert_int_equal(type->color, EVERY__COLOR__COLOR_RED);
	assert_int_equal(json_read_field(&c, &type->base, "inner.name", "n"), STATUS_OK);
	assert_int_equal(json_read_field(&c, &type->base, "inner.number", "7"), STATUS_OK);
	assert_string_equal(type->inner->name, "n");
	assert_int_equal(type->inner->number, 7);
	for (int i = 0; i < 5; i++)
		assert_int_equal(json_read_field(&c, &type->base, "names", "x"), STATUS_OK);
	assert_int_equal(type->n_names, 5);
	assert_string_equal(type->names[4], "x");
	assert_int_equal(json_read_field(&c, &type->base, "createTime", "1970-01-01T00:00:01Z"),
			 STATUS_OK);
	assert_int_equal(type->create_time->seconds, 1);
}

static void text_that_does_not_fit_is_refused(void **state)
{
	static const char *const pairs[][2] = {
		{"nope", "1"},        {"inner.nope", "1"},     {"inner", "{}"},
		{"textByText", "x"},  {"int32Field", "x"},     {"stringField.x", "1"},
		{"inners.name", "x"}, {"boolField", "1"},      {"", "1"},
		{"color", "GREEN"},   {"stringField", "\xc3"},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		Every__Type *type = (Every__Type *)wire_new(&arena, &every__type__descriptor);

		if (json_read_field(&c, &type->base, pairs[i][0], pairs[i][1]) !=
		    STATUS_INVALID_ARGUMENT)
			fail_msg("%s=%s is taken", pairs[i][0], pairs[i][1]);
		setup(state);
	}
}

static void any_is_written_with_its_type(void **state)
{
	CLEANUP(buf_fini) struct buf text = {0};
	CLEANUP(buf_fini) struct buf status = {0};

	(void)state;
	call_fail(&c, STATUS_NOT_FOUND, "POST_NOT_FOUND", "no such post");
	wire_encode_status(&c, STATUS_NOT_FOUND, &status);
	json_write(wire_unpack(&arena, &rpc__status__descriptor, status.data, status.size), &text);
	assert_non_null(strstr(text.data,
			       "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\","
			       "\"reason\":\"POST_NOT_FOUND\",\"domain\":\"kith\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_good_is_written_again, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_bad_is_refused_by_its_path, setup,
						teardown),
		cmocka_unit_test_setup_teardown(depth_has_a_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(a_prefix_names_the_body_field, setup, teardown),
		cmocka_unit_test_setup_teardown(long_names_are_cut_between_characters, setup,
						teardown),
		cmocka_unit_test_setup_teardown(fields_are_set_from_text, setup, teardown),
		cmocka_unit_test_setup_teardown(text_that_does_not_fit_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(any_is_written_with_its_type, setup, teardown),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
