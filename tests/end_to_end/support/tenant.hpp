#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/end_to_end/support/programs.hpp"

namespace omnistream::test {

/// How many recipients have which status.
using tally = std::map<std::string, int>;

/// Numbers that are phone numbers: +62812 and eight digits. `first` counts from 0.
std::vector<std::string> phone_numbers(int first, int count);

/// Every recipient of a campaign, read page by page.
struct recipient_list {
  std::vector<nlohmann::json> all;

  tally by_status() const;
  std::vector<nlohmann::json> with_status(const std::string& status) const;
};

/// One tenant and what its admin does through the API. Every call that is expected to work throws
/// std::runtime_error with the server's words if it does not, which fails the test.
class tenant {
 public:
  /// Made by `omnistream bootstrap` beside the running server.
  tenant(server_program& server, const std::string& name);

  http_answer call(const std::string& method, const std::string& path,
                   const nlohmann::json& body = nullptr, const http_headers& more = {});
  /// The same as somebody else.
  http_answer call_as(const std::string& api_key, const std::string& method,
                      const std::string& path, const nlohmann::json& body = nullptr);
  /// The JSON of a call that must be answered with a status below 300.
  nlohmann::json must(const std::string& method, const std::string& path,
                      const nlohmann::json& body = nullptr, const http_headers& more = {});

  /// Uploads a text; the id of the medium.
  std::string upload(const std::string& text);

  /// Connects a WhatsApp number; `mps` 0: as fast as possible. Its id.
  std::string connect(const std::string& phone_number_id, int mps = 0,
                      const std::string& token = access_token);
  /// The id of a template, by its name; fetches all from Meta first.
  std::string template_id(const std::string& name);
  /// A draft. Its id.
  std::string draft(const std::string& template_name, const nlohmann::json& more = {});
  /// Adds people with the two variables of order_update.
  void add(const std::string& campaign, const std::vector<std::string>& numbers);
  nlohmann::json send(const std::string& campaign, int wait_s = 0);
  nlohmann::json campaign(const std::string& id);
  recipient_list recipients(const std::string& campaign);
  nlohmann::json recipient(const std::string& campaign, const std::string& number);

  /// Asks for the campaign again and again until `is`; every answer's counters are checked on the
  /// way. The last answer. Throws after `limit`.
  nlohmann::json await(const std::string& campaign,
                       const std::function<bool(const nlohmann::json&)>& is,
                       std::chrono::seconds limit = std::chrono::seconds(20));
  /// Until its status is one of the final ones.
  nlohmann::json await_end(const std::string& campaign,
                           std::chrono::seconds limit = std::chrono::seconds(20));
  /// Until Meta has told everything and nothing moves any more: no status is to come.
  nlohmann::json await_rest(const std::string& campaign, simulator_program& simulator,
                            std::chrono::seconds limit = std::chrono::seconds(20));

  const std::string& api_key() const { return api_key_; }
  const std::string& email() const { return email_; }
  const std::string& id() const { return id_; }
  const std::string& agent_id() const { return agent_id_; }

 private:
  http_client client_;
  std::string id_, agent_id_, email_, api_key_;
  std::map<std::string, std::string> templates_;
};

/// What must be true of a campaign's counters at every moment.
void expect_sane_counters(const nlohmann::json& campaign);
/// Counters equal rows, row by row.
void expect_counters_equal(const nlohmann::json& campaign, const recipient_list& rows);
/// The keys of an object.
std::set<std::string> keys_of(const nlohmann::json& object);

}  // namespace omnistream::test
