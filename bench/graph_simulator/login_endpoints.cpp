#include "bench/graph_simulator/login_endpoints.hpp"

#include <algorithm>

#include "bench/graph_simulator/json_checks.hpp"
#include "bench/graph_simulator/paging.hpp"

namespace graph_simulator {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t control_depth_max = 16;
constexpr std::size_t pages_max = 1'000;
constexpr std::int64_t long_life_s = 5'183'944;
constexpr std::int64_t short_life_s = 5'400;
constexpr int code_used = 36'009;
constexpr int redirect_differs = 36'008;

bool is_text(const json& of, const char* key) {
  return of.contains(key) && of[key].is_string() && !of[key].get_ref<const std::string&>().empty();
}

/// What the body of /_sim/logins grants; otherwise a sentence.
std::optional<std::string> read_login(const json& body, simulated_login& login) {
  if (!body.is_object() || !is_text(body, "kind")) return "kind must be a non-empty string.";
  const auto take = [&](const char* key, std::string& to) {
    if (is_text(body, key)) to = body[key];
    return !to.empty();
  };
  take("kind", login.kind);
  take("redirect_uri", login.redirect_uri);
  if (login.kind == "whatsapp") {
    if (take("waba_id", login.waba_id) && take("phone_number_id", login.phone_number_id)) return {};
    return "waba_id and phone_number_id must be non-empty strings.";
  }
  if (login.kind == "instagram") {
    if (take("user_id", login.user_id) && take("username", login.username)) return {};
    return "user_id and username must be non-empty strings.";
  }
  if (login.kind != "messenger") return "kind must be whatsapp, messenger or instagram.";
  const auto pages = body.find("pages");
  if (pages == body.end() || !pages->is_array() || pages->size() > pages_max)
    return "pages must be a list.";
  for (const auto& page : *pages) {
    if (!page.is_object() || !is_text(page, "id") || !is_text(page, "name"))
      return "A page needs id and name.";
    login.pages.emplace_back(page["id"], page["name"]);
  }
  return {};
}

std::string parameter_of(const call& what, std::string_view name) {
  const auto* found = what.parameter(name);
  return found == nullptr ? std::string{} : *found;
}

verdict check_app(const world& state, const call& what) {
  if (parameter_of(what, "client_id").empty())
    return api_error{101, 0, {}, "Missing client_id parameter."};
  const auto secret = parameter_of(what, "client_secret");
  if (secret.empty() || (!state.options.app_secret.empty() && secret != state.options.app_secret))
    return api_error{1, 0, {}, "Error validating client secret."};
  return {};
}

api_error refused_code(login_store::code_state found) {
  if (found == login_store::code_state::used)
    return {100, code_used, {}, "This authorization code has been used."};
  return {100, 0, {}, "Invalid verification code format."};
}

ordered_json token_json(const std::string& token, std::optional<std::int64_t> life_s) {
  ordered_json answer{{"access_token", token}, {"token_type", "bearer"}};
  if (life_s) answer["expires_in"] = *life_s;
  return answer;
}

reply extend_user_token(world& state, const call& what) {
  const auto* known = state.logins.find(parameter_of(what, "fb_exchange_token"));
  if (known == nullptr || known->what != token_grant::kind::user)
    return error_reply(state, errors::invalid_token());
  auto longer = *known;
  longer.is_long = true;
  return json_reply(token_json(state.logins.issue(std::move(longer)), long_life_s));
}

reply instagram_refusal(const char* words) {
  return json_reply(
      ordered_json{{"error_type", "OAuthException"}, {"code", 400}, {"error_message", words}}, 400);
}

// A new token of 60 days for one that is such a one, or for a short one.
reply longer_instagram_token(world& state, const call& what, bool of_a_long_one) {
  const auto* known = state.logins.find(parameter_of(what, "access_token"));
  if (known == nullptr || known->what != token_grant::kind::instagram ||
      known->is_long != of_a_long_one)
    return error_reply(state, errors::invalid_token());
  auto longer = *known;
  longer.is_long = true;
  return json_reply(token_json(state.logins.issue(std::move(longer)), long_life_s));
}

// The profile of the page in the path, as far as it is set.
json& profile_of(world& state, const call& what) {
  if (state.messenger_profiles.size() >= login_store::entries_max) state.messenger_profiles.clear();
  auto& profile = state.messenger_profiles[what.node];
  if (!profile.is_object()) profile = json::object();
  return profile;
}

verdict check_menu(const json& menus) {
  if (!menus.is_array() || menus.empty())
    return errors::wrong_type("persistent_menu", "a non-empty array");
  bool has_default = false;
  for (const auto& menu : menus) {
    if (auto wrong = check_keys(menu, {"locale", "composer_input_disabled", "call_to_actions"},
                                "persistent_menu"))
      return wrong;
    if (!is_text(menu, "locale")) return errors::required("persistent_menu[locale]");
    has_default = has_default || menu["locale"] == "default";
    if (!menu.contains("call_to_actions")) continue;
    for (const auto& item : menu["call_to_actions"]) {
      if (auto wrong = check_keys(item, {"type", "title", "payload", "url", "webview_height_ratio"},
                                  "call_to_actions"))
        return wrong;
      if (!is_text(item, "type") || !is_text(item, "title"))
        return errors::required("call_to_actions[type, title]");
      const char* needed = item["type"] == "postback" ? "payload" : "url";
      if (!is_text(item, needed)) return errors::required(needed);
    }
  }
  if (!has_default) return errors::invalid("A menu of the locale default is needed.");
  return {};
}

}  // namespace

