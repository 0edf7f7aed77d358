#include "bench/graph_simulator/account_endpoints.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "bench/graph_simulator/json_checks.hpp"
#include "bench/graph_simulator/login_endpoints.hpp"
#include "bench/graph_simulator/media_endpoints.hpp"
#include "bench/graph_simulator/paging.hpp"
#include "bench/graph_simulator/person_profiles.hpp"
#include "bench/graph_simulator/template_endpoints.hpp"

namespace graph_simulator {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view number_type = "WhatsAppBusinessPhoneNumber";
constexpr std::string_view waba_type = "WhatsAppBusinessAccount";
constexpr std::size_t high_throughput_mps = 1'000;

std::string health_of(const world& state, const std::string& id) {
  const auto known = state.health.find(id);
  return known == state.health.end() ? "AVAILABLE" : known->second;
}

ordered_json health_entity(const world& state, std::string_view type, const std::string& id) {
  const auto status = health_of(state, id);
  ordered_json entity{{"entity_type", type}, {"id", id}, {"can_send_message", status}};
  if (status == "AVAILABLE") return entity;
  ordered_json error{{"error_code", 141'000},
                     {"error_description", "Sending was restricted on request."},
                     {"possible_solution", "POST /_sim/health with AVAILABLE."}};
  entity["errors"] = ordered_json::array({std::move(error)});
  return entity;
}

// What can be sent is what the worst of the entities allows.
ordered_json health_status(const world& state, const std::string& number, const std::string& waba) {
  auto entities = ordered_json::array();
  if (!number.empty()) entities.push_back(health_entity(state, "PHONE_NUMBER", number));
  entities.push_back(health_entity(state, "WABA", waba));
  entities.push_back(health_entity(state, "BUSINESS", "300000000000001"));
  entities.push_back(health_entity(state, "APP", "400000000000001"));
  std::string worst = "AVAILABLE";
  for (const auto& entity : entities) {
    const std::string status = entity["can_send_message"];
    if (status == "BLOCKED" || (status == "LIMITED" && worst == "AVAILABLE")) worst = status;
  }
  return {{"can_send_message", worst}, {"entities", std::move(entities)}};
}

std::string display(const std::string& digits) {
  return "+" + digits.substr(0, 1) + " " + digits.substr(1, 3) + "-" + digits.substr(4, 3) + "-" +
         digits.substr(7);
}

ordered_json describe_number(const world& state, const number_info& info) {
  const bool is_registered = !state.logins.is_unregistered(info.phone_number_id);
  const bool is_high = !state.options.mps || *state.options.mps >= high_throughput_mps;
  return {{"verified_name", "Simulated Business"},
          {"code_verification_status", "VERIFIED"},
          {"display_phone_number", display(info.display_digits)},
          {"quality_rating", "GREEN"},
          {"quality_score", {{"score", "GREEN"}}},
          {"platform_type", is_registered ? "CLOUD_API" : "NOT_APPLICABLE"},
          {"throughput", {{"level", is_high ? "HIGH" : "STANDARD"}}},
          {"name_status", "APPROVED"},
          {"status", is_registered ? "CONNECTED" : "PENDING"},
          {"account_mode", "LIVE"},
          {"is_official_business_account", false},
          {"is_pin_enabled", true},
          {"messaging_limit_tier", "TIER_UNLIMITED"},
          {"whatsapp_business_manager_messaging_limit", "TIER_UNLIMITED"},
          {"health_status", health_status(state, info.phone_number_id, info.waba_id)},
          {"id", info.phone_number_id}};
}

ordered_json describe_waba(const world& state, const std::string& id) {
  return {{"name", "Simulated Account"},
          {"timezone_id", "1"},
          {"message_template_namespace", "2f1b4c5e_0000_4000_8000_000000000001"},
          {"currency", "USD"},
          {"country", "ID"},
          {"status", "ACTIVE"},
          {"account_review_status", "APPROVED"},
          {"business_verification_status", "verified"},
          {"ownership_type", "SELF"},
          {"marketing_messages_onboarding_status", "ONBOARDED"},
          {"whatsapp_business_manager_messaging_limit", "TIER_UNLIMITED"},
          {"health_status", health_status(state, "", id)},
          {"id", id}};
}

ordered_json describe_page(const std::string& id) {
  return {{"instagram_business_account", {{"id", "178414" + id}}}, {"id", id}};
}

std::vector<std::string> default_number_fields() {
  return {"verified_name",        "code_verification_status",
          "display_phone_number", "quality_rating",
          "platform_type",        "throughput"};
}

std::vector<std::string> default_waba_fields() {
  return {"name", "timezone_id", "message_template_namespace"};
}

// Fields that no phone number has: who asks for one of them means a WABA.
bool is_waba_field(const std::string& name) {
  static constexpr std::array<std::string_view, 9> names{"name",
                                                         "currency",
                                                         "timezone_id",
                                                         "message_template_namespace",
                                                         "country",
                                                         "ownership_type",
                                                         "account_review_status",
                                                         "business_verification_status",
                                                         "marketing_messages_onboarding_status"};
  return std::ranges::find(names, std::string_view(name)) != names.end();
}

bool has_all(const ordered_json& node, const std::vector<std::string>& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& name) { return node.contains(name); });
}

