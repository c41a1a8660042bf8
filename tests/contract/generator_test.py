"""The generator refuses what does not fit, and names the file and the line.

Each test writes a small contract and a small service into a folder of its own and runs protoc and kith-gen on them."""
import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["KITH_SOURCE"])
PROTOC = os.environ.get("PROTOC", "protoc")
GEN = os.environ["KITH_GEN"]

HEAD = """syntax = "proto3";
package kith.shop.v1;
import "google/api/annotations.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/timestamp.proto";
import "kith/options.proto";
import "protobuf-c/protobuf-c.proto";
option (pb_c_file) = {c_package: "shop" const_strings: true gen_pack_helpers: false};
"""
MESSAGES = """
message Item {
  string community_id = 1;
  string item_id = 2;
  string title = 3;
  int64 price = 4;
  google.protobuf.Timestamp create_time = 5;
}
message GetItemRequest { string community_id = 1; string item_id = 2; }
message UpdateItemRequest { string community_id = 1; Item item = 2; google.protobuf.FieldMask update_mask = 3; }
message ListItemsRequest { string community_id = 1; int32 page_size = 2; string page_token = 3; }
message ListItemsResponse { repeated Item items = 1; string next_page_token = 2; }
message ImportItemsRequest { repeated Item items = 1; }
message PlainListResponse { repeated Item items = 1; }
"""
GET = """
service ItemService {
  // One item.
  rpc GetItem(GetItemRequest) returns (Item) {
    option (google.api.http) = {get: "/v1/communities/{community_id}/items/{item_id}"};
    option (kith.access) = ACCESS_MEMBER;
    option idempotency_level = NO_SIDE_EFFECTS;
  }
}
"""