reply begin_login(world& state, call& what) {
  if (nesting_depth(what.http.body) > control_depth_max)
    return complaint_reply("The body is nested too deeply.");
  simulated_login login;
  const auto body = json::parse(what.http.body, nullptr, false);
  if (auto wrong = read_login(body, login)) return complaint_reply(*wrong);
  if (login.kind == "whatsapp") {
    state.numbers.note_waba(login.waba_id);
    state.numbers.bind(login.phone_number_id, login.waba_id);
    if (!state.numbers.find_or_add(login.phone_number_id))
      return complaint_reply("There are too many numbers.");
  }
  return json_reply(ordered_json{{"code", state.logins.begin(std::move(login))}});
}

reply exchange_token(world& state, call& what) {
  if (auto wrong = check_app(state, what)) return error_reply(state, *wrong);
  if (parameter_of(what, "grant_type") == "fb_exchange_token")
    return extend_user_token(state, what);
  simulated_login login;
  const auto found = state.logins.take(parameter_of(what, "code"), login);
  if (found != login_store::code_state::good || login.kind == "instagram")
    return error_reply(state, refused_code(found));
  if (parameter_of(what, "redirect_uri") != login.redirect_uri)
    return error_reply(state, {100,
                               redirect_differs,
                               {},
                               "Error validating verification code. "
                               "Make sure your redirect_uri is "
                               "identical."});
  const bool is_business = login.kind == "whatsapp";
  const auto token =
      state.logins.issue({is_business ? token_grant::kind::business : token_grant::kind::user,
                          is_business,
                          login,
                          {}});
  return json_reply(token_json(token, is_business ? std::nullopt : std::optional(short_life_s)));
}

reply exchange_instagram_code(world& state, call& what) {
  auto form = omnistream::http::server::parse_query(what.http.body);
  if (!form) return instagram_refusal("The form is malformed");
  what.query = std::move(*form);
  if (check_app(state, what)) return instagram_refusal("Invalid platform app");
  simulated_login login;
  const auto found = state.logins.take(parameter_of(what, "code"), login);
  if (found == login_store::code_state::used)
    return instagram_refusal("This authorization code has been used");
  if (found != login_store::code_state::good || login.kind != "instagram")
    return instagram_refusal("Invalid authorization code");
  if (parameter_of(what, "redirect_uri") != login.redirect_uri)
    return instagram_refusal("Error validating verification code: another redirect_uri");
  ordered_json entry{
      {"user_id", login.user_id},
      {"permissions", "instagram_business_basic,instagram_business_manage_messages"}};
  entry["access_token"] =
      state.logins.issue({token_grant::kind::instagram, false, std::move(login), {}});
  ordered_json answer;
  answer["data"] = ordered_json::array({std::move(entry)});
  return json_reply(answer);
}

