#include "http/api/authenticator.hpp"

#include <algorithm>
#include <cctype>

#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;

constexpr std::string_view how_to_authenticate =
    "Send an API key in X-API-Key, a bearer token in Authorization, or log in first.";

/// The value of a cookie in a Cookie header; empty if it is not there.
std::string_view cookie_value(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const auto end = std::min(cookies.find(';'), cookies.size());
    auto one = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=')
      return one.substr(name.size() + 1);
  }
  return {};
}

/// What a credential is looked up by: a statement with its argument, under a name for the cache.
struct lookup {
  const storage::statement* by;
  std::string argument;
  std::optional<uuid> session;
  std::string cache_key() const { return (session ? "session:" : "key:") + argument; }
};

std::optional<lookup> lookup_of(const services& with, const server::request& from) {
  if (const auto key = from.header("X-API-Key"); !key.empty())
    return lookup{&sql::identity_by_key, api_key_hash(key), std::nullopt};
  auto token = bearer_token(from);
  if (token.empty()) token = cookie_value(from.header("Cookie"), session_cookie);
  const auto session = with.tokens.verify(token, with.now());
  if (!session) return std::nullopt;
  return lookup{&sql::identity_by_session, session->to_string(), session};
}

std::set<std::string, std::less<>> split(std::string_view list) {
  std::set<std::string, std::less<>> parts;
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    parts.emplace(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return parts;
}

result<identity_ptr> look_up(storage::session& in, const lookup& who) {
  const auto row = in.execute(*who.by, who.argument);
  if (row.empty())
    return problems::unauthenticated("The key or session is not valid (any more). " +
                                     std::string(how_to_authenticate));
  auto found = std::make_shared<identity>();
  found->tenant_id = row.id(0, 0);
  found->agent_id = row.id(0, 1);
  found->role = std::string(row.text(0, 2));
  found->permissions = split(row.text(0, 3));
  found->can_broadcast = row.boolean(0, 4);
  found->country = std::string(row.text(0, 5));
  found->session_id = who.session;
  if (!who.session) in.execute(sql::identity_key_used, who.argument);
  return identity_ptr(std::move(found));
}

}  // namespace

std::string api_key_hash(std::string_view key) {
  return crypto::sha256_hex(key);
}

std::string_view bearer_token(const server::request& from) {
  const auto authorization = from.header("Authorization");
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size()) return {};
  const bool is_bearer =
      std::equal(scheme.begin(), scheme.end(), authorization.begin(), [](char a, char b) {
        return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
      });
  return is_bearer ? authorization.substr(scheme.size()) : std::string_view{};
}

std::optional<problem> no_credentials(const services& with, const server::request& from) {
  if (lookup_of(with, from)) return std::nullopt;
  return problems::unauthenticated(std::string(how_to_authenticate));
}

void authenticate(services& with, const server::request& from,
                  std::function<void(result<identity_ptr>)> done) {
  auto who = lookup_of(with, from);
  if (!who) return done(problems::unauthenticated(std::string(how_to_authenticate)));
  if (auto known = with.identities.find(who->cache_key())) return done(std::move(known));
  with.pool.submit(
      storage::access::engine(), [who = *who](storage::session& in) { return look_up(in, who); },
      [&with, key = who->cache_key(), generation = with.identities.generation(),
       done = std::move(done)](result<identity_ptr> found) {
        if (found) with.identities.remember(key, *found, generation);
        done(std::move(found));
      });
}

std::optional<problem> forbidden_to(const identity& caller, const contract::operation& what) {
  if (!caller.may(what.permission))
    return problems::forbidden("permission_denied", "This needs the permission " + what.permission +
                                                        ", which the role " + caller.role +
                                                        " does not have.");
  if (what.needs_broadcast && !caller.can_broadcast)
    return problems::forbidden(
        "broadcast_not_allowed",
        "Sending campaigns needs can_broadcast on your agent profile; an admin can set it.");
  return std::nullopt;
}

}  // namespace omnistream::http::api
