/* Words about exports of persons for the tests. */
#include "export_words.h"

#include <string.h>

#include "kith_methods.h"

struct outcome export_page(struct suite *s, const char *person_id, int32_t page_size,
			   const char *token, Member__PersonExport *ret)
{
	Member__ExportPersonRequest request = MEMBER__EXPORT_PERSON_REQUEST__INIT;

	request.person_id = person_id;
	request.page_size = page_size;
	request.page_token = token;
	member__person_export__init(ret);

	return suite_call(s, method_member_export_person, &request, ret);
}

Member__PersonExport export_of(struct suite *s, const char *name)
{
	Member__PersonExport all;

	EXPECT_OK(export_page(s, person(s, name), 0, "", &all));

	return all;
}

const Member__ExportSection *section_of(const Member__PersonExport *export, const char *service)
{
	for (size_t i = 0; i < export->n_sections; i++)
		if (strcmp(export->sections[i]->service, service) == 0 &&
		    strcmp(export->sections[i]->person_id, export->person->person_id) == 0)
			return export->sections[i];

	fail_msg("no section of %s", service);
	return NULL;
}
