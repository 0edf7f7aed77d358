#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "http/api/account_secrets.hpp"
#include "http/api/account_storing.hpp"
#include "http/api/login_flow.hpp"
#include "http/api/messenger_login.hpp"
#include "http/api/meta_access.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;
using actors::reply_ptr;
using nlohmann::json;
using nlohmann::ordered_json;

/// The first of each id, in their order.
std::vector<std::string> each_once(const std::vector<std::string>& ids) {
  std::vector<std::string> found;
  for (const auto& id : ids)
    if (std::find(found.begin(), found.end(), id) == found.end()) found.push_back(id);
  return found;
}

/// Gathers what becomes of the pages; whoever ends last answers the caller. Any thread.
class gathering {
 public:
  gathering(std::vector<std::string> pages, reply_ptr answer)
      : pages_(std::move(pages)),
        outcomes_(pages_.size()),
        open_(pages_.size()),
        answer_(std::move(answer)) {}

  const std::vector<std::string>& pages() const { return pages_; }

  void take(std::size_t place, result<actors::answer> outcome) {
    {
      const std::lock_guard lock(mutex_);
      outcomes_[place].emplace(std::move(outcome));
      if (--open_ > 0) return;
    }
    (*answer_)(actors::answer{200, shown()});
  }

 private:
  std::string shown() const {
    auto results = ordered_json::array();
    int failed = 0;
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      const auto& outcome = *outcomes_[i];
      results.push_back({{"page_id", pages_[i]}, {"ok", outcome.ok()}});
      if (outcome) {
        results.back()["account"] = ordered_json::parse(outcome->json);
        continue;
      }
      ++failed;
      const auto& why = outcome.error();
      // A field that is wrong says more than that one is.
      const auto& code = why.errors.empty() ? why.code : why.errors.front().code;
      const auto& detail = why.errors.empty() ? why.detail : why.errors.front().message;
      results.back()["error"] = {{"status", why.status}, {"code", code}, {"detail", detail}};
    }
    return ordered_json{{"succeeded", static_cast<int>(pages_.size()) - failed},
                        {"failed", failed},
                        {"results", std::move(results)}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
  }

  const std::vector<std::string> pages_;
  std::mutex mutex_;
  std::vector<std::optional<result<actors::answer>>> outcomes_;
  std::size_t open_;
  const reply_ptr answer_;
};

/// One page on its way.
struct page_connection : login_flow<page_connection> {
  page_connection(services& services, login_caller caller, std::string page,
                  std::optional<uuid> division, reply_ptr to)
      : login_flow(services, std::move(caller), std::move(to)),
        page_id(std::move(page)),
        division_id(division) {}

  void start(const std::string& user_token);
  void look_up();
  void subscribe();
  void keep();

  const std::string page_id;
  const std::optional<uuid> division_id;
  std::string name;
  std::string token;
};

/// Meta gives the token only to somebody who may use the page: so it is theirs.
void page_connection::start(const std::string& user_token) {
  with.graph.get_page(page_id, user_token, step<json>([](page_connection& self, const json& page) {
                        self.name = meta_text(page, "name");
                        self.token = meta_text(page, "access_token");
                        if (self.token.empty())
                          return (*self.answer)(problems::forbidden(
                              "page_not_granted", "Meta gives you no access to this page."));
                        self.look_up();
                      }));
}

void page_connection::look_up() {
  using found = std::optional<known_account>;
  find_known_account(with, by.tenant, "messenger", page_id,
                     step<found>([](page_connection& self, const found&) { self.subscribe(); }));
}

void page_connection::subscribe() {
  with.graph.subscribe_page(page_id, token,
                            step<json>([](page_connection& self, const json&) { self.keep(); }));
}

void page_connection::keep() {
  contract::account_create account;
  account.channel = "messenger";
  account.account_key = page_id;
  account.display_name = name.empty() ? page_id : name;
  account.division_id = division_id;
  account.config.emplace().values["access_token"] = token;
  keep_logged_in_account(with, by, std::move(account), answer);
}

/// The user token of the agent's last login.
result<std::string> remembered_login(storage::session& in, const crypto::key256& key,
                                     const login_caller& by, const std::optional<uuid>& division) {
  if (auto wrong = division_errors(in, division); !wrong.empty())
    return problems::invalid(std::move(wrong));
  const auto row = in.execute(sql::messenger_login_of, by.agent);
  const auto token = row.empty()
                         ? std::nullopt
                         : open_user_token(key, by.tenant, by.agent, std::string(row.text(0, 0)));
  if (!token) return problems::wrong_state(login_needed.code, login_needed.doc);
  return *token;
}

/// A page's account, and its token if that can be read.
struct page_account {
  uuid id;
  std::shared_ptr<const std::string> token;
};

void switch_off(services& with, const login_caller& by, const uuid& account,
                const reply_ptr& answer) {
  with.pool.submit(
      storage::access::tenant(by.tenant),
      [&with, account, own_url = by.own_url](storage::session& in) {
        contract::account_change off;
        off.is_active = false;
        return store_account_change(in, with.encryption_key, account, off, own_url);
      },
      [&with, answer](result<changed_account> changed) {
        answer_and_wake(with, std::move(changed), answer);
      });
}

void disconnect(services& with, const login_caller& by, const std::string& page_id,
                const reply_ptr& answer) {
  with.pool.submit(
      storage::access::tenant(by.tenant),
      [&with, page_id](storage::session& in) -> result<page_account> {
        const auto row = in.execute(sql::messenger_account_of_page, page_id);
        if (row.empty()) return problems::not_found("page");
        return page_account{row.id(0, 0), open_access_token(with.encryption_key, row.id(0, 0),
                                                            std::string(row.text(0, 1)))};
      },
      [&with, by, page_id, answer](const result<page_account>& found) {
        if (!found) return (*answer)(found.error());
        if (!found->token) return switch_off(with, by, found->id, answer);
        with.graph.unsubscribe_page(page_id, *found->token,
                                    [&with, by, id = found->id, answer](const result<json>& said) {
                                      if (!said && said.error().code == meta_unreachable.code)
                                        return (*answer)(said.error());
                                      switch_off(with, by, id, answer);
                                    });
      });
}

}  // namespace

void subscribe_pages(services& with, login_caller by, contract::pages_subscribe wanted,
                     reply_ptr answer) {
  if (!can_log_in_messenger(with.settings)) return (*answer)(not_available());
  with.engine.query(
      [&with, by = std::move(by), wanted = std::move(wanted)](const reply_ptr& counted) {
        with.pool.submit(
            storage::access::tenant(by.tenant),
            [&with, by, division = wanted.division_id](storage::session& in) {
              return remembered_login(in, with.encryption_key, by, division);
            },
            [&with, by, wanted, counted](const result<std::string>& token) {
              if (!token) return (*counted)(token.error());
              const auto all = std::make_shared<gathering>(each_once(wanted.page_ids), counted);
              for (std::size_t i = 0; i < all->pages().size(); ++i)
                std::make_shared<page_connection>(
                    with, by, all->pages()[i], wanted.division_id,
                    std::make_shared<actors::reply>([all, i](result<actors::answer> outcome) {
                      all->take(i, std::move(outcome));
                    }))
                    ->start(*token);
            });
      },
      std::move(answer));
}

void disconnect_page(services& with, login_caller by, std::string page_id, reply_ptr answer) {
  with.engine.query([&with, by = std::move(by), page_id = std::move(page_id)](
                        const reply_ptr& counted) { disconnect(with, by, page_id, counted); },
                    std::move(answer));
}

}  // namespace omnistream::http::api
