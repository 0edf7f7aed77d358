#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "http/contract/table.hpp"

namespace omnistream::http::contract {
namespace {

using variables = flat_map<flat_map<std::string>>;

struct address {
  std::string city;
  std::optional<int> floor;
};
const table<address>& table_for(const address*) {
  static const table<address> fields("Address", "Where somebody lives.",
                                     {
                                         field("city", &address::city).size(1, 5),
                                         field("floor", &address::floor).range(0, 9),
                                     });
  return fields;
}

/// One member of every supported kind.
struct everything {
  std::string text;
  std::string status;
  std::string phone;
  std::string mail;
  std::string link;
  uuid id;
  timestamp at;
  bool flag = false;
  int small = 0;
  std::int64_t large = 0;
  double real = 0;
  secret token;
  std::optional<std::string> maybe;
  std::optional<int> nullable;
  patch<std::string> patched;
  patch<uuid> patched_id;
  std::vector<std::string> list;
  std::vector<uuid> ids;
  std::optional<address> home;
  std::vector<address> homes;
  variables vars;
  std::map<std::string, std::map<std::string, int>> counts;
  nlohmann::json free;
  raw_json raw;
  nlohmann::json whatever;
  int page = 0;
};

const table<everything>& all_fields() {
  using e = everything;
  static const table<everything> fields(
      "Everything", "One of each.",
      {
          field("text", &e::text).optional().size(2, 4),
          field("status", &e::status).optional().one_of({"draft", "sent"}),
          field("phone", &e::phone).optional().pattern(text_pattern::phone_number),
          field("mail", &e::mail).optional().format(text_format::email),
          field("link", &e::link).optional().format(text_format::uri),
          field("id", &e::id).optional(),
          field("at", &e::at).optional(),
          field("flag", &e::flag).optional(),
          field("small", &e::small).optional(),
          field("large", &e::large).optional(),
          field("real", &e::real).optional().range(-1.5, 1.5),
          field("token", &e::token).optional().size(1, 10),
          field("maybe", &e::maybe),
          field("nullable", &e::nullable).nullable().range(1, 3),
          field("patched", &e::patched).size(1, 3),
          field("patched_id", &e::patched_id),
          field("list", &e::list).optional().size(1, 3).each([](value_spec& s) { s.size_max = 2; }),
          field("ids", &e::ids).optional(),
          field("home", &e::home),
          field("homes", &e::homes).optional(),
          field("vars", &e::vars).optional().size_max(2),
          field("counts", &e::counts).optional(),
          field("free", &e::free).optional(),
          field("raw", &e::raw).optional(),
          field("whatever", &e::whatever).optional().any_type(),
          field("page", &e::page).defaults_to(1).range(1, 100),
      });
  return fields;
}

/// `field:code` of every error, in their order; `ok` when there is none; the code of a 400.
template <class T>
std::string outcome(const result<T>& got) {
  if (got.ok()) return "ok";
  if (got.error().status != 422) return std::to_string(got.error().status) + ' ' + got.error().code;
  std::string text;
  for (const auto& error : got.error().errors) {
    EXPECT_FALSE(error.message.empty());
    text += (text.empty() ? "" : " ") + error.field + ':' + error.code;
  }
  return text;
}
std::string parse(const std::string& body) {
  return outcome(all_fields().parse_body(body));
}

struct body_case {
  std::string body;
  std::string outcome;
};
class table_body : public ::testing::TestWithParam<body_case> {};
TEST_P(table_body, has_the_outcome) {
  EXPECT_EQ(parse(GetParam().body), GetParam().outcome) << GetParam().body;
}

INSTANTIATE_TEST_SUITE_P(
    texts, table_body,
    ::testing::Values(body_case{R"({"text":"a"})", "text:too_short"},
                      body_case{R"({"text":"ab"})", "ok"}, body_case{R"({"text":"abcd"})", "ok"},
                      body_case{R"({"text":"abcde"})", "text:too_long"},
                      body_case{"{\"text\":\"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\"}", "ok"},
                      body_case{R"({"text":"\u00e9\ud83d\ude00ab"})", "ok"},
                      body_case{R"({"text":"a\u0000b"})", "text:bad_format"},
                      body_case{R"({"text":1})", "text:wrong_type"},
                      body_case{R"({"text":null})", "text:null_not_allowed"},
                      body_case{R"({"text":["ab"]})", "text:wrong_type"},
                      body_case{R"({"text":{"a":1}})", "text:wrong_type"},
                      body_case{R"({"status":"draft"})", "ok"},
                      body_case{R"({"status":"Draft"})", "status:not_in_enum"},
                      body_case{R"({"status":""})", "status:not_in_enum"},
                      body_case{R"j({"phone":"+62 812-345 (67)"})j", "ok"},
                      body_case{R"({"phone":"628"})", "phone:bad_format"},
                      body_case{R"({"phone":"123456789012345678"})", "phone:bad_format"},
                      body_case{R"({"phone":"62812x345"})", "phone:bad_format"},
                      body_case{R"({"mail":"a.b+c@d-e.co.id"})", "ok"},
                      body_case{R"({"mail":"a@b"})", "mail:bad_format"},
                      body_case{R"({"mail":"a b@c.d"})", "mail:bad_format"},
                      body_case{R"({"mail":"@c.d"})", "mail:bad_format"},
                      body_case{R"({"mail":"a@c..d"})", "mail:bad_format"},
                      body_case{R"({"link":"https://a.b/c?d=e#f"})", "ok"},
                      body_case{R"j({"link":"javascript:alert(1)"})j", "link:bad_format"},
                      body_case{R"({"link":"https:///x"})", "link:bad_format"},
                      body_case{R"({"link":"https://a b"})", "link:bad_format"},
                      body_case{R"({"id":"0190b0a0-0000-7000-8000-00000000000A"})", "ok"},
                      body_case{R"({"id":"0190b0a0"})", "id:bad_format"},
                      body_case{R"({"id":7})", "id:wrong_type"},
                      body_case{R"({"at":"2024-08-25T15:00:00Z"})", "ok"},
                      body_case{R"({"at":"2024-08-25T15:00:00.5+07:00"})", "ok"},
                      body_case{R"({"at":"2024-02-30T15:00:00Z"})", "at:bad_format"},
                      body_case{R"({"at":"2024-08-25"})", "at:bad_format"},
                      body_case{R"({"token":"s3cret"})", "ok"},
                      body_case{R"({"token":"12345678901"})", "token:too_long"}));

INSTANTIATE_TEST_SUITE_P(
    numbers, table_body,
    ::testing::Values(
        body_case{R"({"small":2147483647})", "ok"},
        body_case{R"({"small":2147483648})", "small:out_of_range"},
        body_case{R"({"small":-2147483648})", "ok"},
        body_case{R"({"small":-2147483649})", "small:out_of_range"},
        body_case{R"({"small":1.0})", "ok"}, body_case{R"({"small":1e3})", "ok"},
        body_case{R"({"small":1.5})", "small:wrong_type"},
        body_case{R"({"small":1e400})", "small:out_of_range"},
        body_case{R"({"small":"1"})", "small:wrong_type"},
        body_case{R"({"small":true})", "small:wrong_type"},
        body_case{R"({"large":9223372036854775807})", "ok"},
        body_case{R"({"large":9223372036854775808})", "large:out_of_range"},
        body_case{R"({"large":-9223372036854775809})", "large:out_of_range"},
        body_case{R"({"large":99999999999999999999999999})", "large:out_of_range"},
        body_case{R"({"large":1e18})", "large:out_of_range"}, body_case{R"({"real":1.5})", "ok"},
        body_case{R"({"real":1.5000001})", "real:out_of_range"},
        body_case{R"({"real":-1.6})", "real:out_of_range"},
        body_case{R"({"real":1e999})", "real:out_of_range"},
        body_case{R"({"real":"x"})", "real:wrong_type"}, body_case{R"({"flag":true})", "ok"},
        body_case{R"({"flag":"true"})", "flag:wrong_type"},
        body_case{R"({"flag":1})", "flag:wrong_type"},
        body_case{R"({"page":0})", "page:out_of_range"}, body_case{R"({"page":100})", "ok"},
        body_case{R"({"page":101})", "page:out_of_range"}));

INSTANTIATE_TEST_SUITE_P(
    structure, table_body,
    ::testing::Values(
        body_case{"{}", "ok"}, body_case{"", "ok"}, body_case{" \r\n\t", "ok"},
        body_case{R"({"maybe":null})", "maybe:null_not_allowed"},
        body_case{R"({"nullable":null})", "ok"},
        body_case{R"({"nullable":4})", "nullable:out_of_range"},
        body_case{R"({"patched":null})", "ok"}, body_case{R"({"patched":""})", "patched:too_short"},
        body_case{R"({"patched_id":"x"})", "patched_id:bad_format"},
        body_case{R"({"list":[]})", "list:too_few_items"}, body_case{R"({"list":["a"]})", "ok"},
        body_case{R"({"list":["a","b","c"]})", "ok"},
        body_case{R"({"list":["a","b","c","d"]})", "list:too_many_items"},
        body_case{R"({"list":["a","bbb",3]})", "list.1:too_long list.2:wrong_type"},
        body_case{R"({"list":"a"})", "list:wrong_type"},
        body_case{R"({"list":[null]})", "list.0:null_not_allowed"},
        body_case{R"({"ids":["0190b0a0-0000-7000-8000-000000000001","x"]})", "ids.1:bad_format"},
        body_case{R"({"home":{"city":"Solo","floor":3}})", "ok"},
        body_case{R"({"home":{}})", "home.city:required"},
        body_case{R"({"home":{"city":"Jakarta","x":1,"floor":10}})",
                  "home.city:too_long home.x:unknown_field home.floor:out_of_range"},
        body_case{R"({"home":[]})", "home:wrong_type"},
        body_case{R"({"homes":[{"city":"a"},{"floor":1}]})", "homes.1.city:required"},
        body_case{R"({"vars":{"628":{"1":"a","2":"b"},"629":{}}})", "ok"},
        body_case{R"({"vars":{"628":{"1":5}}})", "vars.628.1:wrong_type"},
        body_case{R"({"vars":{"1":{},"2":{},"3":{}}})", "vars:too_many_items"},
        body_case{R"({"vars":[]})", "vars:wrong_type"},
        body_case{R"({"counts":{"a":{"b":1}}})", "ok"},
        body_case{R"({"counts":{"a":{"b":"c"}}})", "counts.a.b:wrong_type"},
        body_case{R"({"free":{"a":[1,null,{}]}})", "ok"},
        body_case{R"({"free":[1]})", "free:wrong_type"}, body_case{R"({"raw":{"a":1}})", "ok"},
        body_case{R"({"raw":1})", "raw:wrong_type"}, body_case{R"({"whatever":[1]})", "ok"},
        body_case{R"({"whatever":null})", "ok"},
        body_case{R"({"nonsense":1,"text":"a","id":3,"page":0})",
                  "nonsense:unknown_field text:too_short id:wrong_type page:out_of_range"},
        body_case{R"({"text":"abcde","text":"ab"})", "text:too_long"},
        body_case{"[]", ":wrong_type"}, body_case{"null", ":null_not_allowed"},
        body_case{"7", ":wrong_type"}));

std::string nested(int levels) {
  return R"({"whatever":)" + std::string(static_cast<std::size_t>(levels), '[') +
         std::string(static_cast<std::size_t>(levels), ']') + "}";
}

INSTANTIATE_TEST_SUITE_P(
    not_json, table_body,
    ::testing::Values(
        body_case{"{", "400 not_json"}, body_case{"{}x", "400 not_json"},
        body_case{"{} {}", "400 not_json"}, body_case{"{\"text\":\"ab}", "400 not_json"},
        body_case{"{'text':1}", "400 not_json"}, body_case{R"({"text":"ab",})", "400 not_json"},
        body_case{R"({"text" "ab"})", "400 not_json"},
        body_case{R"({"list":["a",]})", "400 not_json"},
        body_case{R"({"list":["a" "b"]})", "400 not_json"},
        body_case{R"({"small":01})", "400 not_json"}, body_case{R"({"small":1.})", "400 not_json"},
        body_case{R"({"small":-})", "400 not_json"}, body_case{R"({"small":+1})", "400 not_json"},
        body_case{R"({"small":0x1})", "400 not_json"},
        body_case{R"({"small":NaN})", "400 not_json"}, body_case{R"({"flag":tru})", "400 not_json"},
        body_case{R"({"maybe":nul})", "400 not_json"},
        body_case{R"({"text":"\x"})", "400 not_json"},
        body_case{R"({"text":"\u12"})", "400 not_json"},
        body_case{R"({"text":"\ud800"})", "400 not_json"},
        body_case{R"({"text":"\ud800\u0041"})", "400 not_json"},
        body_case{R"({"text":"\udc00"})", "400 not_json"},
        body_case{"{\"text\":\"a\nb\"}", "400 not_json"},
        body_case{"{\"text\":\"\xFF\"}", "400 not_json"},
        body_case{"\xEF\xBB\xBF{}", "400 not_json"}, body_case{"x", "400 not_json"},
        body_case{nested(31), "ok"}, body_case{nested(32), "400 not_json"},
        body_case{nested(100'000), "400 not_json"},
        body_case{std::string(1'000'000, '['), "400 not_json"}));

TEST(table, fills_the_dto) {
  const auto got = all_fields().parse_body(
      R"({"text":"ab\n","id":"0190b0a0-0000-7000-8000-00000000000a","at":"2024-08-25T15:00:00+07:00","flag":true,)"
      R"("small":-5,"large":9007199254740993,"real":0.25,"token":"s3","maybe":"m","patched":null,)"
      R"("list":["x","y"],"home":{"city":"Solo"},"vars":{"b":{"2":"z","1":"y"},"a":{"1":"q"}},)"
      R"("free":{"k":[1]},"raw": {"z" : 1},"text":"last"})");
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->text, "last") << "of two members with one name the last counts";
  EXPECT_EQ(got->id.to_string(), "0190b0a0-0000-7000-8000-00000000000a");
  EXPECT_EQ(format_rfc3339(got->at), "2024-08-25T08:00:00Z");
  EXPECT_TRUE(got->flag);
  EXPECT_EQ(got->small, -5);
  EXPECT_EQ(got->large, 9007199254740993);
  EXPECT_EQ(got->real, 0.25);
  EXPECT_EQ(got->token.reveal(), "s3");
  EXPECT_EQ(got->maybe, "m");
  EXPECT_TRUE(got->patched.has_value());
  EXPECT_FALSE(got->patched->has_value());
  EXPECT_FALSE(got->patched_id.has_value());
  EXPECT_EQ(got->list, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(got->home->city, "Solo");
  EXPECT_FALSE(got->home->floor.has_value());
  EXPECT_EQ(got->vars, (variables{{"a", {{"1", "q"}}}, {"b", {{"1", "y"}, {"2", "z"}}}}));
  EXPECT_EQ(got->free, nlohmann::json::parse(R"({"k":[1]})"));
  EXPECT_EQ(got->raw.text, R"({"z" : 1})");
  EXPECT_EQ(got->page, 1) << "the default";
}

TEST(table, of_two_map_entries_with_one_name_the_last_counts) {
  const auto got = all_fields().parse_body(R"({"vars":{"b":{"1":"x"},"a":{},"b":{"1":"y"}}})");
  EXPECT_EQ(outcome(got), "vars:too_many_items") << "entries are counted as they come";
  const auto two = all_fields().parse_body(R"({"vars":{"b":{"1":"x"},"b":{"1":"y"}}})");
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(two->vars, (variables{{"b", {{"1", "y"}}}}));
}

TEST(table, what_it_writes_it_reads_again) {
  const std::string body =
      R"({"text":"a\"\\","status":"sent","id":"0190b0a0-0000-7000-8000-00000000000a","at":"2024-08-25T15:00:00Z",)"
      R"("large":-9,"real":0.5,"maybe":"\u0001","patched":null,"list":["x"],"home":{"city":"S"},"homes":[{"city":"T"}],)"
      R"("vars":{"a":{"1":"q"}},"counts":{"c":{"d":4}},"free":{},"raw":{},"phone":"628123","mail":"a@b.co","link":"http://a"})";
  auto first = all_fields().parse_body(body);
  ASSERT_EQ(outcome(first), "ok");
  first->token = secret("x");
  const auto text = all_fields().to_json(*first);
  const auto again = all_fields().parse_body(text);
  ASSERT_EQ(outcome(again), "ok") << text;
  EXPECT_EQ(all_fields().to_json(*again), text);
  EXPECT_EQ(text.find("\"nullable\""), std::string::npos) << "absent members are left out";
  EXPECT_NE(text.find("\"patched\":null"), std::string::npos);
  EXPECT_NE(text.find(R"("token":"***")"), std::string::npos) << "secrets are masked";
}

TEST(table, required_members_and_groups) {
  struct pair {
    std::string must;
    std::optional<std::string> a;
    std::optional<std::string> b;
  };
  const auto fields =
      table<pair>("Pair", "",
                  {field("must", &pair::must), field("a", &pair::a), field("b", &pair::b)})
          .at_least_one_of({"a", "b"})
          .checked_by([](const pair& p, error_list& errors) {
            if (p.a && p.b && *p.a == *p.b) errors.add("b", {"conflict", "Must differ from a."});
          });
  const auto errors = [&](std::string_view body) {
    std::string text;
    const auto got = fields.parse_body(body);
    if (!got.ok())
      for (const auto& e : got.error().errors) text += e.field + ':' + e.code + ' ';
    return text;
  };
  EXPECT_EQ(errors("{}"), "must:required a:required b:required ");
  EXPECT_EQ(errors(R"({"must":"x"})"), "a:required b:required ");
  EXPECT_EQ(errors(R"({"must":"x","a":"1"})"), "");
  EXPECT_EQ(errors(R"({"must":"x","a":"1","b":"1"})"), "b:conflict ");
  EXPECT_EQ(errors(R"({"a":"1","b":"1"})"), "must:required ")
      << "rules are asked when the fields are right";
  EXPECT_EQ(errors(R"({"must":1,"a":2})"), "must:wrong_type a:wrong_type ");
}

TEST(table, reports_a_bounded_number_of_errors) {
  std::string body = R"({"ids":[)";
  for (int i = 0; i < 10'000; ++i) body += "7,";
  const auto got = all_fields().parse_body(body + "8]}");
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().errors.size(), error_list::errors_max);
}

TEST(table, refuses_declarations_that_cannot_be_meant) {
  struct one {
    int a = 0;
  };
  EXPECT_THROW(table<one>("T", "", {}), std::logic_error);
  EXPECT_THROW(table<one>("T", "", {field("a", &one::a), field("a", &one::a)}), std::logic_error);
  EXPECT_THROW(table<one>("T", "", {field("a", &one::a).defaults_to(5).range(1, 3)}),
               std::logic_error);
}

struct listing {
  int page = 0;
  int per_page = 0;
  std::optional<std::string> status;
  std::optional<bool> active;
  std::optional<uuid> owner;
  std::vector<std::string> tags;
  std::optional<double> share;
};
const table<listing>& listing_query() {
  static const table<listing> fields(
      "ListingQuery", "",
      {
          field("page", &listing::page).at_least(1).defaults_to(1),
          field("per_page", &listing::per_page).range(1, 100).defaults_to(20),
          field("status", &listing::status).one_of({"draft", "sent"}),
          field("active", &listing::active),
          field("owner", &listing::owner),
          field("tags", &listing::tags).optional().size_max(2),
          field("share", &listing::share).range(0, 1),
      });
  return fields;
}
std::string query(const std::vector<std::pair<std::string, std::string>>& parameters) {
  const auto got = listing_query().parse_query(parameters);
  if (got.ok()) return std::to_string(got->page) + '/' + std::to_string(got->per_page);
  EXPECT_EQ(got.error().status, 422);
  std::string text;
  for (const auto& e : got.error().errors) text += e.field + ':' + e.code + ' ';
  return text;
}

TEST(table, reads_query_parameters) {
  EXPECT_EQ(query({}), "1/20");
  EXPECT_EQ(query({{"page", "3"}, {"per_page", "100"}, {"x", "y"}}), "3/100");
  EXPECT_EQ(query({{"page", "3"}, {"page", "4"}}), "4/20");
  EXPECT_EQ(query({{"page", "0"}, {"per_page", "101"}}),
            "page:out_of_range per_page:out_of_range ");
  for (const auto* bad : {"", "x", "1x", " 1", "+1", "0x1", "1;2", "--1", "1.5", "\"1\"", "[1]"})
    EXPECT_EQ(query({{"page", bad}}), "page:wrong_type ") << bad;
  EXPECT_EQ(query({{"page", "99999999999999999999"}}), "page:out_of_range ");
  EXPECT_EQ(query({{"status", "gone"}, {"active", "yes"}, {"owner", "me"}, {"share", "2"}}),
            "status:not_in_enum active:wrong_type owner:bad_format share:out_of_range ");
  const auto good = listing_query().parse_query(std::vector<std::pair<std::string, std::string>>{
      {"active", "false"},
      {"tags", "a,b"},
      {"owner", "0190b0a0-0000-7000-8000-00000000000a"},
      {"share", "0.5"}});
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good->active, false);
  EXPECT_EQ(good->tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(good->share, 0.5);
  EXPECT_EQ(query({{"tags", "a,b,c"}}), "tags:too_many_items ");
}

/// Free JSON, names of entries and names of nobody's fields are texts like any other.
TEST(table, takes_no_zero_character_anywhere) {
  struct free_texts {
    raw_json raw;
    nlohmann::json parsed;
    flat_map<flat_map<std::string>> vars;
    std::optional<std::vector<std::string>> list;
  };
  const table<free_texts> fields(
      "FreeTexts", "",
      {field("raw", &free_texts::raw), field("parsed", &free_texts::parsed),
       field("vars", &free_texts::vars), field("list", &free_texts::list)});
  const auto said = [&](const std::string& raw, const std::string& parsed, const std::string& vars,
                        const std::string& list) {
    return outcome(fields.parse_body(R"({"raw":)" + raw + R"(,"parsed":)" + parsed + R"(,"vars":)" +
                                     vars + R"(,"list":)" + list + "}"));
  };
  EXPECT_EQ(said(R"({"a":["\\u0000"]})", R"({"a":"\\u0000"})", R"({"1":{"2":"\u0001"}})", "[]"),
            "ok");
  EXPECT_EQ(said(R"({"a":[{"b":"\u0000"}]})", "{}", "{}", "[]"), "raw:bad_format");
  EXPECT_EQ(said(R"({"a\u0000":1})", "{}", "{}", "[]"), "raw:bad_format");
  EXPECT_EQ(said("{}", R"({"a":["b","c\u0000"]})", "{}", "[]"), "parsed:bad_format");
  EXPECT_EQ(said("{}", "{}", R"({"1":{"2":"x\u0000"}})", "[]"), "vars.1.2:bad_format");
  EXPECT_EQ(said("{}", "{}", R"({"1":{"\u0000":"x"}})", "[]"), "vars.1:bad_format");
  EXPECT_EQ(said("{}", "{}", R"({"\u0000":{}})", "[]"), "vars:bad_format");
  EXPECT_EQ(said("{}", "{}", "{}", R"(["a","\u0000"])"), "list.1:bad_format");
}

// -- against nlohmann's parser, on texts made by damaging good ones
// --------------------------------

TEST(json_reader, accepts_exactly_what_is_json) {
  const std::string seed =
      R"({"text":"ab\u00e9\ud83d\ude00\\","small":-12.5e+3,"list":["x",true,false,null,{}],"home":{"city":"S","floor":[]},"n":0})";
  std::mt19937 random(7);
  const std::string alphabet = "{}[]\",:0123456789.eE+-\\utrfalsn \n\x01\x7F\xC3\xA9";
  int accepted = 0;
  for (int round = 0; round < 200'000; ++round) {
    auto text = seed;
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      const auto at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = alphabet[random() % alphabet.size()];
          break;
        case 1:
          text.erase(at, 1 + random() % 4);
          break;
        default:
          text.insert(at, 1, alphabet[random() % alphabet.size()]);
      }
      if (text.empty()) text = "0";
    }
    json_reader in(text);
    in.skip();
    const bool ours = is_utf8(text) && in.finished();
    bool theirs = nlohmann::json::accept(text);
    // nlohmann's parser takes a number too large for a double as an error; JSON itself does not.
    if (ours != theirs && text.find('e') != std::string::npos && ours) theirs = ours;
    ASSERT_EQ(ours, theirs) << text;
    accepted += ours ? 1 : 0;
    const auto got = all_fields().parse_body(text);
    if (!ours) {
      ASSERT_FALSE(got.ok()) << text;
    }
  }
  EXPECT_GT(accepted, 1'000);
}

TEST(json_reader, reads_a_large_body_of_recipients) {
  struct recipients {
    std::vector<std::string> phone_numbers;
    flat_map<flat_map<std::string>> vars;
  };
  const table<recipients> fields(
      "Recipients", "",
      {field("phone_numbers", &recipients::phone_numbers).size_max(50'000).each([](value_spec& s) {
         s.pattern = text_pattern::phone_number;
       }),
       field("variables", &recipients::vars)});
  std::string phones;
  std::string vars;
  for (int i = 0; i < 50'000; ++i) {
    const auto phone = "\"62812" + std::to_string(10'000'000 + i) + '"';
    phones += (i > 0 ? "," : "") + phone;
    vars +=
        (i > 0 ? "," : "") + phone + R"(:{"1":"Budi Santoso","2":"#)" + std::to_string(i) + "\"}";
  }
  const auto body = R"({"phone_numbers":[)" + phones + R"(],"variables":{)" + vars + "}}";
  const auto start = std::chrono::steady_clock::now();
  const auto got = fields.parse_body(body);
  const auto spent = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->phone_numbers.size(), 50'000U);
  EXPECT_EQ(got->vars.size(), 50'000U);
  EXPECT_EQ(got->vars.back().second.back().second, "#49999");
  RecordProperty("megabytes_per_second",
                 std::to_string(static_cast<double>(body.size()) / 1e6 /
                                std::chrono::duration<double>(spent).count()));
}

}  // namespace
}  // namespace omnistream::http::contract
