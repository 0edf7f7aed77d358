#include "http/contract/tables/messenger_menu.hpp"

#include <algorithm>
#include <set>

namespace omnistream::http::contract {
namespace {

constexpr std::size_t locales_max = 50;
constexpr std::size_t locale_characters_max = 10;
constexpr std::size_t items_max = 20;
constexpr std::size_t title_characters_max = 30;
constexpr std::size_t payload_characters_max = 1'000;
constexpr std::size_t url_characters_max = 2'000;

constexpr const char* account_doc =
    "The Messenger account whose page it is, of GET /api/integration-accounts; absent: the "
    "channel's default.";
constexpr const char* locale_doc =
    "Of the people who see it, as Meta writes it; `default` for all others.";
constexpr const char* composer_doc = "true: people cannot write, only choose.";

void what_the_type_needs(const menu_item& wanted, error_list& errors) {
  const auto belongs = [&](const char* name, const char* type, bool is_there, bool is_needed) {
    if (wanted.type != type && is_there)
      errors.add(name, {"not_of_type", "The item is of type " + wanted.type + "."});
    if (wanted.type == type && is_needed && !is_there)
      errors.add(name, {"required", std::string("An item of type ") + type + " needs it."});
  };
  belongs("payload", "postback", wanted.payload.has_value(), true);
  belongs("url", "web_url", wanted.url.has_value(), true);
  belongs("webview_height_ratio", "web_url", wanted.webview_height_ratio.has_value(), false);
}

void one_menu_for_each(const menu_set& wanted, error_list& errors) {
  std::set<std::string> locales;
  for (const auto& one : wanted.persistent_menu)
    if (!locales.insert(one.locale).second)
      errors.add("persistent_menu", {"not_unique", "There is one menu to a locale."});
  if (!wanted.persistent_menu.empty() && !locales.contains("default"))
    errors.add("persistent_menu", {"required", "One of the menus has the locale default."});
}

}  // namespace

const table<menu_item>& table_for(const menu_item*) {
  static const table<menu_item> fields =
      table<menu_item>(
          "MessengerMenuItem", "",
          {field("type", &menu_item::type).one_of({"postback", "web_url"}),
           field("title", &menu_item::title)
               .size(1, title_characters_max)
               .example("Talk to an agent"),
           field("payload", &menu_item::payload)
               .size(1, payload_characters_max)
               .doc("Of a postback: what the message says to us that comes when it is chosen.")
               .example("CARE"),
           field("url", &menu_item::url)
               .size(1, url_characters_max)
               .format(text_format::uri)
               .doc("Of a web_url."),
           field("webview_height_ratio", &menu_item::webview_height_ratio)
               .one_of({"compact", "tall", "full"})
               .doc("Of a web_url.")})
          .checked_by(what_the_type_needs);
  return fields;
}

const table<menu_of_locale>& table_for(const menu_of_locale*) {
  static const table<menu_of_locale> fields(
      "MessengerMenuOfLocale", "",
      {field("locale", &menu_of_locale::locale)
           .size(1, locale_characters_max)
           .doc(locale_doc)
           .example("default"),
       field("composer_input_disabled", &menu_of_locale::composer_input_disabled)
           .defaults_to(false)
           .doc(composer_doc),
       field("call_to_actions", &menu_of_locale::call_to_actions).size(1, items_max)});
  return fields;
}

const table<menu_query>& table_for(const menu_query*) {
  static const table<menu_query> fields(
      "MessengerMenuQuery", "",
      {field("integration_account_id", &menu_query::integration_account_id).doc(account_doc)});
  return fields;
}

const table<menu_set>& table_for(const menu_set*) {
  static const table<menu_set> fields =
      table<menu_set>(
          "MessengerMenuSet", "The page's menu from now on.",
          {field("integration_account_id", &menu_set::integration_account_id).doc(account_doc),
           field("persistent_menu", &menu_set::persistent_menu)
               .size_max(locales_max)
               .doc("A menu for each locale; an empty list takes the menu away.")
               .example(nlohmann::json::parse(
                   R"([{"locale":"default","call_to_actions":
                        [{"type":"postback","title":"Talk to an agent","payload":"CARE"}]}])"))})
          .checked_by(one_menu_for_each);
  return fields;
}

shape_ptr persistent_menu_shape() {
  static const auto item = make_shape(
      "MessengerMenuItemShown", "",
      {text("type").doc("postback or web_url; others were set elsewhere.").example("postback"),
       text("title").example("Talk to an agent"), text("payload").optional().example("CARE"),
       text("url").optional(), text("webview_height_ratio").optional()});
  static const auto menu =
      make_shape("MessengerMenuOfLocaleShown", "",
                 {text("locale").doc(locale_doc).example("default"),
                  boolean("composer_input_disabled").doc(composer_doc).example(false),
                  array("call_to_actions", item)});
  static const auto declared =
      make_shape("MessengerMenu", "The menu that Messenger shows in every chat with the page.",
                 {uuid_text("integration_account_id"), text("page_id").example("106540352242922"),
                  array("persistent_menu", menu).doc("Empty: there is none.")});
  return declared;
}

}  // namespace omnistream::http::contract
