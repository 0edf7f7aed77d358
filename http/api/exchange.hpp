#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/reply.hpp"
#include "config/base/result.hpp"
#include "config/base/uuid.hpp"
#include "http/api/identity.hpp"
#include "http/contract/operation.hpp"
#include "http/contract/table.hpp"
#include "http/server/listener.hpp"
#include "http/server/query_string.hpp"

namespace omnistream::http::api {

struct services;
class exchange;
using exchange_ptr = std::shared_ptr<exchange>;

/// One request on its way to its answer: what a handler sees. It is passed along as a shared
/// pointer; answered once, from any thread; if the last copy dies unanswered, the client gets a
/// 503.
class exchange : public std::enable_shared_from_this<exchange> {
 public:
  exchange(services& with, const contract::operation& what, server::request request,
           std::vector<std::pair<std::string, std::string>> path_parameters, std::string request_id,
           std::function<void(server::response)> send);

  services& with() const { return with_; }
  const contract::operation& operation() const { return operation_; }
  const server::request& request() const { return request_; }
  const std::string& request_id() const { return request_id_; }
  /// The caller. Only for operations that need one.
  const identity& caller() const { return *caller_; }
  void set_caller(identity_ptr who) { caller_ = std::move(who); }
  bool has_caller() const { return caller_ != nullptr; }

  /// A path parameter as text, and as the uuid the pipeline has made sure it is.
  const std::string& path_text(std::string_view name) const;
  uuid path_id(std::string_view name = "id") const;

  // -- reading: nothing means that the problem was answered
  // -----------------------------------------

  template <class T>
  std::optional<T> body() {
    return taken(table_for(static_cast<const T*>(nullptr)).parse_body(request_.body));
  }
  template <class T>
  std::optional<T> query() {
    auto parameters = server::parse_query(request_.query);
    if (!parameters) return fail(parameters.error()), std::nullopt;
    return taken(table_for(static_cast<const T*>(nullptr)).parse_query(*parameters));
  }

  // -- answering, once
  // ------------------------------------------------------------------------------

  void send(server::response answer);
  void json(int status, std::string body) {
    send({.status = status, .body = std::move(body), .headers = {}});
  }
  /// `headers`: besides those that follow from the problem.
  void fail(const problem& why, std::vector<std::pair<std::string, std::string>> headers = {});
  void finish(result<actors::answer> what);
  /// The right to answer, for actors and storage.
  actors::reply_ptr reply();

 private:
  template <class T>
  std::optional<T> taken(result<T> parsed) {
    if (parsed) return std::move(parsed).value();
    fail(parsed.error());
    return std::nullopt;
  }

  services& with_;
  const contract::operation& operation_;
  server::request request_;
  std::vector<std::pair<std::string, std::string>> path_parameters_;
  std::string request_id_;
  std::function<void(server::response)> send_;
  identity_ptr caller_;
};

}  // namespace omnistream::http::api