reply extend_instagram_token(world& state, call& what) {
  const auto secret = parameter_of(what, "client_secret");
  if (parameter_of(what, "grant_type") != "ig_exchange_token")
    return error_reply(state, errors::required("grant_type"));
  if (secret.empty() || (!state.options.app_secret.empty() && secret != state.options.app_secret))
    return error_reply(state, {1, 0, {}, "Error validating client secret."});
  return longer_instagram_token(state, what, false);
}

reply renew_instagram_token(world& state, call& what) {
  if (parameter_of(what, "grant_type") != "ig_refresh_token")
    return error_reply(state, errors::required("grant_type"));
  return longer_instagram_token(state, what, true);
}

reply list_pages(world& state, call& what) {
  std::vector<listed_object> objects;
  if (const auto* grant = state.logins.find(what.token))
    for (const auto& [id, name] : grant->login.pages)
      objects.emplace_back(id, ordered_json{{"id", id},
                                            {"name", name},
                                            {"category", "Clothing store"},
                                            {"tasks", {"MESSAGING", "MODERATE", "MANAGE"}}});
  std::ranges::stable_sort(objects, {},
                           [](const listed_object& object) { return object.first.size(); });
  return page_reply(state, what, std::move(objects));
}

std::optional<reply> get_granted_node(world& state, call& what) {
  const auto* grant = state.logins.find(what.token);
  if (grant == nullptr) return {};
  if (grant->what == token_grant::kind::instagram)
    return json_reply(ordered_json{{"user_id", grant->login.user_id},
                                   {"username", grant->login.username},
                                   {"name", grant->login.username},
                                   {"id", "9" + grant->login.user_id}});
  if (grant->what != token_grant::kind::user) return {};
  for (const auto& [id, name] : grant->login.pages)
    if (id == what.node) {
      ordered_json page{{"id", id}, {"name", name}};
      page["access_token"] =
          state.logins.issue({token_grant::kind::page, true, grant->login, what.node});
      return json_reply(page);
    }
  return {};
}

reply get_messenger_profile(world& state, call& what) {
  const auto& profile = profile_of(state, what);
  ordered_json picked = ordered_json::object();
  for (const auto& field : read_fields(what))
    if (profile.contains(field)) picked[field] = profile[field];
  ordered_json answer;
  answer["data"] = ordered_json::array();
  if (!picked.empty()) answer["data"].push_back(std::move(picked));
  return json_reply(answer);
}

reply set_messenger_profile(world& state, call& what) {
  if (nesting_depth(what.http.body) > control_depth_max)
    return error_reply(state, errors::invalid("The body is nested too deeply."));
  const auto body = json::parse(what.http.body, nullptr, false);
  if (auto wrong = check_keys(body, {"persistent_menu", "get_started"}, "messenger_profile"))
    return error_reply(state, *wrong);
  auto& profile = profile_of(state, what);
  if (body.contains("persistent_menu")) {
    if (auto wrong = check_menu(body["persistent_menu"])) return error_reply(state, *wrong);
    if (!body.contains("get_started") && !profile.contains("get_started"))
      return error_reply(state, {100,
                                 2'018'145,
                                 {},
                                 "You must set a Get Started button if you also wish to use "
                                 "persistent menu."});
  }
  profile.update(body);
  return raw_reply(R"({"result":"success"})");
}

reply delete_messenger_profile(world& state, call& what) {
  if (nesting_depth(what.http.body) > control_depth_max)
    return error_reply(state, errors::invalid("The body is nested too deeply."));
  const auto body = json::parse(what.http.body, nullptr, false);
  if (!body.is_object() || !body.contains("fields") || !body["fields"].is_array())
    return error_reply(state, errors::required("fields"));
  for (const auto& field : body["fields"])
    if (field.is_string()) profile_of(state, what).erase(field.get<std::string>());
  return raw_reply(R"({"result":"success"})");
}

}  // namespace graph_simulator
