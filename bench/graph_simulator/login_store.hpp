#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace graph_simulator {

/// What a person grants our app by a login.
struct simulated_login {
  std::string kind;          ///< `whatsapp`, `messenger`, `instagram`
  std::string redirect_uri;  ///< where the login led to; empty: nowhere
  std::string waba_id, phone_number_id;
  std::vector<std::pair<std::string, std::string>> pages;  ///< id and name
  std::string user_id, username;                           ///< of the Instagram account
};

/// What a token that a login gave is good for.
struct token_grant {
  enum class kind { business, user, page, instagram } what;
  bool is_long = false;  ///< it was exchanged for one that lives long
  simulated_login login;
  std::string page_id;  ///< of a page's
};

/// Logins, the codes they gave, the tokens these were exchanged for, and the numbers that logins
/// brought and nobody registered. Not thread-safe.
class login_store {
 public:
  static constexpr std::size_t entries_max = 10'000;  ///< of each kind; the oldest are not spared

  /// A code, good once.
  std::string begin(simulated_login login);
  enum class code_state { good, used, unknown };
  /// Takes the code; `login` is set where it is good.
  code_state take(const std::string& code, simulated_login& login);
  std::string issue(token_grant grant);
  /// Nothing for tokens that no login gave.
  const token_grant* find(std::string_view token) const;
  /// Whether the token may be used for the object: those of a login only for what it granted.
  bool may_use(std::string_view token, std::string_view node) const;

  bool is_unregistered(const std::string& number) const { return unregistered_.contains(number); }
  void note_registered(const std::string& number) { unregistered_.erase(number); }

 private:
  std::unordered_map<std::string, simulated_login> codes_;
  std::unordered_set<std::string> used_codes_;
  std::map<std::string, token_grant, std::less<>> tokens_;
  std::unordered_set<std::string> unregistered_;
  std::uint64_t count_ = 0;
};

}  // namespace graph_simulator
