#include "http/api/messenger_login.hpp"

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "http/api/login_flow.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;
using actors::reply_ptr;
using nlohmann::json;

/// How long the agent may choose pages.
constexpr std::chrono::seconds login_kept{3'600};

std::string place_of(const uuid& tenant, const uuid& agent) {
  return "messenger_logins.user_token:" + tenant.to_string() + ':' + agent.to_string();
}

/// A page as the agent sees it. Nothing else of Meta's answer gets out.
nlohmann::ordered_json shown_page(const json& page) {
  nlohmann::ordered_json shown{{"page_id", meta_text(page, "id")},
                               {"name", meta_text(page, "name")},
                               {"tasks", json::array()},
                               {"is_connected", false}};
  if (const auto category = meta_text(page, "category"); !category.empty())
    shown["category"] = category;
  if (const auto tasks = page.find("tasks"); tasks != page.end() && tasks->is_array())
    for (const auto& task : *tasks)
      if (task.is_string()) shown["tasks"].push_back(task.get<std::string>());
  return shown;
}

/// Keeps the token, and marks the pages that are connected already.
result<actors::answer> keep(storage::session& in, const uuid& agent, const std::string& sealed,
                            const json& pages) {
  std::map<std::string, nlohmann::ordered_json> by_id;
  std::vector<std::string> order;
  for (const auto& page : pages) {
    if (!page.is_object() || meta_text(page, "id").empty()) continue;
    if (by_id.emplace(meta_text(page, "id"), shown_page(page)).second)
      order.push_back(meta_text(page, "id"));
  }
  const auto known = in.execute(sql::messenger_accounts_by_page, order);
  for (int i = 0; i < known.size(); ++i) {
    auto& page = by_id[std::string(known.text(i, 0))];
    page["integration_account_id"] = known.id(i, 1).to_string();
    page["is_connected"] = known.boolean(i, 2);
  }
  in.execute(sql::messenger_logins_forget);
  const auto kept = in.execute(sql::messenger_login_keep, agent, sealed, login_kept.count());
  nlohmann::ordered_json shown{{"expires_at", kept.text(0, 0)}, {"pages", json::array()}};
  for (const auto& id : order) shown["pages"].push_back(by_id[id]);
  return actors::answer{200, shown.dump(-1, ' ', false, json::error_handler_t::replace)};
}

/// One person on the way to their pages.
struct login : login_flow<login> {
  login(services& services, login_caller caller, contract::messenger_login what, reply_ptr to)
      : login_flow(services, std::move(caller), std::move(to)), wanted(std::move(what)) {}

  void start();
  void exchange();
  void extend(const std::string& first);
  void list();
  void finish(const json& pages);

  const contract::messenger_login wanted;
  std::string token;
};

void login::start() {
  begin_returned_login(with, by, "messenger", wanted.state, std::nullopt,
                       step<done>([](login& self, done) { self.exchange(); }));
}

void login::exchange() {
  with.logins.exchange_login_code(
      wanted.code, step<client::login_token>([](login& self, const client::login_token& got) {
        self.extend(got.access_token);
      }));
}

/// Pages' tokens live as long as the user's from which they are had; of a long one, without end.
void login::extend(const std::string& first) {
  with.logins.extend_user_token(first,
                                step<client::login_token>([](login& self, client::login_token got) {
                                  self.token = std::move(got.access_token);
                                  self.list();
                                }));
}

void login::list() {
  with.graph.list_pages(token,
                        step<json>([](login& self, const json& pages) { self.finish(pages); }));
}

void login::finish(const json& pages) {
  with.pool.submit(
      storage::access::tenant(by.tenant),
      [agent = by.agent, sealed = seal_user_token(with.encryption_key, by.tenant, by.agent, token),
       pages](storage::session& in) { return keep(in, agent, sealed, pages); },
      step<actors::answer>(
          [](login& self, actors::answer shown) { (*self.answer)(std::move(shown)); }));
}

}  // namespace

std::string seal_user_token(const crypto::key256& key, const uuid& tenant, const uuid& agent,
                            const std::string& token) {
  return crypto::seal(key, token, place_of(tenant, agent));
}

std::optional<std::string> open_user_token(const crypto::key256& key, const uuid& tenant,
                                           const uuid& agent, const std::string& sealed) {
  return crypto::open(key, sealed, place_of(tenant, agent));
}

void log_in_messenger(services& with, login_caller by, contract::messenger_login wanted,
                      reply_ptr answer) {
  if (!can_log_in_messenger(with.settings)) return (*answer)(not_available());
  with.engine.query(
      [&with, by = std::move(by), wanted = std::move(wanted)](reply_ptr counted) {
        std::make_shared<login>(with, by, wanted, std::move(counted))->start();
      },
      std::move(answer));
}

}  // namespace omnistream::http::api
