/* The generated tables: sorted, complete, and found by name. */
#include "base/method.h"

#include <protobuf-c/protobuf-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "kith/member/v1/community.pb-c.h"
#include "kith_files.h"
#include "kith_methods.h"
#include "kith_openapi.h"

static void every_method_is_found_by_its_name(void **state)
{
	(void)state;
	assert_true(kith_methods_count > 20);
	for (size_t i = 0; i < kith_methods_count; i++) {
		const struct method *method = &kith_methods[i];

		assert_ptr_equal(method_find(method->name), method);
		assert_non_null(method->request);
		assert_non_null(method->reply);
		assert_int_not_equal(method->access, 0);
		if (i)
			assert_true(strcmp(kith_methods[i - 1].name, method->name) < 0);
	}
	assert_null(method_find("kith.member.v1.CommunityService/Nope"));
}

static void a_row_says_what_the_contract_says(void **state)
{
	const struct method *method = method_find("kith.member.v1.CommunityService/GetCommunity");

	(void)state;
	assert_ptr_equal(method, method_member_get_community);
	assert_string_equal(method->service, "member");
	assert_string_equal(method->verb, "GET");
	assert_string_equal(method->route, "/v1/communities/{community_id}");
	assert_ptr_equal(method->request, &member__get_community_request__descriptor);
	assert_true(method->read_only);
	assert_false(method->slow);
	assert_null(method->update_mask);
}

/* The table holds descriptors of its own for the fields that the road reads: they must say what
 * protoc-c says. */
static void road_fields_are_those_of_the_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < kith_methods_count; i++) {
		const struct method *m = &kith_methods[i];
		const ProtobufCFieldDescriptor *fields[] = {
			m->community_id, m->person_id,   m->request_id, m->page_size,
			m->page_token,   m->update_mask, m->masked};

		for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++) {
			const ProtobufCFieldDescriptor *own = fields[k], *real;

			if (!own)
				continue;
			real = protobuf_c_message_descriptor_get_field_by_name(m->request,
									       own->name);
			assert_non_null(real);
			assert_int_equal(own->id, real->id);
			assert_int_equal(own->label, real->label);
			assert_int_equal(own->type, real->type);
			assert_int_equal(own->offset, real->offset);
			assert_ptr_equal(own->descriptor, real->descriptor);
			assert_int_equal(own->flags, real->flags);
		}
	}
}

static void masks_know_their_resource(void **state)
{
	(void)state;
	for (size_t i = 0; i < kith_methods_count; i++)
		if (kith_methods[i].update_mask)
			assert_non_null(kith_methods[i].masked);
	assert_string_equal(method_member_update_community->masked->name, "community");
}

static void rules_are_found_by_message(void **state)
{
	const struct message_rules *rules =
		method_rules(&member__get_community_request__descriptor);

	(void)state;
	assert_non_null(rules);
	assert_int_equal(rules->rules[0].number, 1);
	assert_true(rules->rules[0].required);
	assert_int_equal(rules->rules[0].format, FIELD_UUID);
	for (size_t i = 0; i < kith_rules_count; i++)
		assert_ptr_equal(method_rules(kith_rules[i].message), &kith_rules[i]);
}

static void messages_and_enums_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(kith_message_find("kith.member.v1.Community"),
			 &member__community__descriptor);
	assert_null(kith_message_find("kith.member.v1.Nope"));
	for (size_t i = 0; i < kith_messages_count; i++)
		assert_ptr_equal(kith_message_find(kith_messages[i]->name), kith_messages[i]);
	for (size_t i = 0; i < kith_enums_count; i++)
		assert_ptr_equal(kith_enum_find(kith_enums[i]->name), kith_enums[i]);
}

static void the_document_is_there(void **state)
{
	(void)state;
	assert_true(kith_openapi_size > 1000);
	assert_int_equal(strlen(kith_openapi), kith_openapi_size);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_method_is_found_by_its_name),
		cmocka_unit_test(a_row_says_what_the_contract_says),
		cmocka_unit_test(road_fields_are_those_of_the_message),
		cmocka_unit_test(masks_know_their_resource),
		cmocka_unit_test(rules_are_found_by_message),
		cmocka_unit_test(messages_and_enums_are_found_by_name),
		cmocka_unit_test(the_document_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
