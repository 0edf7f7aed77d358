#include "bench/graph_simulator/message_validation.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "tests/simulator/messages.hpp"

namespace graph_simulator {
namespace {

using nlohmann::json;
using testing::order_update;
using testing::promo_image;
using testing::text_message;

constexpr const char* sender = "15551234567";

/// The default templates and some more kinds, all in WABA 1.
class validation : public ::testing::Test {
 protected:
  validation() {
    create(
        R"({"name": "named", "language": "en_US", "category": "UTILITY", "parameter_format": "NAMED",
      "components": [{"type": "BODY", "text": "Dear {{first_name}}, order {{order}} is here."}]})");
    create(R"({"name": "headline", "language": "en_US", "category": "UTILITY", "components": [
      {"type": "HEADER", "format": "TEXT", "text": "News for {{1}}"}, {"type": "BODY", "text": "Plain."}]})");
    create(R"({"name": "paper", "language": "en_US", "category": "UTILITY", "components": [
      {"type": "HEADER", "format": "DOCUMENT"}, {"type": "BODY", "text": "Plain."}]})");
    create(R"({"name": "clip", "language": "en_US", "category": "UTILITY", "components": [
      {"type": "HEADER", "format": "VIDEO"}, {"type": "BODY", "text": "Plain."}]})");
    create(R"({"name": "place", "language": "en_US", "category": "UTILITY", "components": [
      {"type": "HEADER", "format": "LOCATION"}, {"type": "BODY", "text": "Plain."}]})");
    create(R"({"name": "buttons", "language": "en_US", "category": "MARKETING", "components": [
      {"type": "BODY", "text": "Plain."}, {"type": "BUTTONS", "buttons": [
        {"type": "QUICK_REPLY", "text": "Yes"}, {"type": "URL", "text": "Go", "url": "https://example.com"},
        {"type": "COPY_CODE", "text": "Copy"}, {"type": "PHONE_NUMBER", "text": "Call"}]}]})");
    create(R"({"name": "paused", "language": "en_US", "category": "UTILITY",
      "components": [{"type": "BODY", "text": "Plain."}]})");
    create(R"({"name": "disabled", "language": "en_US", "category": "UTILITY",
      "components": [{"type": "BODY", "text": "Plain."}]})");
    templates_.review(instant{0});
    create(R"({"name": "unreviewed", "language": "en_US", "category": "UTILITY",
      "components": [{"type": "BODY", "text": "Plain."}]})");
    templates_.set_status("1", "paused", "en_US", template_status::paused);
    templates_.set_status("1", "disabled", "en_US", template_status::disabled);
  }

  /// The error code of a body; 0 if it is accepted.
  int code(const std::string& body) {
    message_ = {};
    const auto wrong = validate_message(body, templates_, "1", sender, message_);
    return wrong ? wrong->code : 0;
  }
  int code(const json& body) { return code(body.dump()); }

  static json with_template(const char* name, const char* components = nullptr) {
    auto body = order_update();
    body["template"] = {{"name", name}, {"language", {{"code", "en_US"}}}};
    if (components) body["template"]["components"] = json::parse(components);
    return body;
  }

  template_store templates_{instant{0}};
  valid_message message_;

 private:
  void create(const char* definition) {
    message_template made;
    const stored_template* stored = nullptr;
    const auto malformed = parse_template_definition(json::parse(definition), made);
    ASSERT_FALSE(malformed) << malformed->details;
    ASSERT_FALSE(templates_.create("1", std::move(made), instant{0}, &stored));
  }
};

TEST_F(validation, accepts_what_meta_accepts) {
  EXPECT_EQ(code(order_update()), 0);
  EXPECT_EQ(message_.wa_id, "6281234567890");
  EXPECT_TRUE(message_.is_template);
  EXPECT_EQ(code(promo_image()), 0);
  EXPECT_EQ(message_.category, template_category::marketing);
  EXPECT_EQ(code(with_template("hello_world")), 0);
  EXPECT_EQ(code(order_update("+62 812-3456.7890")), 0);
  EXPECT_EQ(message_.wa_id, "6281234567890");
  EXPECT_EQ(message_.input, "+62 812-3456.7890");
  auto body = order_update("6281234567890", "id-1");
  body.erase("recipient_type");
  body["template"]["language"]["policy"] = "deterministic";
  EXPECT_EQ(code(body), 0);
  EXPECT_EQ(message_.callback, "id-1");
}

