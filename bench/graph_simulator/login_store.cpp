#include "bench/graph_simulator/login_store.hpp"

#include <algorithm>

namespace graph_simulator {

std::string login_store::begin(simulated_login login) {
  if (codes_.size() >= entries_max) codes_.clear();
  if (unregistered_.size() >= entries_max) unregistered_.clear();
  if (login.kind == "whatsapp") unregistered_.insert(login.phone_number_id);
  auto code = "AQD-simulated-code-" + std::to_string(++count_);
  codes_[code] = std::move(login);
  return code;
}

login_store::code_state login_store::take(const std::string& code, simulated_login& login) {
  if (used_codes_.contains(code)) return code_state::used;
  const auto found = codes_.find(code);
  if (found == codes_.end()) return code_state::unknown;
  login = std::move(found->second);
  codes_.erase(found);
  if (used_codes_.size() >= entries_max) used_codes_.clear();
  used_codes_.insert(code);
  return code_state::good;
}

std::string login_store::issue(token_grant grant) {
  if (tokens_.size() >= entries_max) tokens_.clear();
  auto token = "EAAG-simulated-login-token-" + std::to_string(++count_);
  tokens_.emplace(token, std::move(grant));
  return token;
}

const token_grant* login_store::find(std::string_view token) const {
  const auto found = tokens_.find(token);
  return found == tokens_.end() ? nullptr : &found->second;
}

bool login_store::may_use(std::string_view token, std::string_view node) const {
  const auto* grant = find(token);
  if (grant == nullptr || node == "me") return true;
  const auto& login = grant->login;
  switch (grant->what) {
    case token_grant::kind::business:
      return node == login.waba_id || node == login.phone_number_id;
    case token_grant::kind::user:
      return std::ranges::any_of(login.pages, [&](const auto& page) { return page.first == node; });
    case token_grant::kind::page:
      return node == grant->page_id || node == "178414" + grant->page_id;
    case token_grant::kind::instagram:
      return node == login.user_id;
  }
  return false;
}

}  // namespace graph_simulator
