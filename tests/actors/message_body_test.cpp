#include "actors/campaign/message_body.hpp"

#include <random>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace omnistream::actors {
namespace {

using json = nlohmann::json;

constexpr std::string_view id = "0190c5a0-1111-8222-8333-000000000001";

template_plan compiled(const json& components, std::string header_media_url = "") {
  auto plan = template_plan::compile(
      {"order_update", "id", components.dump(), std::move(header_media_url)});
  EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : plan.error().detail);
  return std::move(plan).value();
}

std::string refusal(const std::string& components) {
  const auto plan = template_plan::compile({"special", "en", components, ""});
  if (plan.ok()) return "";
  EXPECT_EQ(plan.error().status, 422);
  EXPECT_EQ(plan.error().code, "template_unsupported");
  return plan.error().detail;
}

rendered_message rendered(const template_plan& plan, const json& variables) {
  return plan.render({id, "+628123456789", variables.dump()});
}

/// The body as JSON, after a check of what the published schema asks of a template message.
json valid(const rendered_message& message) {
  EXPECT_EQ(message.error, "");
  const auto body = json::parse(message.body, nullptr, false);
  EXPECT_FALSE(body.is_discarded()) << message.body;
  if (body.is_discarded()) return {};
  EXPECT_EQ(body["messaging_product"], "whatsapp");
  EXPECT_EQ(body["recipient_type"], "individual");
  EXPECT_EQ(body["type"], "template");
  EXPECT_EQ(body["biz_opaque_callback_data"], id);
  EXPECT_TRUE(body["template"]["name"].is_string());
  EXPECT_EQ(body["template"]["language"]["policy"], "deterministic");
  EXPECT_TRUE(body["template"]["language"]["code"].is_string());
  for (const auto& component : body["template"].value("components", json::array())) {
    EXPECT_TRUE((std::set<std::string>{"header", "body", "button"}.contains(component["type"])));
    EXPECT_FALSE(component["parameters"].empty());
    if (component["type"] == "button") {
      EXPECT_TRUE(component["sub_type"].is_string());
      EXPECT_TRUE(component["index"].is_string());
    }
    for (const auto& parameter : component["parameters"])
      EXPECT_TRUE(parameter["type"].is_string());
  }
  return body;
}

json parameters(const rendered_message& message, std::size_t component = 0) {
  return valid(message)["template"]["components"][component]["parameters"];
}

const json order_update = {
    {{"type", "BODY"}, {"text", "Hi {{1}}, your order {{2}} is on its way."}},
    {{"type", "FOOTER"}, {"text", "Our shop"}}};
json promo() {
  return json::parse(R"([{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Hi {{1}}!"},
    {"type":"BUTTONS","buttons":[{"type":"URL","text":"Shop","url":"https://shop.example/{{1}}"}]}])");
}

json buttons(const std::string& list) {
  return json::parse(R"([{"type":"BODY","text":"Hello"},{"type":"BUTTONS","buttons":)" + list +
                     "}]");
}

TEST(message_body, hello_world_has_no_components) {
  const auto plan = template_plan::compile(
      {"hello_world", "en_US", R"([{"type":"BODY","text":"Welcome and congratulations!!"}])", ""});
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->required_keys().empty());
  EXPECT_EQ(
      plan->render({id, "16505551234", ""}).body,
      R"({"messaging_product":"whatsapp","recipient_type":"individual","to":"16505551234",)"
      R"("biz_opaque_callback_data":"0190c5a0-1111-8222-8333-000000000001","type":"template",)"
      R"("template":{"name":"hello_world","language":{"policy":"deterministic","code":"en_US"}}})");
}

