#include "bench/graph_simulator/template_store.hpp"

#include <algorithm>
#include <stdexcept>

namespace graph_simulator {
namespace {

using nlohmann::json;

constexpr std::uint64_t first_default_id = 594425479261596;
constexpr std::uint64_t first_created_id = 1192339204654487;

constexpr std::string_view default_definitions = R"json([
  {"name": "hello_world", "language": "en_US", "category": "UTILITY", "components": [
    {"type": "HEADER", "format": "TEXT", "text": "Hello World"},
    {"type": "BODY", "text": "Welcome! This message shows that your number can send templates."},
    {"type": "FOOTER", "text": "OmniStream simulator"}]},
  {"name": "order_update", "language": "id", "category": "UTILITY", "components": [
    {"type": "BODY", "text": "Halo {{1}}, pesanan {{2}} sudah dikirim. Terima kasih.",
     "example": {"body_text": [["Budi", "ORD-1001"]]}}]},
  {"name": "promo_image", "language": "id", "category": "MARKETING", "components": [
    {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://example.com/promo.jpg"]}},
    {"type": "BODY", "text": "Halo {{1}}, promo akhir pekan sudah dimulai!",
     "example": {"body_text": [["Budi"]]}},
    {"type": "BUTTONS", "buttons": [
      {"type": "URL", "text": "Lihat promo", "url": "https://example.com/promo/{{1}}",
       "example": ["https://example.com/promo/abc"]}]}]},
  {"name": "not_allowed", "language": "en_US", "category": "MARKETING", "components": [
    {"type": "BODY", "text": "This text did not pass the review."}]}
])json";

bool matches(const stored_template& stored, std::string_view name, std::string_view language) {
  return stored.definition->name == name &&
         (language.empty() || stored.definition->language == language);
}

}  // namespace

template_store::template_store(instant review_delay)
    : review_delay_(review_delay), next_id_(first_created_id) {
  std::uint64_t id = first_default_id;
  for (const auto& definition : json::parse(default_definitions)) {
    auto made = std::make_shared<message_template>();
    if (auto wrong = parse_template_definition(definition, *made))
      throw std::logic_error("a default template is malformed: " + wrong->details);
    made->id = id++;
    const auto status =
        made->name == "not_allowed" ? template_status::rejected : template_status::approved;
    defaults_.templates[made->id] = {made, status};
  }
}

template_store::account& template_store::account_of(std::string_view waba) {
  const auto found = accounts_.find(waba);
  if (found != accounts_.end()) return found->second;
  return accounts_.emplace(std::string(waba), defaults_).first->second;
}

const template_store::account* template_store::known_account(std::string_view waba) const {
  const auto found = accounts_.find(waba);
  return found == accounts_.end() ? &defaults_ : &found->second;
}

const stored_template* template_store::find(std::string_view waba, std::string_view name,
                                            std::string_view language) const {
  const auto search = [&](const account& where) -> const stored_template* {
    for (const auto& [id, stored] : where.templates)
      if (matches(stored, name, language)) return &stored;
    return nullptr;
  };
  const auto* own = known_account(waba);
  if (const auto* stored = search(*own)) return stored;
  if (const auto owners = owners_.find(std::string(name)); owners != owners_.end())
    for (const auto& owner : owners->second)
      if (const auto* stored = search(*known_account(owner))) return stored;
  return nullptr;
}

std::vector<const stored_template*> template_store::list(std::string_view waba) const {
  std::vector<const stored_template*> all;
  for (const auto& [id, stored] : known_account(waba)->templates) all.push_back(&stored);
  return all;
}

const stored_template* template_store::find_by_id(std::string_view waba, std::uint64_t id) const {
  const auto* where = known_account(waba);
  const auto found = where->templates.find(id);
  return found == where->templates.end() ? nullptr : &found->second;
}

const stored_template* template_store::find_created(std::uint64_t id) const {
  for (const auto& [waba, where] : accounts_)
    if (const auto found = where.templates.find(id); found != where.templates.end())
      return &found->second;
  const auto found = defaults_.templates.find(id);
  return found == defaults_.templates.end() ? nullptr : &found->second;
}

verdict template_store::create(std::string_view waba, message_template made, instant now,
                               const stored_template** stored) {
  auto& where = account_of(waba);
  for (const auto& [id, other] : where.templates)
    if (matches(other, made.name, made.language))
      return api_error{100, 2388024, "Content in This Language Already Exists"};
  if (next_id_ - first_created_id >= created_max)
    return api_error{80007, 0, "The simulator holds no more templates."};
  made.id = next_id_++;
  made.waba_id = waba;
  const bool refused = made.name.find("reject") != std::string::npos;
  auto& owners = owners_[made.name];
  if (std::ranges::find(owners, waba) == owners.end()) owners.emplace_back(waba);
  auto& place = where.templates[made.id];
  place = {std::make_shared<const message_template>(std::move(made)), template_status::pending,
           now + review_delay_, refused ? template_status::rejected : template_status::approved};
  next_review_ = std::min(next_review_, place.reviewed_at);
  *stored = &place;
  return {};
}

bool template_store::remove(std::string_view waba, std::string_view name) {
  auto& templates = account_of(waba).templates;
  return std::erase_if(templates, [&](const auto& entry) {
           return entry.second.definition->name == name;
         }) > 0;
}

std::vector<template_event> template_store::set_status(std::string_view waba, std::string_view name,
                                                       std::string_view language,
                                                       template_status status) {
  std::vector<template_event> events;
  for (auto& [id, stored] : account_of(waba).templates) {
    if (!matches(stored, name, language)) continue;
    stored.status = status;
    stored.reviewed_at = instant::max();
    events.push_back({std::string(waba), stored.definition, status});
  }
  return events;
}

std::vector<template_event> template_store::review(instant now) {
  std::vector<template_event> events;
  if (now < next_review_) return events;
  next_review_ = instant::max();
  for (auto& [waba, where] : accounts_) {
    for (auto& [id, stored] : where.templates) {
      if (stored.reviewed_at <= now) {
        stored.status = stored.outcome;
        stored.reviewed_at = instant::max();
        events.push_back({waba, stored.definition, stored.status});
      }
      next_review_ = std::min(next_review_, stored.reviewed_at);
    }
  }
  return events;
}

}  // namespace graph_simulator