TEST_F(validation, accepts_every_kind_of_component) {
  EXPECT_EQ(code(with_template("named", R"([{"type": "body", "parameters": [
    {"type": "text", "parameter_name": "order", "text": "1"},
    {"type": "text", "parameter_name": "first_name", "text": "A"}]}])")),
            0);
  EXPECT_EQ(
      code(with_template("headline",
                         R"([{"type": "header", "parameters": [{"type": "text", "text": "A"}]}])")),
      0);
  EXPECT_EQ(code(with_template("paper", R"([{"type": "header", "parameters": [
    {"type": "document", "document": {"id": "5", "filename": "a.pdf"}}]}])")),
            0);
  EXPECT_EQ(code(with_template("clip", R"([{"type": "header", "parameters": [
    {"type": "video", "video": {"id": "5"}}]}])")),
            0);
  EXPECT_EQ(code(with_template("place", R"([{"type": "header", "parameters": [
    {"type": "location", "location": {"latitude": "1", "longitude": "2"}}]}])")),
            0);
  EXPECT_EQ(code(with_template("buttons", R"([
    {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [{"type": "payload", "payload": "yes"}]},
    {"type": "button", "sub_type": "COPY_CODE", "index": 2, "parameters": [
      {"type": "coupon_code", "coupon_code": "SAVE"}]}])")),
            0);
  auto body = order_update();
  body["template"]["components"][0]["parameters"] = json::parse(R"([
    {"type": "currency", "currency": {"fallback_value": "$1", "code": "USD", "amount_1000": 1000}},
    {"type": "date_time", "date_time": {"fallback_value": "Monday"}}])");
  EXPECT_EQ(code(body), 0);
}

struct wrong_body {
  const char* name;
  int code;
  std::function<void(json&)> spoil;
};
void PrintTo(const wrong_body& one, std::ostream* to) {
  *to << one.name;
}

class wrong_order_update : public validation, public ::testing::WithParamInterface<wrong_body> {};

TEST_P(wrong_order_update, gets_metas_code) {
  auto body = order_update();
  GetParam().spoil(body);
  EXPECT_EQ(code(body), GetParam().code) << body.dump();
}

json& parameters(json& body) {
  return body["template"]["components"][0]["parameters"];
}

