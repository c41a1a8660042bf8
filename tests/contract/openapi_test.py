"""The OpenAPI document holds together: references resolve, parameters stand in their paths, ids are unique.

openapi_test.py DOCUMENT"""
import json
import re
import sys
import unittest

with open(sys.argv.pop()) as file:
    DOCUMENT = json.load(file)


def nodes(node):
    """Every object of the document."""
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from nodes(child)


def operations():
    for path, methods in DOCUMENT["paths"].items():
        for verb, operation in methods.items():
            yield path, verb, operation


class OpenApi(unittest.TestCase):
    def test_every_reference_resolves(self):
        count = 0
        for node in nodes(DOCUMENT):
            if "$ref" in node:
                target = DOCUMENT
                for step in node["$ref"].removeprefix("#/").split("/"):
                    target = target[step]
                self.assertEqual(len(node), 1, f"beside {node['$ref']} stands what is ignored")
                count += 1
        self.assertGreater(count, 100)

    def test_every_schema_is_used(self):
        used = {node["$ref"].rsplit("/", 1)[1] for node in nodes(DOCUMENT) if "$ref" in node}
        for name in DOCUMENT["components"]["schemas"]:
            if name not in used:
                # A request with body "*" is written where it is used, one without a body becomes parameters.
                self.assertRegex(name, r"Request$", f"{name} is used nowhere")

    def test_path_parameters_are_those_of_the_path(self):
        for path, verb, operation in operations():
            named = sorted(p["name"] for p in operation["parameters"] if p["in"] == "path")
            self.assertEqual(named, sorted(re.findall(r"{([^}]+)}", path)), f"{verb} {path}")
            for parameter in operation["parameters"]:
                self.assertIn("schema", parameter)
                if parameter["in"] == "path":
                    self.assertTrue(parameter["required"])

    def test_operations_have_ids_words_and_answers(self):
        seen = set()
        for path, verb, operation in operations():
            self.assertNotIn(operation["operationId"], seen)
            seen.add(operation["operationId"])
            self.assertTrue(operation.get("description"), f"{verb} {path} has no comment in its .proto")
            self.assertIn("200", operation["responses"])
            self.assertIn("default", operation["responses"])
            self.assertTrue(operation["x-kith-access"])
            self.assertEqual(verb in ("get", "delete"), "requestBody" not in operation, f"{verb} {path}")

    def test_lists_can_be_paged(self):
        for path, verb, operation in operations():
            if operation["operationId"].split("_")[1].startswith("List"):
                names = {p["name"] for p in operation["parameters"]}
                self.assertLessEqual({"page_size", "page_token"}, names, f"{verb} {path}")

    def test_wide_numbers_are_strings_and_times_are_times(self):
        community = DOCUMENT["components"]["schemas"]["member.Community"]["properties"]
        create_time = community["createTime"]
        self.assertEqual(create_time.get("allOf", [create_time])[0]["format"], "date-time")
        for schema in DOCUMENT["components"]["schemas"].values():
            for name, field in schema.get("properties", {}).items():
                if field.get("format") == "int64" and field["type"] == "integer":
                    self.assertNotIn("int64", name)
                self.assertNotIn("_", name, "JSON names are lowerCamelCase")

    def test_promised_names_are_kept(self):
        """Outside scripts rely on these."""
        for path in ("/v1/communities", "/v1/communities/{community_id}", "/v1/communities:lookup",
                     *("/v1/communities/{community_id}/" + rest for rest in (
                         "memberships", "memberships:join", "posts", "posts/{post_id}/comments", "events",
                         "events/{event_id}/registrations", "metrics/activity", "metrics/growth", "metrics/retention",
                         "overview"))):
            self.assertIn(path, DOCUMENT["paths"])
        tags = {operation["tags"][0] for _, _, operation in operations()}
        self.assertLessEqual({"CommunityService", "PersonService", "MembershipService", "PostService",
                              "CommentService", "ReactionService", "EventService", "RegistrationService",
                              "MetricService", "ViewService", "IngestService"}, tags)
        days = DOCUMENT["components"]["schemas"]["evaluation.ActivityReport"]["properties"]["days"]
        day = DOCUMENT["components"]["schemas"][days["items"]["$ref"].rsplit("/", 1)[1]]["properties"]
        self.assertLessEqual({"date", "active", "engaged", "wau", "mau", "incomplete"}, set(day))
        activity = DOCUMENT["paths"]["/v1/communities/{community_id}/metrics/activity"]["get"]["parameters"]
        self.assertLessEqual({"start_date", "end_date"}, {parameter["name"] for parameter in activity})

    def test_callers_must_show_a_key(self):
        self.assertEqual(DOCUMENT["security"], [{"key": []}])
        self.assertEqual(DOCUMENT["components"]["securitySchemes"]["key"]["scheme"], "bearer")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
