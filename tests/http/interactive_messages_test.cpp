// What is asked of messages with buttons, lists, cards and orders before they are taken.

#include "tests/http/messages_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

json buttons(int count) {
  auto list = json::array();
  for (int i = 0; i < count; ++i)
    list.push_back({{"type", "reply"},
                    {"reply", {{"id", std::to_string(i)}, {"title", "B" + std::to_string(i)}}}});
  return {{"type", "interactive"},
          {"interactive",
           {{"type", "button"}, {"body", {{"text", "?"}}}, {"action", {{"buttons", list}}}}}};
}

json rows(int count) {
  auto list = json::array();
  for (int i = 0; i < count; ++i) list.push_back({{"id", std::to_string(i)}, {"title", "Row"}});
  const json halves{{{"title", "A"}, {"rows", list}},
                    {{"title", "B"}, {"rows", {{{"id", "x"}, {"title", "X"}}}}}};
  return {{"type", "interactive"},
          {"interactive",
           {{"type", "list"},
            {"body", {{"text", "?"}}},
            {"action", {{"button", "Choose"}, {"sections", halves}}}}}};
}

TEST_F(Messages, WithButtonsAndListsHaveMetasLimits) {
  const auto id = chat();
  const auto wrong = [&](const json& body) { return send(id, body).wrong_fields(); };
  EXPECT_EQ(send(id, buttons(3)).status, 202);
  EXPECT_THAT(wrong(buttons(4)), ElementsAre("interactive.action.buttons:too_many_items"));
  auto twice = buttons(2);
  twice["interactive"]["action"]["buttons"][1]["reply"]["title"] = "B0";
  EXPECT_THAT(wrong(twice), ElementsAre("interactive.action.buttons:not_unique"));
  auto bare = buttons(1);
  bare["interactive"].erase("body");
  EXPECT_THAT(wrong(bare), ElementsAre("interactive.body:required"));
  EXPECT_EQ(send(id, rows(9)).status, 202);
  EXPECT_THAT(wrong(rows(10)), ElementsAre("interactive.action.sections:too_many_items"));
  EXPECT_TRUE(eventually([&] { return handed().size() == 2; }));
}

TEST_F(Messages, OfCardsHaveMoreThanTitles) {
  const auto id = chat();
  const auto wrong = [&](const json& action, json more = json::object()) {
    more.update({{"type", "cards"}, {"action", action}});
    return send(id, {{"type", "interactive"}, {"interactive", more}}).wrong_fields();
  };
  const auto of = [](const json& card) { return json{{"cards", json::array({card})}}; };
  EXPECT_THAT(wrong(json::object()), ElementsAre("interactive.action.cards:required"));
  EXPECT_THAT(wrong(of({{"title", "Shoes"}})),
              ElementsAre("interactive.action.cards.0.subtitle:required"));
  EXPECT_THAT(wrong(of({{"title", "Shoes"}, {"image_url", "http://a.example"}})),
              ElementsAre("interactive.action.cards.0.image_url:wrong_format"));
  EXPECT_THAT(wrong(of({{"title", "Shoes"}, {"buttons", json::array({json{{"title", "Order"}}})}})),
              ElementsAre("interactive.action.cards.0.buttons.0.url:required"));
  const auto red = of({{"title", "Shoes"}, {"subtitle", "Red"}});
  EXPECT_THAT(wrong(red, {{"body", {{"text", "Until Friday"}}}}),
              ElementsAre("interactive.body:not_of_type"));
  EXPECT_THAT(wrong(red), ElementsAre("interactive.type:not_on_channel")) << "WhatsApp has none";
}

json interactive(const std::string& type, json action, json more = json::object()) {
  json object{{"type", type}, {"body", {{"text", "Your order"}}}, {"action", std::move(action)}};
  object.update(more);
  return {{"type", "interactive"}, {"interactive", std::move(object)}};
}