const stored_template* find_template(const world& state, const std::string& node) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(node.data(), node.data() + node.size(), id);
  if (error != std::errc{} || end != node.data() + node.size()) return nullptr;
  return state.templates.find_created(id);
}

reply picked_reply(world& state, const ordered_json& node, const std::vector<std::string>& wanted,
                   std::string_view type) {
  ordered_json picked;
  if (auto wrong = pick_fields(node, wanted, type, picked)) return error_reply(state, *wrong);
  return json_reply(picked);
}

verdict check_registration(std::string_view text) {
  if (nesting_depth(text) > 4) return errors::invalid("The body is nested too deeply.");
  const auto body = nlohmann::json::parse(text, nullptr, false);
  if (body.is_discarded()) return errors::invalid("The body is not valid JSON.");
  if (auto wrong = check_keys(
          body, {"messaging_product", "pin", "backup", "data_localization_region"}, "register"))
    return wrong;
  if (!body.contains("messaging_product")) return errors::required("messaging_product");
  if (body["messaging_product"] != "whatsapp")
    return errors::wrong_type("messaging_product", "one of {WHATSAPP}");
  if (!body.contains("pin")) return errors::required("pin");
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  const auto& pin = body["pin"];
  if (!pin.is_string() || pin.get_ref<const std::string&>().size() != 6 ||
      !std::ranges::all_of(pin.get_ref<const std::string&>(), is_digit))
    return errors::wrong_type("pin", "a string of six digits");
  return {};
}

}  // namespace

reply get_node(world& state, call& what) {
  auto wanted = read_fields(what);
  if (auto medium = get_media(state, what)) return std::move(*medium);
  if (auto person = get_person(what)) return std::move(*person);
  if (auto granted = get_granted_node(state, what)) return std::move(*granted);
  if (const auto* stored = find_template(state, what.node)) {
    if (wanted.empty())
      wanted = {"name", "parameter_format", "components", "language", "status", "category"};
    return picked_reply(state, describe_template(*stored), wanted, "WhatsAppMessageTemplate");
  }
  if (wanted == std::vector<std::string>{"instagram_business_account"} && what.node != "0")
    return json_reply(describe_page(what.node));
  const bool names_waba = std::ranges::any_of(wanted, is_waba_field);
  const auto waba = describe_waba(state, what.node);
  if (names_waba || (state.numbers.is_known_waba(what.node) && has_all(waba, wanted))) {
    if (wanted.empty()) wanted = default_waba_fields();
    return picked_reply(state, waba, wanted, waba_type);
  }
  const auto* number = state.numbers.find_or_add(what.node);
  if (!number) return error_reply(state, errors::unknown_object("GET", what.node));
  if (wanted.empty()) wanted = default_number_fields();
  return picked_reply(state, describe_number(state, *number->info), wanted, number_type);
}

reply list_numbers(world& state, call& what) {
  state.numbers.note_waba(what.node);
  auto wanted = read_fields(what);
  if (wanted.empty()) wanted = default_number_fields();
  std::vector<listed_object> objects;
  for (const auto& [id, number] : state.numbers.all()) {
    if (number.info->waba_id != what.node) continue;
    ordered_json picked;
    if (auto wrong = pick_fields(describe_number(state, *number.info), wanted, number_type, picked))
      return error_reply(state, *wrong);
    objects.emplace_back(id, std::move(picked));
  }
  std::ranges::stable_sort(objects, {},
                           [](const listed_object& object) { return object.first.size(); });
  return page_reply(state, what, std::move(objects));
}

reply register_number(world& state, call& what) {
  if (auto wrong = check_registration(what.http.body)) return error_reply(state, *wrong);
  if (!state.numbers.find_or_add(what.node))
    return error_reply(state, errors::unknown_object("POST", what.node));
  state.logins.note_registered(what.node);
  return raw_reply(R"({"success":true})");
}

reply deregister_number(world& state, call& what) {
  if (!state.numbers.find_or_add(what.node))
    return error_reply(state, errors::unknown_object("POST", what.node));
  return raw_reply(R"({"success":true})");
}

reply subscribe_app(world& state, call& what) {
  // Pages and Instagram accounts say which of their events are wanted.
  if (!what.parameter("subscribed_fields")) state.numbers.note_waba(what.node);
  if (state.subscribed.size() < world::subscriptions_max) state.subscribed.insert(what.node);
  return raw_reply(R"({"success":true})");
}

reply list_subscribed_apps(world& state, call& what) {
  state.numbers.note_waba(what.node);
  ordered_json answer{{"data", ordered_json::array()}};
  if (state.subscribed.contains(what.node)) {
    ordered_json app{{"link", "https://www.facebook.com/games/?app_id=400000000000001"},
                     {"name", "Simulated App"},
                     {"id", "400000000000001"}};
    ordered_json entry;
    entry["whatsapp_business_api_data"] = std::move(app);
    answer["data"].push_back(std::move(entry));
  }
  return json_reply(answer);
}

reply unsubscribe_app(world& state, call& what) {
  state.subscribed.erase(what.node);
  return raw_reply(R"({"success":true})");
}

}  // namespace graph_simulator
