#include "bench/load/subscriber.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "bench/graph_simulator/hashing.hpp"
#include "config/base/crypto.hpp"

namespace omnistream::load {
namespace {

using http::server::request;

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::string_view batch_type = "events.batch";
constexpr std::chrono::seconds slow_answer{10};
/// As the specification has it: an older request may be a replay.
constexpr std::chrono::minutes timestamp_tolerance{5};

/// The id of what an event is about, whatever kind it is.
std::uint64_t thing_of(const nlohmann::json& data) {
  for (const char* name : {"id", "recipient_id"}) {
    const auto found = data.find(name);
    if (found != data.end() && found->is_string())
      return graph_simulator::hash_text(found->get_ref<const std::string&>());
  }
  return 0;
}

}  // namespace

std::string sign_delivery(std::string_view key, std::string_view id, std::string_view seconds,
                          std::string_view body) {
  std::string text;
  text.reserve(id.size() + seconds.size() + body.size() + 2);
  text.append(id).append(1, '.').append(seconds).append(1, '.').append(body);
  return "v1," + crypto::base64_encode(crypto::hmac_sha256(key, text));
}

std::optional<std::string> delivery_key(std::string_view secret) {
  if (!secret.starts_with(secret_prefix)) return std::nullopt;
  return crypto::base64_decode(secret.substr(secret_prefix.size()));
}

subscriber::subscriber(std::string_view secret) {
  auto key = delivery_key(secret);
  if (!key || key->empty())
    throw std::invalid_argument("the secret must be whsec_ and the base64 of its bytes");
  key_ = std::move(*key);
}

subscriber_answer subscriber::take(const request& read, timestamp now) {
  const std::string_view path = read.path;
  if (path.starts_with("/_")) return own(read);
  const bool is_slow = path.starts_with("/slow/");
  const bool is_refused = path.starts_with("/refuse/");
  if (read.method != "POST" || !(is_slow || is_refused || path.starts_with("/hook/")))
    return {{.status = 404, .body = {}, .headers = {}}};
  if (!is_signed(read, now)) return refuse(401, "a request was not signed as it should be");
  const auto events = events_in(read.body);
  if (!events) return refuse(400, "a body was no event");
  if (is_refused) return {{.status = 503, .body = {}, .headers = {}}};
  note(read, *events, now);
  return {{.body = "{}", .headers = {}}, is_slow ? slow_answer : std::chrono::milliseconds{0}};
}

subscriber_answer subscriber::refuse(int status, const char* why) {
  ++wrong_;
  last_wrong_ = why;
  return {{.status = status, .body = {}, .headers = {}}};
}

bool subscriber::is_signed(const request& read, timestamp now) const {
  const auto id = read.header("webhook-id");
  const auto sent_at = read.header("webhook-timestamp");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(sent_at.begin(), sent_at.end(), seconds);
  if (id.empty() || error != std::errc{} || end != sent_at.end()) return false;
  const auto age = now - timestamp{std::chrono::seconds{seconds}};
  if (age > timestamp_tolerance || age < -timestamp_tolerance) return false;
  const auto wanted = sign_delivery(key_, id, sent_at, read.body);
  auto given = read.header("webhook-signature");
  while (!given.empty()) {
    const auto one = given.substr(0, given.find(' '));
    if (one == wanted) return true;
    given.remove_prefix(std::min(one.size() + 1, given.size()));
  }
  return false;
}

std::optional<std::vector<subscriber::told_event>> subscriber::events_in(const std::string& body) {
  const auto read = nlohmann::json::parse(body, nullptr, false);
  const auto is_event = [](const nlohmann::json& one) {
    return one.is_object() && one.contains("type") && one["type"].is_string() &&
           one.contains("timestamp") && one["timestamp"].is_string() && one.contains("data") &&
           one["data"].is_object();
  };
  if (!is_event(read)) return std::nullopt;
  std::vector<told_event> events;
  const auto add = [&](const nlohmann::json& one) {
    const auto at = is_event(one) ? parse_rfc3339(one["timestamp"].get_ref<const std::string&>())
                                  : std::nullopt;
    if (at) events.push_back({*at, thing_of(one["data"])});
    return at.has_value();
  };
  if (read["type"] != batch_type)
    return add(read) ? std::optional(std::move(events)) : std::nullopt;
  const auto list = read["data"].find("events");
  if (list == read["data"].end() || !list->is_array() || list->empty() ||
      !std::all_of(list->begin(), list->end(), add))
    return std::nullopt;
  return events;
}

void subscriber::note(const request& read, const std::vector<told_event>& events, timestamp now) {
  auto& path = paths_[read.path];
  const auto id = read.header("webhook-id");
  last_arrival_ = now;
  if (!path.deliveries.insert(graph_simulator::hash_text(id)).second) {
    ++path.repeated;
    return;
  }
  for (const auto& one : events) {
    ++path.events;
    times_.add(now - one.at);
    if (one.thing == 0) continue;
    const auto [last, is_new] = path.last_of.try_emplace(one.thing, one.at);
    if (is_new) continue;
    if (one.at == last->second) ++path.told_twice;
    if (one.at < last->second) ++path.out_of_order;
    last->second = std::max(last->second, one.at);
  }
  events_ += events.size();
  if (events.size() <= example_events_) return;
  example_events_ = events.size();
  example_ = {{"id", id}, {"body", read.body}, {"events", events.size()}};
}

subscriber_answer subscriber::own(const request& read) {
  const auto json = [](const figures& told) {
    return subscriber_answer{{.body = told.dump(), .headers = {}}};
  };
  if (read.path == "/_count") return json({{"events", events_}, {"wrong", wrong_}});
  if (read.path == "/_example" && !example_.is_null()) return json(example_);
  if (read.path != "/_stats") return {{.status = 404, .body = {}, .headers = {}}};
  if (read.method == "DELETE") forget();
  return json(stats());
}

void subscriber::forget() {
  paths_.clear();
  times_ = {};
  events_ = 0;
  wrong_ = 0;
  last_wrong_.clear();
  last_arrival_ = {};
  example_ = nullptr;
  example_events_ = 0;
}

figures subscriber::stats() const {
  figures paths = figures::object();
  std::uint64_t deliveries = 0, repeated = 0, told_twice = 0, out_of_order = 0;
  for (const auto& [path, of] : paths_) {
    paths[path] = {{"deliveries", of.deliveries.size()},
                   {"repeated", of.repeated},
                   {"events", of.events},
                   {"told_twice", of.told_twice},
                   {"out_of_order", of.out_of_order}};
    deliveries += of.deliveries.size();
    repeated += of.repeated;
    told_twice += of.told_twice;
    out_of_order += of.out_of_order;
  }
  return {{"deliveries", deliveries},
          {"repeated", repeated},
          {"events", events_},
          {"told_twice", told_twice},
          {"out_of_order", out_of_order},
          {"wrong", wrong_},
          {"last_wrong", last_wrong_},
          {"last_arrival", format_rfc3339(last_arrival_)},
          {"arrival", times_.to_json()},
          {"paths", std::move(paths)}};
}

}  // namespace omnistream::load