const wrong_body wrong_order_updates[] = {
    {"no_product", 100, [](json& b) { b.erase("messaging_product"); }},
    {"other_product", 100, [](json& b) { b["messaging_product"] = "sms"; }},
    {"product_number", 100, [](json& b) { b["messaging_product"] = 1; }},
    {"no_to", 100, [](json& b) { b.erase("to"); }},
    {"to_number", 100, [](json& b) { b["to"] = 6281234567890; }},
    {"to_words", 131009, [](json& b) { b["to"] = "my friend"; }},
    {"to_empty", 131009, [](json& b) { b["to"] = ""; }},
    {"to_short", 131009, [](json& b) { b["to"] = "628123"; }},
    {"to_long", 131009, [](json& b) { b["to"] = "6281234567890123"; }},
    {"to_national", 131009, [](json& b) { b["to"] = "081234567890"; }},
    {"to_plus_inside", 131009, [](json& b) { b["to"] = "62+81234567890"; }},
    {"to_self", 131021, [](json& b) { b["to"] = sender; }},
    {"to_and_recipient", 100, [](json& b) { b["recipient"] = "ID.abc123"; }},
    {"recipient_malformed", 131009, [](json& b) { b.erase("to"), b["recipient"] = "abc123"; }},
    {"group", 100, [](json& b) { b["recipient_type"] = "group"; }},
    {"no_type", 100, [](json& b) { b.erase("type"); }},
    {"unknown_type", 100, [](json& b) { b["type"] = "fax"; }},
    {"type_null", 100, [](json& b) { b["type"] = nullptr; }},
    {"no_template", 100, [](json& b) { b.erase("template"); }},
    {"unknown_field", 100, [](json& b) { b["priority"] = 1; }},
    {"two_contents", 100,
     [](json& b) {
       b["text"] = {{"body", "x"}};
     }},
    {"callback_number", 100, [](json& b) { b["biz_opaque_callback_data"] = 5; }},
    {"callback_513", 100, [](json& b) { b["biz_opaque_callback_data"] = std::string(513, 'x'); }},
    {"context_without_id", 131008, [](json& b) { b["context"] = json::object(); }},
    {"template_text", 100, [](json& b) { b["template"] = "order_update"; }},
    {"template_unknown_field", 100, [](json& b) { b["template"]["namespace"] = "x"; }},
    {"no_name", 131008, [](json& b) { b["template"].erase("name"); }},
    {"no_language", 131008, [](json& b) { b["template"].erase("language"); }},
    {"no_language_code", 131008, [](json& b) { b["template"]["language"] = json::object(); }},
    {"fallback_policy", 100, [](json& b) { b["template"]["language"]["policy"] = "fallback"; }},
    {"missing_template", 132001, [](json& b) { b["template"]["name"] = "nowhere"; }},
    {"other_language", 132001, [](json& b) { b["template"]["language"]["code"] = "en_US"; }},
    {"components_object", 100, [](json& b) { b["template"]["components"] = json::object(); }},
    {"component_text", 100, [](json& b) { b["template"]["components"][0] = "body"; }},
    {"component_without_type", 131008,
     [](json& b) { b["template"]["components"][0].erase("type"); }},
    {"component_upper_case", 100, [](json& b) { b["template"]["components"][0]["type"] = "BODY"; }},
    {"component_unknown_field", 100, [](json& b) { b["template"]["components"][0]["text"] = "x"; }},
    {"body_with_index", 100, [](json& b) { b["template"]["components"][0]["index"] = "0"; }},
    {"two_bodies", 132012,
     [](json& b) { b["template"]["components"].push_back(b["template"]["components"][0]); }},
    {"no_components", 132000, [](json& b) { b["template"].erase("components"); }},
    {"no_parameters", 132000, [](json& b) { b["template"]["components"][0].erase("parameters"); }},
    {"too_few_parameters", 132000, [](json& b) { parameters(b).erase(1); }},
    {"too_many_parameters", 132000, [](json& b) { parameters(b).push_back(parameters(b)[0]); }},
    {"parameter_text", 100, [](json& b) { parameters(b)[0] = "Budi"; }},
    {"parameter_without_type", 131008, [](json& b) { parameters(b)[0].erase("type"); }},
    {"parameter_without_text", 131008, [](json& b) { parameters(b)[0].erase("text"); }},
    {"parameter_empty", 131008, [](json& b) { parameters(b)[0]["text"] = ""; }},
    {"parameter_number", 100, [](json& b) { parameters(b)[0]["text"] = 5; }},
    {"parameter_unknown_field", 100, [](json& b) { parameters(b)[0]["bold"] = true; }},
    {"parameter_image", 132012,
     [](json& b) {
       parameters(b)[0] = {{"type", "image"}, {"image", {{"id", "1"}}}};
     }},
    {"parameter_named", 132012, [](json& b) { parameters(b)[0]["parameter_name"] = "first"; }},
    {"parameter_newline", 132018, [](json& b) { parameters(b)[0]["text"] = "a\nb"; }},
    {"parameter_tab", 132018, [](json& b) { parameters(b)[0]["text"] = "a\tb"; }},
    {"parameter_5_spaces", 132018, [](json& b) { parameters(b)[0]["text"] = "a     b"; }},
    {"parameter_1025", 132005, [](json& b) { parameters(b)[0]["text"] = std::string(1025, 'x'); }},
    {"translated_text_long", 132005,
     [](json& b) { parameters(b)[0]["text"] = std::string(1010, 'x'); }},
    {"currency_without_code", 131008,
     [](json& b) {
       parameters(b)[0] = {{"type", "currency"}, {"currency", {{"fallback_value", "1"}}}};
     }},
    {"header_too_many", 132012,
     [](json& b) {
       b["template"]["components"].push_back(json::parse(
           R"({"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]})"));
     }},
    {"button_too_many", 132012,
     [](json& b) {
       b["template"]["components"].push_back(json::parse(
           R"({"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "x"}]})"));
     }},
};
INSTANTIATE_TEST_SUITE_P(table, wrong_order_update, ::testing::ValuesIn(wrong_order_updates),
                         [](const auto& one) { return std::string(one.param.name); });

class wrong_promo_image : public validation, public ::testing::WithParamInterface<wrong_body> {};

