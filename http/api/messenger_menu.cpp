#include "http/api/messenger_menu.hpp"

#include <memory>
#include <string>
#include <utility>

#include "http/api/account_secrets.hpp"
#include "http/api/meta_access.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;
using actors::reply_ptr;
using nlohmann::json;
using nlohmann::ordered_json;

/// What a page's button to start says to us, where we are the ones who set it.
constexpr const char* get_started_payload = "GET_STARTED";

/// The page whose menu it is.
struct menu_page {
  uuid account;
  std::string page_id;
  std::string token;
};

void find_page(services& with, const uuid& tenant, const std::optional<uuid>& account,
               std::function<void(result<menu_page>)> done) {
  with.pool.submit(
      storage::access::tenant(tenant),
      [&with, account](storage::session& in) -> result<menu_page> {
        const auto row = in.execute(sql::messenger_account, account);
        if (row.empty()) return problems::not_found("Messenger account");
        const auto id = row.id(0, 0);
        const auto token = open_access_token(with.encryption_key, id, std::string(row.text(0, 2)));
        if (!token) return problems::wrong_state(token_unreadable.code, token_unreadable.doc);
        return menu_page{id, std::string(row.text(0, 1)), *token};
      },
      std::move(done));
}

void copy_text(const json& from, const char* name, ordered_json& to) {
  const auto found = from.find(name);
  if (found != from.end() && found->is_string()) to[name] = *found;
}

ordered_json shown_item(const json& item) {
  ordered_json shown{{"type", ""}, {"title", ""}};
  for (const auto* name : {"type", "title", "payload", "url", "webview_height_ratio"})
    copy_text(item, name, shown);
  return shown;
}

ordered_json shown_menu(const json& menu) {
  ordered_json shown{{"locale", "default"},
                     {"composer_input_disabled", false},
                     {"call_to_actions", json::array()}};
  copy_text(menu, "locale", shown);
  const auto disabled = menu.find("composer_input_disabled");
  if (disabled != menu.end() && disabled->is_boolean())
    shown["composer_input_disabled"] = *disabled;
  const auto items = menu.find("call_to_actions");
  if (items != menu.end() && items->is_array())
    for (const auto& item : *items)
      if (item.is_object()) shown["call_to_actions"].push_back(shown_item(item));
  return shown;
}

actors::answer shown(const menu_page& of, const json& menus) {
  ordered_json whole{{"integration_account_id", of.account.to_string()},
                     {"page_id", of.page_id},
                     {"persistent_menu", json::array()}};
  if (menus.is_array())
    for (const auto& menu : menus)
      if (menu.is_object()) whole["persistent_menu"].push_back(shown_menu(menu));
  return {200, whole.dump(-1, ' ', false, json::error_handler_t::replace)};
}

/// The page's profile: Meta answers with a list of one, or of none where nothing is set.
json profile_in(const json& said) {
  const auto list = said.find("data");
  const bool is_there = list != said.end() && list->is_array() && !list->empty();
  return is_there && list->front().is_object() ? list->front() : json::object();
}

/// Calls `go_on` with what a step came to, unless that is a problem: then the caller is told.
template <class T, class Next>
auto step(const reply_ptr& answer, Next go_on) {
  return [answer, go_on](result<T> came) {
    if (!came) return (*answer)(came.error());
    go_on(*came);
  };
}

void put(services& with, const menu_page& of, const json& menus, const reply_ptr& answer) {
  with.graph.get_messenger_profile(
      of.page_id, of.token, step<json>(answer, [&with, of, menus, answer](const json& said) {
        json profile{{"persistent_menu", menus}};
        if (!profile_in(said).contains("get_started"))
          profile["get_started"] = {{"payload", get_started_payload}};
        with.graph.set_messenger_profile(
            of.page_id, of.token, profile,
            step<json>(answer, [of, menus, answer](const json&) { (*answer)(shown(of, menus)); }));
      }));
}

void take_away(services& with, const menu_page& of, const reply_ptr& answer) {
  with.graph.delete_persistent_menu(
      of.page_id, of.token,
      step<json>(answer, [of, answer](const json&) { (*answer)(shown(of, json::array())); }));
}

}  // namespace

void get_persistent_menu(services& with, const uuid& tenant, const std::optional<uuid>& account,
                         reply_ptr answer) {
  with.engine.query(
      [&with, tenant, account](const reply_ptr& counted) {
        find_page(with, tenant, account,
                  step<menu_page>(counted, [&with, counted](const menu_page& of) {
                    with.graph.get_messenger_profile(
                        of.page_id, of.token, step<json>(counted, [of, counted](const json& said) {
                          (*counted)(shown(of, profile_in(said).value("persistent_menu", json())));
                        }));
                  }));
      },
      std::move(answer));
}

void set_persistent_menu(services& with, const uuid& tenant, contract::menu_set wanted,
                         reply_ptr answer) {
  auto menus = json::array();
  for (const auto& one : wanted.persistent_menu)
    menus.push_back(
        json::parse(table_for(static_cast<const contract::menu_of_locale*>(nullptr)).to_json(one)));
  with.engine.query(
      [&with, tenant, account = wanted.integration_account_id,
       menus = std::move(menus)](const reply_ptr& counted) {
        find_page(with, tenant, account,
                  step<menu_page>(counted, [&with, counted, menus](const menu_page& of) {
                    if (menus.empty()) return take_away(with, of, counted);
                    put(with, of, menus, counted);
                  }));
      },
      std::move(answer));
}

}  // namespace omnistream::http::api