class Generator(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.top = pathlib.Path(self.folder.name)

    def write(self, name, text):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return name

    def describe(self, proto):
        self.write("proto/kith/shop/v1/item.proto", proto)
        subprocess.run(
            [PROTOC, "-I", "proto", "-I", SOURCE / "proto", "-I", "/usr/include", "--include_imports",
             "--include_source_info", "--descriptor_set_out=set", "kith/shop/v1/item.proto"],
            cwd=self.top, check=True)

    def run_gen(self, *args):
        return subprocess.run([GEN, *args], cwd=self.top, capture_output=True, text=True)

    def line_of(self, name, text):
        lines = (self.top / name).read_text().splitlines()
        return next(i for i, line in enumerate(lines, 1) if text in line)

    def refused_contract(self, proto, message, at):
        """The contract is refused with this message at the line that holds `at`."""
        self.describe(HEAD + MESSAGES + proto)
        done = self.run_gen("contract", "set", ".")
        line = self.line_of("proto/kith/shop/v1/item.proto", at)
        self.assertIn(f"proto/kith/shop/v1/item.proto:{line}: {message}\n", done.stderr)
        self.assertNotEqual(done.returncode, 0)
        self.assertFalse((self.top / "kith_methods.c").exists())

    def generate_sql(self, sql, *more):
        self.describe(HEAD + MESSAGES + GET)
        self.write("services/shop/sql/item.sql", sql)
        return self.run_gen("sql", "set", ".", "shop", "services/shop/sql/item.sql", *more)

    def refused_sql(self, sql, message, at):
        done = self.generate_sql(sql)
        line = self.line_of("services/shop/sql/item.sql", at)
        self.assertIn(f"services/shop/sql/item.sql:{line}: {message}\n", done.stderr)
        self.assertNotEqual(done.returncode, 0)
        self.assertFalse((self.top / "shop.sql.c").exists())

    def made(self, name):
        return (self.top / name).read_text()

    # The contract.

    def test_a_good_contract_passes_and_is_written_once(self):
        self.describe(HEAD + MESSAGES + GET)
        done = self.run_gen("contract", "set", ".")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        before = (self.top / "kith_methods.c").stat().st_mtime_ns
        self.assertEqual(self.run_gen("contract", "set", ".").returncode, 0)
        self.assertEqual(before, (self.top / "kith_methods.c").stat().st_mtime_ns)
        self.assertIn("do not edit", self.made("kith_methods.c").splitlines()[0])

    def test_a_method_without_access(self):
        self.refused_contract(GET.replace("    option (kith.access) = ACCESS_MEMBER;\n", ""),
                              "method GetItem names no (kith.access)", "rpc GetItem")

    def test_an_unspecified_access_is_none(self):
        self.refused_contract(GET.replace("ACCESS_MEMBER", "ACCESS_UNSPECIFIED"),
                              "method GetItem names no (kith.access)", "rpc GetItem")

    def test_a_method_that_streams(self):
        self.refused_contract(GET.replace("returns (Item)", "returns (stream Item)"),
                              "method GetItem streams: Kith's calls are unary", "rpc GetItem")

    def test_a_route_variable_that_is_no_field(self):
        self.refused_contract(GET.replace("{item_id}", "{thing_id}"),
                              "method GetItem: {thing_id} is no string field of shop.GetItemRequest", "rpc GetItem")

    def test_a_route_outside_v1(self):
        self.refused_contract(GET.replace("/v1/communities", "/communities"),
                              "method GetItem: route /communities/{community_id}/items/{item_id} does not begin "
                              "with /v1/", "rpc GetItem")

    def test_a_read_with_a_body(self):
        self.refused_contract(GET.replace('{item_id}"}', '{item_id}" body: "*"}'),
                              "method GetItem: GET takes no body", "rpc GetItem")

    def test_a_body_that_is_no_field(self):
        self.refused_contract(GET.replace("get:", "post:").replace('{item_id}"}', '{item_id}" body: "thing"}'),
                              "method GetItem: body thing is no message field of shop.GetItemRequest", "rpc GetItem")

    def test_two_routes_that_meet(self):
        twice = GET + GET.replace("ItemService", "ThingService").replace("rpc GetItem(", "rpc FindItem(").replace(
            '"/v1/communities/{community_id}/items/{item_id}"', '"/v1/communities/{item_id}/items/{community_id}"')
        self.refused_contract(twice,
                              "method FindItem: route GET /v1/communities/{item_id}/items/{community_id} is taken by "
                              "kith.shop.v1.ItemService/GetItem", "rpc FindItem")

    def test_a_service_only_method_with_a_route(self):
        self.refused_contract(GET.replace("ACCESS_MEMBER", "ACCESS_SERVICE"),
                              "method GetItem: what services alone may call has no route", "rpc GetItem")

    def test_two_methods_of_one_name(self):
        twice = GET + GET.replace("ItemService", "ThingService").replace("/items/", "/things/").replace(
            "returns (Item) {", "returns (Item) { // again")
        self.refused_contract(twice,
                              "method kith.shop.v1.ThingService/GetItem has the name of "
                              "kith.shop.v1.ItemService/GetItem: one service's methods share one name space",
                              "// again")

    def test_a_message_that_holds_itself(self):
        self.refused_contract(
            GET.replace("GetItemRequest", "TreeRequest") +
            "message TreeRequest { string community_id = 1; string item_id = 2; Tree tree = 3; }\n"
            "message Tree { repeated Tree branches = 1; }\n",
            "message Tree holds itself: recursive messages are refused", "message Tree {")

    def test_a_page_size_that_the_road_cannot_read(self):
        self.refused_contract(
            GET.replace("GetItemRequest", "OddRequest") +
            "message OddRequest {\n string community_id = 1; string item_id = 2;\n string page_size = 3;\n}\n",
            "page_size of shop.OddRequest is not of the type that the road reads", "string page_size")

    # Statements.

    def test_a_good_statement(self):
        done = self.generate_sql(
            "-- What is read by key.\n"
            "-- name: item_get   in: shop.GetItemRequest   out: shop.Item\n"
            "SELECT item_id, title::text, ':no' AS community_id -- :none\n"
            "FROM item WHERE item_id = :item_id AND community_id = :community_id AND item_id <> :item_id;\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        made = self.made("shop.sql.c")
        self.assertIn("item_id = $1 AND community_id = $2 AND item_id <> $1", made)
        self.assertIn("item_id = q.p1 AND community_id = q.p2 AND item_id <> q.p1", made)
        self.assertIn("title::text, ':no' AS community_id\\n", made)
        self.assertIn('.where = "services/shop/sql/item.sql:2"', made)
        self.assertIn("sql_item_get(struct call *c,", self.made("shop.sql.h"))

    def test_writes_and_arrays_and_lists_are_not_batched(self):
        done = self.generate_sql(
            "-- name: a in: shop.GetItemRequest out: shop.Item\n"
            "SELECT item_id FROM item WHERE item_id = :item_id FOR UPDATE\n"
            "-- name: b in: shop.ImportItemsRequest out: shop.Item\n"
            "SELECT x AS item_id FROM unnest(:items.item_id) AS x\n"
            "-- name: c in: shop.ListItemsRequest out: shop.ListItemsResponse.items page: create_time, item_id\n"
            "SELECT item_id, create_time FROM item WHERE create_time < :after.create_time LIMIT :limit\n"
            "-- name: d in: shop.GetItemRequest out: shop.Item batch: no\n"
            "SELECT item_id FROM item WHERE item_id = :item_id\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        made = self.made("shop.sql.c")
        self.assertNotIn("many_text", made)
        self.assertIn('page_c[] = {"create_time", "item_id", NULL}', made)
        self.assertEqual(made.count(".writes = true"), 1)

    def test_every_source_of_a_parameter(self):
        done = self.generate_sql(
            "-- name: a in: shop.UpdateItemRequest out: none\n"
            "UPDATE item SET title = CASE WHEN :mask.title THEN :item.title ELSE title END, by = :caller_id,\n"
            "  key = :caller_key, at = :now, id = :new_id, request = :request_id\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        made = self.made("shop.sql.c")
        for row in ('{SQL_MASK, "title"}', '{SQL_FIELD, "item.title"}', '{SQL_CALLER, ""}', '{SQL_CALLER_KEY, ""}',
                    '{SQL_NOW, ""}', '{SQL_NEW_ID, ""}', '{SQL_REQUEST_ID, ""}'):
            self.assertIn(row, made)

    def test_a_header_of_several_lines(self):
        done = self.generate_sql("-- name: item_get\n--   in: shop.GetItemRequest\n--   out: shop.Item\n"
                                 "-- Words that are no header.\nSELECT 1 AS price WHERE :item_id <> ''\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_parameter_that_is_no_field(self):
        self.refused_sql("-- name: a in: shop.GetItemRequest out: shop.Item\nSELECT item_id FROM item\n"
                         "WHERE titel = :titel\n",
                         ":titel is no field of shop.GetItemRequest", ":titel")

    def test_a_parameter_that_is_a_message(self):
        self.refused_sql("-- name: a in: shop.UpdateItemRequest out: none\nSELECT :item\n",
                         ":item is a shop.Item, which is no value of SQL", ":item")

    def test_a_parameter_without_in(self):
        self.refused_sql("-- name: a out: shop.Item\nSELECT :item_id\n",
                         ":item_id, but the statement has no `in`", ":item_id")

    def test_a_mask_over_no_field(self):
        self.refused_sql("-- name: a in: shop.UpdateItemRequest out: none\nSELECT\n:mask.titel\n",
                         ":mask.titel is no field of shop.Item", ":mask.titel")

    def test_a_mask_where_there_is_none(self):
        self.refused_sql("-- name: a in: shop.GetItemRequest out: none\nSELECT :mask.title\n",
                         ":mask.title, but shop.GetItemRequest has no update_mask over a resource", ":mask.title")

    def test_an_unknown_message(self):
        self.refused_sql("-- name: a in: shop.GetItmRequest out: shop.Item\nSELECT 1\n",
                         "`in` names shop.GetItmRequest, which is no message", "GetItm")
        self.refused_sql("-- name: a in: shop.GetItemRequest out: shop.Itm\nSELECT 1\n",
                         "`out` names shop.Itm, which is no message", "shop.Itm")

    def test_rows_that_are_no_repeated_field(self):
        self.refused_sql("-- name: a in: shop.GetItemRequest out: shop.Item.title\nSELECT 1\n",
                         "`out` names title, which is no repeated field of shop.Item", "shop.Item.title")

    def test_a_page_without_its_fields(self):
        self.refused_sql("-- name: a in: shop.GetItemRequest out: shop.ListItemsResponse.items page: item_id\n"
                         "SELECT 1\n", "`page` needs the field page_size in shop.GetItemRequest", "page: item_id")
        self.refused_sql("-- name: a in: shop.ListItemsRequest out: shop.PlainListResponse.items page: item_id\n"
                         "SELECT 1\n", "`page` needs the field next_page_token in shop.PlainListResponse",
                         "page: item_id")

    def test_after_and_limit_without_a_page(self):
        self.refused_sql("-- name: a in: shop.ListItemsRequest out: shop.ListItemsResponse.items\n"
                         "SELECT 1 LIMIT :limit\n", ":limit, but the statement has no `page`", ":limit")
        self.refused_sql("-- name: a in: shop.ListItemsRequest out: shop.ListItemsResponse.items page: item_id\n"
                         "SELECT :after.title\n", ":after.title is no column of `page`", ":after.title")

    def test_a_fragment_stands_where_it_is_named(self):
        done = self.generate_sql("""-- name: item_get in: shop.GetItemRequest out: shop.Item
SELECT {item} FROM item WHERE {of_item};

-- fragment: item
community_id, item_id, -- what it is
title

-- fragment: of_item
community_id = :community_id AND item_id = :item_id
""")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        text = self.made("shop.sql.c")
        self.assertIn("community_id = $1 AND item_id = $2", text)
        self.assertNotIn("{item}", text)

    def test_an_unknown_fragment(self):
        self.refused_sql("-- name: item_get in: shop.GetItemRequest out: shop.Item\nSELECT {things} FROM item;\n",
                         "{things} is no fragment", "SELECT")

    def test_a_fragment_that_holds_itself(self):
        self.refused_sql("-- name: item_get in: shop.GetItemRequest out: shop.Item\nSELECT {a};\n-- fragment: a\n{a}\n",
                         "{a} is no fragment", "SELECT")

    def test_two_statements_of_one_name(self):
        self.refused_sql("-- name: a\nSELECT 1\n-- name: b\nSELECT 2\n-- name: a out: none\nSELECT 3\n",
                         "statement a stands in services/shop/sql/item.sql:1 already", "name: a out:")

    def test_an_unknown_key(self):
        self.refused_sql("-- name: a inn: shop.GetItemRequest\nSELECT 1\n", "`inn:` is no key of a statement", "inn:")

    def test_an_empty_statement(self):
        self.refused_sql("-- name: a\n-- nothing\n;\n", "statement a has no text", "name: a")

    # Migrations.

    def test_migrations_are_numbered_densely(self):
        first = self.write("services/shop/migrations/0001_item.sql", "CREATE TABLE item (item_id uuid);\n")
        third = self.write("services/shop/migrations/0003_more.sql", "SELECT 1;\n")
        done = self.generate_sql("-- name: a\nSELECT 1\n", third, first)
        self.assertIn("services/shop/migrations/0003_more.sql: migration 0002 should be here: numbers are dense",
                      done.stderr)
        os.rename(self.top / third, self.top / "services/shop/migrations/0002_more.sql")
        done = self.generate_sql("-- name: a\nSELECT 1\n", "services/shop/migrations/0002_more.sql", first)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        made = self.made("shop.migrations.c")
        self.assertLess(made.index('{1, "0001_item"'), made.index('{2, "0002_more"'))

    def test_a_migration_without_a_number(self):
        odd = self.write("services/shop/migrations/item.sql", "SELECT 1;\n")
        done = self.generate_sql("-- name: a\nSELECT 1\n", odd)
        self.assertIn("services/shop/migrations/item.sql: a migration is named NNNN_name.sql", done.stderr)

    # Handlers.

    def test_a_missing_handler_is_a_link_error(self):
        self.describe(HEAD + MESSAGES + GET)
        self.assertEqual(self.run_gen("contract", "set", ".").returncode, 0)
        self.assertEqual(self.run_gen("handlers", "set", ".", "shop").returncode, 0)
        self.assertIn("enum status shop_get_item(struct call *c, const Shop__GetItemRequest *req,",
                      self.made("shop.rpc.h"))
        subprocess.run([PROTOC, "-I", "proto", "-I", SOURCE / "proto", "-I", "/usr/include", "--c_out=.",
                        "kith/shop/v1/item.proto", "google/protobuf/timestamp.proto", "google/protobuf/field_mask.proto",
                        "google/api/annotations.proto", "google/api/http.proto", "kith/options.proto",
                        "google/protobuf/descriptor.proto"], cwd=self.top, check=True)
        subprocess.run(["cc", "-std=gnu11", "-Werror", "-I", ".", "-I", SOURCE / "services/common", "-c", "shop.rpc.c"],
                       cwd=self.top, check=True)
        symbols = subprocess.run(["nm", "shop.rpc.o"], cwd=self.top, check=True, capture_output=True, text=True).stdout
        self.assertIn("U shop_get_item\n", symbols)


if __name__ == "__main__":
    unittest.main(verbosity=2)