TEST_P(wrong_promo_image, gets_metas_code) {
  auto body = promo_image();
  GetParam().spoil(body["template"]["components"]);
  EXPECT_EQ(code(body), GetParam().code) << body.dump();
}

json& header(json& components) {
  return components[0]["parameters"][0];
}
json& button(json& components) {
  return components[2];
}

const wrong_body wrong_promo_images[] = {
    {"no_header", 132012, [](json& c) { c.erase(0); }},
    {"header_video", 132012,
     [](json& c) {
       header(c) = {{"type", "video"}, {"video", {{"id", "1"}}}};
     }},
    {"header_text", 132012,
     [](json& c) {
       header(c) = {{"type", "text"}, {"text", "x"}};
     }},
    {"header_twice", 132000, [](json& c) { c[0]["parameters"].push_back(header(c)); }},
    {"header_without_image", 131008, [](json& c) { header(c).erase("image"); }},
    {"image_empty", 131008, [](json& c) { header(c)["image"] = json::object(); }},
    {"image_id_and_link", 131008, [](json& c) { header(c)["image"]["id"] = "1"; }},
    {"image_caption", 100, [](json& c) { header(c)["image"]["caption"] = "x"; }},
    {"image_link_ftp", 131009, [](json& c) { header(c)["image"]["link"] = "ftp://example.com/a"; }},
    {"image_link_words", 131009, [](json& c) { header(c)["image"]["link"] = "a picture"; }},
    {"image_number", 100, [](json& c) { header(c)["image"] = 7; }},
    {"no_button", 131008, [](json& c) { c.erase(2); }},
    {"button_without_sub_type", 131008, [](json& c) { button(c).erase("sub_type"); }},
    {"button_without_index", 131008, [](json& c) { button(c).erase("index"); }},
    {"button_index_word", 131009, [](json& c) { button(c)["index"] = "first"; }},
    {"button_index_10", 131009, [](json& c) { button(c)["index"] = "10"; }},
    {"button_index_negative", 131009, [](json& c) { button(c)["index"] = -1; }},
    {"button_index_1", 132012, [](json& c) { button(c)["index"] = "1"; }},
    {"button_twice", 132012, [](json& c) { c.push_back(button(c)); }},
    {"button_quick_reply", 132012, [](json& c) { button(c)["sub_type"] = "quick_reply"; }},
    {"button_payload", 132012,
     [](json& c) {
       button(c)["parameters"][0] = {{"type", "payload"}, {"payload", "x"}};
     }},
    {"button_no_parameters", 132000, [](json& c) { button(c)["parameters"] = json::array(); }},
    {"button_two_parameters", 132000,
     [](json& c) { button(c)["parameters"].push_back(button(c)["parameters"][0]); }},
    {"button_empty_suffix", 131008, [](json& c) { button(c)["parameters"][0]["text"] = ""; }},
    {"button_newline", 132018, [](json& c) { button(c)["parameters"][0]["text"] = "a\nb"; }},
};
INSTANTIATE_TEST_SUITE_P(table, wrong_promo_image, ::testing::ValuesIn(wrong_promo_images),
                         [](const auto& one) { return std::string(one.param.name); });

TEST_F(validation, other_components_get_metas_code) {
  EXPECT_EQ(code(with_template("named", R"([{"type": "body", "parameters": [
    {"type": "text", "text": "1"}, {"type": "text", "text": "A"}]}])")),
            132012);
  EXPECT_EQ(code(with_template("named", R"([{"type": "body", "parameters": [
    {"type": "text", "parameter_name": "order", "text": "1"},
    {"type": "text", "parameter_name": "order", "text": "A"}]}])")),
            132012);
  EXPECT_EQ(code(with_template("named", R"([{"type": "body", "parameters": [
    {"type": "text", "parameter_name": "order", "text": "1"},
    {"type": "text", "parameter_name": "surname", "text": "A"}]}])")),
            132012);
  EXPECT_EQ(code(with_template("headline")), 132000);
  EXPECT_EQ(code(with_template("headline",
                               (R"([{"type": "header", "parameters": [{"type": "text", "text": ")" +
                                std::string(61, 'x') + R"("}]}])")
                                   .c_str())),
            132005);
  EXPECT_EQ(code(with_template("place", R"([{"type": "header", "parameters": [
    {"type": "location", "location": {"latitude": "1"}}]}])")),
            131008);
  EXPECT_EQ(code(with_template("buttons")), 131008) << "the copy code button needs its code";
  EXPECT_EQ(code(with_template("buttons", R"([{"type": "button", "sub_type": "url", "index": "1",
    "parameters": [{"type": "text", "text": "x"}]}])")),
            132012)
      << "a URL without a placeholder takes none";
  EXPECT_EQ(
      code(with_template("buttons", R"([{"type": "button", "sub_type": "quick_reply", "index": "0",
    "parameters": [{"type": "text", "text": "x"}]}])")),
      132012);
  EXPECT_EQ(code(with_template("hello_world", R"([{"type": "body", "parameters": [
    {"type": "text", "text": "x"}]}])")),
            132000);
}