TEST_F(Messages, WithOrdersAndAddressesAreMetas) {
  const auto id = chat();
  const json amount{{"value", 1'100}, {"offset", 100}};
  const json details{
      {"reference_id", "INV-7"},
      {"type", "digital-goods"},
      {"payment_type", "upi"},
      {"payment_configuration", "shop"},
      {"currency", "INR"},
      {"total_amount", amount},
      {"order",
       {{"status", "pending"},
        {"items", {{{"retailer_id", "1"}, {"name", "bread"}, {"amount", amount}, {"quantity", 1}}}},
        {"subtotal", amount}}}};
  const json status{{"reference_id", "INV-7"}, {"order", {{"status", "processing"}}}};
  const std::vector<std::pair<std::string, json>> good{
      {"order_details", {{"name", "review_and_pay"}, {"parameters", details}}},
      {"order_status", {{"name", "review_order"}, {"parameters", status}}},
      {"address_message", {{"name", "address_message"}, {"parameters", {{"country", "IN"}}}}}};
  for (const auto& [type, action] : good) {
    ASSERT_EQ(send(id, interactive(type, action)).status, 202) << type;
    const auto wrong = [&, type = type](const json& with, const json& more = json::object()) {
      return send(id, interactive(type, with, more)).wrong_fields();
    };
    auto changed = action;
    changed["name"] = "cta_url";
    EXPECT_THAT(wrong(changed), ElementsAre("interactive.action.name:not_of_type")) << type;
    changed.erase("name");
    EXPECT_THAT(wrong(changed), ElementsAre("interactive.action.name:required")) << type;
    EXPECT_THAT(wrong({{"name", action["name"]}}),
                ElementsAre("interactive.action.parameters:required"))
        << type;
    EXPECT_THAT(
        send(id, {{"type", "interactive"}, {"interactive", {{"type", type}, {"action", action}}}})
            .wrong_fields(),
        ElementsAre("interactive.body:required"))
        << type;
  }
  EXPECT_THAT(send(id, interactive("order_details",
                                   {{"name", "review_and_pay"}, {"parameters", json::object()}}))
                  .wrong_fields(),
              UnorderedElementsAre("interactive.action.parameters.reference_id:required",
                                   "interactive.action.parameters.currency:required",
                                   "interactive.action.parameters.total_amount:required",
                                   "interactive.action.parameters.order:required"));
  ASSERT_TRUE(eventually([&] { return handed().size() == good.size(); }));
  EXPECT_EQ(handed()[0]["interactive"], interactive(good[0].first, good[0].second)["interactive"]);
}

TEST_F(Messages, OfACarouselHaveMetasCards) {
  const auto id = chat();
  const auto card = [](int at) {
    return json{{"card_index", at},
                {"type", "cta_url"},
                {"header", {{"type", "image"}, {"image", {{"link", "https://cdn.example/a.jpg"}}}}},
                {"body", {{"text", "Batik"}}},
                {"action",
                 {{"name", "cta_url"},
                  {"parameters", {{"display_text", "Order"}, {"url", "https://shop.example/1"}}}}}};
  };
  const auto wrong = [&](const json& cards, const json& more = json::object()) {
    return send(id, interactive("carousel", {{"cards", cards}}, more)).wrong_fields();
  };
  const auto good = interactive("carousel", {{"cards", {card(0), card(1)}}});
  EXPECT_EQ(send(id, good).status, 202);
  EXPECT_THAT(wrong(json::array({card(0)})), ElementsAre("interactive.action.cards:too_few_items"));
  EXPECT_THAT(wrong({card(0), card(0)}), ElementsAre("interactive.action.cards:not_unique"));
  EXPECT_THAT(wrong({card(0), {{"title", "Batik"}, {"subtitle", "Red"}}}),
              UnorderedElementsAre("interactive.action.cards.1.card_index:required",
                                   "interactive.action.cards.1.action:required",
                                   "interactive.action.cards.1.title:not_of_type",
                                   "interactive.action.cards.1.subtitle:not_of_type"));
  EXPECT_THAT(wrong({card(0), card(1)}, {{"footer", {{"text", "Toko"}}}}),
              ElementsAre("interactive.footer:not_of_type"));
  EXPECT_THAT(send(id, interactive("carousel", json::object())).wrong_fields(),
              ElementsAre("interactive.action.cards:required"));
  auto titled = card(1);
  titled["title"] = "Batik";
  EXPECT_THAT(send(id, {{"type", "interactive"},
                        {"interactive", {{"type", "cards"}, {"action", {{"cards", {titled}}}}}}})
                  .wrong_fields(),
              testing::Contains("interactive.action.cards.0.card_index:not_of_type"));
  ASSERT_TRUE(eventually([&] { return handed().size() == 1; }));
  EXPECT_EQ(handed()[0]["interactive"], good["interactive"]);
}

}  // namespace
}  // namespace omnistream::test
