#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "http/contract/field.hpp"

namespace omnistream::http::contract {

/// Who may call an operation.
enum class authentication : std::uint8_t {
  none,               ///< anybody: login, health, documents
  caller,             ///< an API key, a session cookie or a bearer token
  webhook_signature,  ///< Meta: an HMAC over the raw body
  mail_signature,     ///< whoever posts mails: the same, where a key is set
};

/// One answer that means success.
struct success {
  int status = 200;
  std::string doc{};
  shape_ptr body{};            ///< the JSON object; null where there is another body, or none
  bool is_array = false;       ///< an array of `body`
  std::string content_type{};  ///< of a body that is no JSON: `text/csv`
  /// Otherwise made from the shape.
  std::optional<nlohmann::json> example{};
};

/// One failure that this operation has beyond those that follow from its kind.
struct failure {
  int status = 409;
  std::string code{};
  std::string doc{};
};

/// The limit of a JSON body where the operation names none.
inline constexpr std::size_t body_bytes_max_default = 1 << 20;

/// An operation, declared once: routing, reading, permission and documentation follow from it.
struct operation {
  std::string id;      ///< `campaigns_list`
  std::string method;  ///< `GET`
  std::string path;    ///< `/api/campaigns/{id}`
  std::string tag;
  std::string summary;
  std::string description{};
  authentication access = authentication::caller;
  std::string permission{};      ///< `campaigns.manage`; empty: whoever is authenticated
  bool needs_broadcast = false;  ///< the agent's `can_broadcast` too
  shape_ptr body{};              ///< of the table that reads the body: `table_for(...).shape()`
  shape_ptr query{};
  /// Declarations of path parameters. Those not named here are UUIDs.
  std::vector<field_spec> path_parameters{};
  /// Headers that the operation reads, for the document: see header_parameter().
  std::vector<field_spec> header_parameters{};
  std::vector<success> successes{};
  std::vector<failure> failures{};
  /// Larger bodies are answered 413 before they are read. Of webhooks and mails, a setting says it.
  std::size_t body_bytes_max = body_bytes_max_default;
  bool is_heavy = false;  ///< takes part in a smaller limit of calls at once
  /// Of a body that is no JSON (`text/csv`); `body` is null then.
  std::string body_content_type{};
  std::optional<nlohmann::json> body_example{};
};

/// All failures of an operation: its own, and those that follow from its kind (401 and 403 where a
/// caller is needed, 404 where the path has an id, 400, 413, 415 and 422 where there is a body,
/// 422 where there is a query, 429, 503 and 500 always). By status, then code; each once.
std::vector<failure> all_failures(const operation& of);

/// A header that a caller may send.
field_spec header_parameter(std::string name, std::string doc, std::string example);
field_spec idempotency_key_parameter();

/// The names in braces of a path, in their order.
std::vector<std::string> path_parameter_names(std::string_view path);

/// A group of operations in the document.
struct tag {
  std::string name;
  std::string doc;
};

/// All operations of the server, in the order in which the document shows them.
class operation_table {
 public:
  /// Returns the operation's index, by which the router and the handlers know it. Throws
  /// std::logic_error when the id, or the method with the path, is taken, or when the declaration
  /// is not sound: bad id, no success, body on GET, undeclared path parameter, ...
  std::size_t add(operation declared);
  void describe(tag group);

  const std::vector<operation>& operations() const { return operations_; }
  const operation& operator[](std::size_t index) const { return operations_[index]; }
  const operation* find(std::string_view id) const;
  const std::vector<tag>& tags() const { return tags_; }

 private:
  std::vector<operation> operations_;
  std::vector<tag> tags_;
};

}  // namespace omnistream::http::contract
