#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/dispatch/message_sender.hpp"
#include "actors/webhook/delivery_sender.hpp"
#include "config/base/uuid.hpp"
#include "config/settings.hpp"
#include "http/api/contact_names.hpp"
#include "http/api/route_table.hpp"
#include "http/api/services.hpp"
#include "tests/support/test_database.hpp"

namespace omnistream::test {

using header_lines = std::vector<std::pair<std::string, std::string>>;

/// An HTTP answer as it came.
struct api_answer {
  int status = 0;
  header_lines headers;
  std::string body;

  /// The first header of that name, compared without case; "" if absent.
  std::string header(std::string_view name) const;
  /// The body; a discarded value if it is no JSON.
  nlohmann::json json() const;
  /// The problem's code; "" if it is none.
  std::string code() const;
  /// The problem's wrong fields as `field:code`, in their order.
  std::vector<std::string> wrong_fields() const;
};

/// Takes every message and says that Meta accepted it, unless told otherwise.
class fake_sender : public actors::message_sender {
 public:
  using answer = std::function<actors::send_result(const actors::outbound_message&)>;

  void send(actors::outbound_message message,
            std::function<void(actors::send_result)> done) override;
  void answers_with(answer with);
  std::vector<actors::outbound_message> sent() const;

 private:
  mutable std::mutex guard_;
  answer with_;
  std::vector<actors::outbound_message> sent_;
};

/// Takes every outgoing webhook and answers 200, unless told otherwise.
class fake_subscriber : public actors::delivery_sender {
 public:
  using answer = std::function<actors::delivery_result(const actors::delivery_request&)>;

  void send(actors::delivery_request request,
            std::function<void(actors::delivery_result)> done) override;
  void answers_with(answer with);
  std::vector<actors::delivery_request> received() const;

 private:
  mutable std::mutex guard_;
  answer with_;
  std::vector<actors::delivery_request> received_;
};

/// What a test knows of a tenant it made.
struct test_tenant {
  uuid id;
  uuid agent_id;  ///< its admin, with can_broadcast
  std::string email;
  std::string api_key;
};

struct api_server_options {
  /// Changes settings before anything starts. The Graph API's address is a closed port by default.
  std::function<void(config::settings&)> adjust{};
  wall_clock now = system_now;
  /// As engine_options::open_token; by default every account has the token `test-token`.
  actors::open_account_secret open_token{};
};

/// The whole server in this process, on a database of its own and a free port of the loopback
/// address: pool, engine, all routes, listener. Only the ways out to Meta and to subscribers are
/// faked. Every answer of a declared operation is held against its declaration: an answer that the
/// document does not promise fails the test.
class api_server {
 public:
  /// Of every agent that the fixture makes.
  static constexpr const char* password = "correct horse battery";

  explicit api_server(api_server_options options = {});
  ~api_server();
  api_server(const api_server&) = delete;
  api_server& operator=(const api_server&) = delete;

  /// One call with these headers; `path` with its query. The body goes as application/json unless
  /// a Content-Type is given. status 0 if there was no answer.
  api_answer send(const std::string& method, const std::string& path, const std::string& body,
                  const header_lines& headers) const;
  /// A call with an API key; "" for nobody. A null body is none.
  api_answer call(const std::string& api_key, const std::string& method, const std::string& path,
                  const nlohmann::json& body = nullptr) const;

  /// A tenant with an admin and the admin's API key, written to the database directly.
  test_tenant make_tenant(const std::string& name = "Toko Maju");
  /// A further agent with a system role; its id and API key.
  std::pair<uuid, std::string> make_agent(const uuid& tenant, const std::string& email,
                                          const std::string& role = "agent");

  /// For those who speak HTTP themselves.
  std::uint16_t port() const;
  http::api::services& services();
  const http::api::route_table& routes() const;
  const test_database& database() const;
  http::api::contact_names& names();
  fake_sender& sender();
  fake_subscriber& subscriber();

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace omnistream::test