TEST_F(validation, the_status_of_the_template_decides) {
  EXPECT_EQ(code(with_template("not_allowed")), 132001);
  EXPECT_EQ(code(with_template("unreviewed")), 132001);
  EXPECT_EQ(code(with_template("paused")), 132015);
  EXPECT_EQ(code(with_template("disabled")), 132016);
}

TEST_F(validation, bodies_that_are_no_message) {
  EXPECT_EQ(code(std::string{}), 100);
  EXPECT_EQ(code(std::string{"{"}), 100);
  EXPECT_EQ(code(std::string{"[]"}), 100);
  EXPECT_EQ(code(std::string{"null"}), 100);
  EXPECT_EQ(code(std::string(100'000, '[')), 100);
  EXPECT_EQ(code(std::string(2 << 20, ' ')), 100);
  EXPECT_EQ(code(std::string{"{\"messaging_product\":\"whatsapp\",\"to\":\"\xff\xfe\"}"}), 100);
}

TEST_F(validation, other_kinds_of_messages) {
  EXPECT_EQ(code(text_message()), 0);
  EXPECT_FALSE(message_.is_template);
  auto body = text_message();
  body["text"]["body"] = std::string(4097, 'x');
  EXPECT_EQ(code(body), 100);
  body["text"] = {{"body", ""}};
  EXPECT_EQ(code(body), 131008);
  body["text"] = {{"body", "x"}, {"preview_url", "yes"}};
  EXPECT_EQ(code(body), 100);
  const auto content = [&](const char* type, const char* what) {
    json made{{"messaging_product", "whatsapp"}, {"to", "6281234567890"}, {"type", type}};
    made[type] = json::parse(what);
    return code(made);
  };
  EXPECT_EQ(content("image", R"({"id": "1", "caption": "x"})"), 0);
  EXPECT_EQ(content("audio", R"({"id": "1", "caption": "x"})"), 100);
  EXPECT_EQ(content("document", R"({"link": "https://example.com/a.pdf", "filename": "a.pdf"})"),
            0);
  EXPECT_EQ(content("location", R"({"latitude": 1.5, "longitude": 2})"), 0);
  EXPECT_EQ(content("location", R"({"latitude": 1.5})"), 131008);
  EXPECT_EQ(content("reaction", R"({"message_id": "wamid.x", "emoji": ""})"), 0);
  EXPECT_EQ(content("contacts", R"([{"name": {"formatted_name": "A"}}])"), 0);
  EXPECT_EQ(content("contacts", "[]"), 100);
  EXPECT_EQ(content("interactive", R"({"type": "button", "body": {"text": "x"}, "action": {}})"),
            0);
  EXPECT_EQ(content("interactive", R"({"type": "wheel", "body": {"text": "x"}, "action": {}})"),
            131009);
}

TEST_F(validation, user_ids_and_read_receipts) {
  auto body = order_update();
  body.erase("to");
  body["recipient"] = "ID.1234567890AbC";
  EXPECT_EQ(code(body), 0);
  EXPECT_EQ(message_.wa_id, "");
  EXPECT_EQ(message_.input, "ID.1234567890AbC");
  EXPECT_EQ(
      code(json{{"messaging_product", "whatsapp"}, {"status", "read"}, {"message_id", "wamid.x"}}),
      0);
  EXPECT_EQ(message_.what, valid_message::kind::read_receipt);
  EXPECT_EQ(code(json{{"messaging_product", "whatsapp"}, {"status", "read"}}), 100);
}

}  // namespace
}  // namespace graph_simulator