TEST(message_body, order_update_fills_its_body) {
  const auto plan = compiled(order_update);
  EXPECT_EQ(plan.required_keys(), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(
      rendered(plan, {{"1", "Ana"}, {"2", "A-17"}}).body,
      R"({"messaging_product":"whatsapp","recipient_type":"individual","to":"628123456789",)"
      R"("biz_opaque_callback_data":"0190c5a0-1111-8222-8333-000000000001","type":"template",)"
      R"("template":{"name":"order_update","language":{"policy":"deterministic","code":"id"},)"
      R"("components":[{"type":"body","parameters":[{"type":"text","text":"Ana"},)"
      R"({"type":"text","text":"A-17"}]}]}})");
}

TEST(message_body, promo_image_fills_header_body_and_button) {
  const auto plan = compiled(promo());
  EXPECT_EQ(plan.required_keys(), (std::vector<std::string>{"1", "button_0"}));
  const json variables = {
      {"header_media_url", "https://cdn.example/a.jpg"}, {"1", "Ana"}, {"button_0", "summer?x=1"}};
  const auto body = valid(rendered(plan, variables));
  EXPECT_EQ(body["template"]["components"], json::parse(R"([
    {"type":"header","parameters":[{"type":"image","image":{"link":"https://cdn.example/a.jpg"}}]},
    {"type":"body","parameters":[{"type":"text","text":"Ana"}]},
    {"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"summer?x=1"}]}])"));
}

TEST(message_body, header_media_falls_back_to_the_templates_link) {
  const auto plan = compiled(promo(), "https://cdn.example/default.jpg");
  EXPECT_EQ(plan.required_keys(), (std::vector<std::string>{"1", "button_0"}));
  json variables = {{"1", "Ana"}, {"button_0", "x"}};
  EXPECT_EQ(parameters(rendered(plan, variables))[0]["image"]["link"],
            "https://cdn.example/default.jpg");
  variables["header_media_url"] = "https://cdn.example/own.jpg";
  EXPECT_EQ(parameters(rendered(plan, variables))[0]["image"]["link"],
            "https://cdn.example/own.jpg");
}

TEST(message_body, video_headers) {
  const auto plan = compiled(json::parse(R"([{"type":"header","format":"video"}])"));
  EXPECT_EQ(parameters(rendered(plan, {{"header_media_url", "https://a.example/v.mp4"}})),
            json::parse(R"([{"type":"video","video":{"link":"https://a.example/v.mp4"}}])"));
}

TEST(message_body, documents_carry_the_links_last_part_as_their_name) {
  const auto plan = compiled(json::parse(R"([{"type":"HEADER","format":"DOCUMENT"}])"));
  const auto link = [&](const char* url) {
    return parameters(rendered(plan, {{"header_media_url", url}}))[0]["document"];
  };
  EXPECT_EQ(link("https://a.example/x/bill.pdf?k=/1"),
            json::parse(R"({"link":"https://a.example/x/bill.pdf?k=/1","filename":"bill.pdf"})"));
  EXPECT_FALSE(link("https://a.example/x/").contains("filename"));
  EXPECT_FALSE(link("https://a.example").contains("filename"));
}

TEST(message_body, media_by_metas_id) {
  const json id_only = {{"header_media_id", "1013859600285441"}};
  for (const auto* kind : {"image", "video", "document"}) {
    const auto plan = compiled({{{"type", "HEADER"}, {"format", kind}}});
    EXPECT_EQ(parameters(rendered(plan, id_only)),
              (json{{{"type", kind}, {kind, {{"id", "1013859600285441"}}}}}));
    const auto fallback =
        compiled({{{"type", "HEADER"}, {"format", kind}}}, "https://cdn.example/default");
    auto both = id_only;
    both["header_media_url"] = "https://cdn.example/own";
    for (const auto& variables : {id_only, both})
      EXPECT_EQ(parameters(rendered(fallback, variables))[0][kind],
                (json{{"id", "1013859600285441"}}))
          << "the id goes before any link";
  }
  const auto plan = compiled(json::parse(R"([{"type":"HEADER","format":"IMAGE"}])"));
  EXPECT_EQ(parameters(rendered(plan, {{"header_media_id", 1013859600285441}}))[0]["image"]["id"],
            "1013859600285441");
  for (const auto* wrong : {"", "https://a.example/b", "a b"})
    EXPECT_EQ(rendered(plan, {{"header_media_id", wrong}}).error,
              "The variable \"header_media_id\" (the image in the header) must be an id as Meta's "
              "media upload gives it.");
  EXPECT_NE(rendered(plan, {{"header_media_id", std::string(129, '1')}}).error, "");
}

TEST(message_body, documents_may_be_named) {
  const auto plan = compiled(json::parse(R"([{"type":"HEADER","format":"DOCUMENT"}])"));
  json variables = {{"header_media_id", "7"}, {"header_filename", "Invoice \"7\".pdf"}};
  EXPECT_EQ(parameters(rendered(plan, variables))[0]["document"],
            (json{{"id", "7"}, {"filename", "Invoice \"7\".pdf"}}));
  variables = {{"header_media_url", "https://a.example/x?y"}, {"header_filename", "Bill.pdf"}};
  EXPECT_EQ(parameters(rendered(plan, variables))[0]["document"],
            (json{{"link", "https://a.example/x?y"}, {"filename", "Bill.pdf"}}));
  for (const auto& wrong : {std::string(241, 'x'), std::string("a\nb"), std::string()}) {
    variables["header_filename"] = wrong;
    EXPECT_NE(plan.check(variables.dump()), std::nullopt) << wrong;
  }
}

TEST(message_body, text_header_and_named_placeholders) {
  const auto plan = compiled(json::parse(R"([
    {"type":"HEADER","format":"TEXT","text":"For {{customer}}"},
    {"type":"BODY","text":"{{ order }} of {{customer}}, again {{order}}"}])"));
  EXPECT_EQ(plan.required_keys(),
            (std::vector<std::string>{"header_customer", "order", "customer"}));
  const auto message =
      rendered(plan, {{"header_customer", "Ms A"}, {"customer", "Ana"}, {"order", "7"}});
  EXPECT_EQ(parameters(message, 0),
            json::parse(R"([{"type":"text","parameter_name":"customer","text":"Ms A"}])"));
  EXPECT_EQ(parameters(message, 1),
            json::parse(R"([{"type":"text","parameter_name":"order","text":"7"},
    {"type":"text","parameter_name":"customer","text":"Ana"}])"));
}

TEST(message_body, numbered_placeholders_are_sent_in_their_order_and_once) {
  const auto plan = compiled(json::parse(
      R"([{"type":"HEADER","format":"TEXT","text":"{{1}}"},{"type":"BODY","text":"{{10}} {{2}} {{1}} {{2}} {{"}])"));
  EXPECT_EQ(plan.required_keys(), (std::vector<std::string>{"header_1", "1", "2", "10"}));
  const auto message = rendered(plan, {{"header_1", "h"}, {"1", "a"}, {"2", "b"}, {"10", "c"}});
  EXPECT_EQ(parameters(message, 1)[2]["text"], "c");
}

TEST(message_body, buttons_are_counted_over_all_of_them) {
  const auto plan = compiled(buttons(R"([
    {"type":"PHONE_NUMBER","text":"Call","phone_number":"1"},
    {"type":"QUICK_REPLY","text":"Stop \"now\""},
    {"type":"URL","text":"Help","url":"https://a.example/help"},
    {"type":"URL","text":"Track","url":"https://a.example/{{1}}"},
    {"type":"COPY_CODE","example":"X"},
    {"type":"FLOW","text":"Start"},
    {"type":"CATALOG","text":"See"}])"));
  EXPECT_EQ(plan.required_keys(), (std::vector<std::string>{"button_3", "button_4"}));
  json variables = {{"button_3", "t1"}, {"button_4", "SAVE10"}};
  EXPECT_EQ(valid(rendered(plan, variables))["template"]["components"], json::parse(R"([
    {"type":"button","sub_type":"quick_reply","index":"1","parameters":[{"type":"payload","payload":"Stop \"now\""}]},
    {"type":"button","sub_type":"url","index":"3","parameters":[{"type":"text","text":"t1"}]},
    {"type":"button","sub_type":"copy_code","index":"4","parameters":[{"type":"coupon_code","coupon_code":"SAVE10"}]},
    {"type":"button","sub_type":"flow","index":"5",
     "parameters":[{"type":"action","action":{"flow_token":"unused"}}]}])"));
  variables["button_1"] = "STOP_1";
  variables["button_5"] = "token";
  const auto own = valid(rendered(plan, variables))["template"]["components"];
  EXPECT_EQ(own[0]["parameters"][0]["payload"], "STOP_1");
  EXPECT_EQ(own[3]["parameters"][0]["action"]["flow_token"], "token");
}

TEST(message_body, one_time_passwords_fill_body_and_button_from_one_variable) {
  for (
      const auto* text : {
          R"([{"type":"BODY","add_security_recommendation":true},{"type":"FOOTER","code_expiration_minutes":10},
               {"type":"BUTTONS","buttons":[{"type":"OTP","otp_type":"COPY_CODE","text":"Copy"}]}])",
          R"([{"type":"BODY","text":"*{{1}}* is your code."},{"type":"BUTTONS","buttons":[
               {"type":"URL","url":"https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}"}]}])"}) {
    const auto plan = compiled(json::parse(text));
    EXPECT_EQ(plan.required_keys(), std::vector<std::string>{"1"});
    EXPECT_EQ(valid(rendered(plan, {{"1", "123456"}}))["template"]["components"], json::parse(R"([
      {"type":"body","parameters":[{"type":"text","text":"123456"}]},
      {"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"123456"}]}])"));
  }
}

TEST(message_body, missing_variables_are_named_with_their_place) {
  const auto plan = compiled(promo());
  EXPECT_EQ(
      rendered(plan, {{"1", "a"}, {"button_0", "b"}}).error,
      "The variable \"header_media_url\" or \"header_media_id\" is missing: it fills the image "
      "in the header.");
  const json link = {{"header_media_url", "https://a.example/b"}};
  auto variables = link;
  variables["button_0"] = "b";
  EXPECT_EQ(rendered(plan, variables).error,
            "The variable \"1\" is missing: it fills {{1}} of the body.");
  variables["1"] = nullptr;
  EXPECT_EQ(plan.check(variables.dump()),
            "The variable \"1\" is missing: it fills {{1}} of the body.");
  variables = link;
  variables["1"] = "a";
  EXPECT_EQ(rendered(plan, variables).error,
            "The variable \"button_0\" is missing: it fills the link's {{1}} of button 0.");
  variables["button_0"] = "x";
  EXPECT_EQ(plan.check(variables.dump()), std::nullopt);
  EXPECT_EQ(plan.render({id, "+628123456789", ""}).body, "") << "no half body next to an error";
}

TEST(message_body, metas_rules_for_values_are_checked) {
  const auto plan = compiled(order_update);
  const auto error = [&](const std::string& value) {
    return rendered(plan, {{"1", value}, {"2", "x"}}).error;
  };
  const std::string of = "The variable \"1\" ({{1}} of the body) ";
  EXPECT_EQ(error("a\nb"), of + "must not contain a line break.");
  EXPECT_EQ(error("a\rb"), of + "must not contain a line break.");
  EXPECT_EQ(error("a\tb"), of + "must not contain a tab.");
  EXPECT_EQ(error("a     b"), of + "must not contain more than four spaces in a row.");
  EXPECT_EQ(error("a    b    c"), "");
  EXPECT_EQ(error(""), of + "must not be empty.");
  EXPECT_EQ(error("   "), of + "must not be empty.");
  EXPECT_EQ(error(std::string(1'024, 'x')), "");
  EXPECT_EQ(error(std::string(1'025, 'x')), of + "must have at most 1024 characters.");
  std::string emoji;
  for (int i = 0; i < 1'024; ++i) emoji += "\xf0\x9f\x98\x80";
  EXPECT_EQ(error(emoji), "");
  EXPECT_EQ(error(emoji + "x"), of + "must have at most 1024 characters.");
  EXPECT_EQ(plan.check(R"({"1":"a\u000ab","2":"x"})"), of + "must not contain a line break.");
}

TEST(message_body, links_must_be_https) {
  const auto plan = compiled(json::parse(R"([{"type":"HEADER","format":"IMAGE"}])"));
  const auto error = [&](const std::string& link) {
    return rendered(plan, {{"header_media_url", link}}).error;
  };
  const std::string of =
      "The variable \"header_media_url\" (the image in the header) must be a link ";
  for (const auto* bad : {"http://a.example/b", "a.example", "https://", "", "ftp://x"})
    EXPECT_EQ(error(bad), of + "that begins with https://.") << bad;
  EXPECT_EQ(error("https://a.example/a b"), of + "without spaces.");
  EXPECT_EQ(error("https://a.example/a\nb"), of + "without spaces.");
  EXPECT_EQ(error("https://" + std::string(3'000, 'a')), of + "of at most 2048 bytes.");
}

TEST(message_body, numbers_and_booleans_are_taken_as_text_other_keys_ignored) {
  const auto plan = compiled(order_update);
  const auto message =
      rendered(plan, {{"1", -12.5}, {"2", true}, {"other", {{"deep", {1, 2}}}}, {"x", nullptr}});
  EXPECT_EQ(parameters(message)[0]["text"], "-12.5");
  EXPECT_EQ(parameters(message)[1]["text"], "true");
}

TEST(message_body, unusable_variables_are_a_sentence) {
  const auto plan = compiled(order_update);
  EXPECT_EQ(plan.check("[]"), "The variables are not a JSON object.");
  EXPECT_EQ(plan.check("nonsense"), "The variables are not a JSON object.");
  EXPECT_EQ(plan.check(R"({"1":"a","2":"b")"), "The variables are not valid JSON.");
  EXPECT_EQ(plan.check(R"({"1":"a","2":"b"}x)"), "The variables are not valid JSON.");
  EXPECT_EQ(plan.check(R"({"1":{},"2":"b"})"),
            "The variable \"1\" must be a text, a number or a boolean.");
}

TEST(message_body, phone_numbers_are_digits) {
  const auto plan = compiled(json::parse(R"([{"type":"BODY","text":"x"}])"));
  for (const auto* bad :
       {"", "+", "1234", "+62 812", "62a8123", "1234567890123456", "\"},{\"", "++62812345"})
    EXPECT_NE(plan.render({id, bad, ""}).error, "") << bad;
  EXPECT_EQ(valid(plan.render({id, "+62812345", ""}))["to"], "62812345");
}

TEST(message_body, unsupported_templates_are_named) {
  const std::string start = "The template special cannot be sent as a broadcast. ";
  EXPECT_EQ(refusal("{}"), start + "Its components are not a JSON array.");
  EXPECT_EQ(refusal("[1"), start + "Its components are not a JSON array.");
  EXPECT_EQ(refusal(std::string(100'000, '[')), start + "Its components are too large.");
  EXPECT_EQ(refusal(std::string(30'000, '[') + std::string(30'000, ']')),
            start + "Its components are not a JSON array.");
  EXPECT_EQ(refusal(R"([{"type":"HEADER","format":"LOCATION"}])"),
            start + "Headers of format LOCATION are not supported.");
  EXPECT_EQ(refusal(R"([{"type":"CAROUSEL","cards":[]}])"),
            start + "Components of type CAROUSEL are not supported.");
  EXPECT_EQ(refusal(R"([{"type":"LIMITED_TIME_OFFER"}])"),
            start + "Components of type LIMITED_TIME_OFFER are not supported.");
  EXPECT_EQ(refusal(R"([{"type":"BUTTONS","buttons":[{"type":"MPM"}]}])"),
            start + "Buttons of type MPM are not supported.");
  EXPECT_EQ(refusal(R"([{"type":"BUTTONS","buttons":[7]}])"),
            start + "Buttons of type (none) are not supported.");
  EXPECT_EQ(refusal(R"([{"type":"BUTTONS"}])"), start + "Its buttons are not an array.");
  EXPECT_EQ(refusal(R"([7])"), start + "One of its components has no type.");
  EXPECT_EQ(refusal(R"([{"type":7}])"), start + "One of its components has no type.");
  std::string many;
  for (int i = 1; i <= 65; ++i) many += "{{" + std::to_string(i) + "}}";
  EXPECT_EQ(refusal(R"([{"type":"BODY","text":")" + many + R"("}])"),
            start + "It has more than 64 variables.");
  EXPECT_EQ(
      refusal(
          R"([{"type":"body","text":"x"},{"type":"footer"},{"type":"CALL_PERMISSION_REQUEST"}])"),
      "");
}

TEST(message_body, names_cannot_break_the_json) {
  const auto plan =
      template_plan::compile({"a\"b", "e\\n", R"([{"type":"BODY","text":"Hello"}])", ""});
  ASSERT_TRUE(plan.ok());
  const auto body = json::parse(plan->render({"i\"d", "123456", ""}).body, nullptr, false);
  ASSERT_FALSE(body.is_discarded());
  EXPECT_EQ(body["template"]["name"], "a\"b");
  EXPECT_EQ(body["template"]["language"]["code"], "e\\n");
  EXPECT_EQ(body["biz_opaque_callback_data"], "i\"d");
}

TEST(message_body, every_rendered_body_holds_exactly_the_given_values) {
  const auto plan = compiled(promo());
  const std::vector<std::string> pieces{
      "a",     "\"", "\\", "/",  "\x01",         "\x1f", "\x7f", "\xc3\xa9", "\xf0\x9f\x98\x80",
      "{{1}}", "}",  "]",  "\b", "\xe2\x80\xa8", "\f",   "n",    "u0041",    "'"};
  std::mt19937 random(3);
  const auto text = [&] {
    std::string out = "x";
    for (auto i = random() % 30; i > 0; --i) out += pieces[random() % pieces.size()];
    return out;
  };
  for (int round = 0; round < 3'000; ++round) {
    const json variables = {
        {"1", text()}, {"button_0", text()}, {"header_media_url", "https://a.example/" + text()}};
    // Printed both ways JSON may be printed: raw characters and \u escapes.
    const auto message =
        plan.render({id, "+628123456789", variables.dump(-1, ' ', round % 2 == 0)});
    const bool blank = variables["header_media_url"].get<std::string>().find_first_of(
                           "\x01\x1f\b\f") != std::string::npos;
    ASSERT_EQ(message.ok(), !blank) << message.error;
    if (blank) continue;
    const auto components = valid(message)["template"]["components"];
    ASSERT_EQ(components.size(), 3u);
    ASSERT_EQ(components[0]["parameters"][0]["image"]["link"], variables["header_media_url"]);
    ASSERT_EQ(components[1]["parameters"][0]["text"], variables["1"]);
    ASSERT_EQ(components[2]["parameters"][0]["text"], variables["button_0"]);
  }
}

TEST(message_body, any_variables_text_gives_a_valid_body_or_a_sentence) {
  const auto plan = compiled(order_update);
  const std::string seed = R"({"1":"An\u00e9a \"x\"","2":-4.5,"x":[{"y":null}]})";
  std::mt19937 random(5);
  int ok = 0;
  for (int round = 0; round < 30'000; ++round) {
    std::string text = seed;
    for (auto edits = 1 + random() % 3; edits > 0; --edits) {
      const auto at = random() % text.size();
      if (random() % 2 == 0)
        text.erase(at, 1);
      else
        text[at] = static_cast<char>(random());
    }
    const auto message = plan.render({id, "628123456789", text});
    ASSERT_EQ(message.ok(), !message.body.empty());
    if (!message.ok()) continue;
    ASSERT_TRUE(json::accept(message.body)) << text << "\n" << message.body;
    ++ok;
  }
  EXPECT_GT(ok, 100);
}

}  // namespace
}  // namespace omnistream::actors
