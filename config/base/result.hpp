#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace omnistream {

/// One wrong field of a request body, query or setting: where, what class of mistake, and what to
/// do.
struct field_error {
  std::string field;    ///< path of the field, `variables.628123.1` for nested ones
  std::string code;     ///< stable, snake_case: `required`, `too_long`, `out_of_range`, ...
  std::string message;  ///< one sentence for a person
};

/// Why a command was not carried out, as the caller will see it (RFC 9457,
/// `application/problem+json`). Independent of HTTP except that `status` uses its numbers, so that
/// every layer can name the outcome.
struct problem {
  int status = 500;
  std::string code;    ///< stable, snake_case: what programs branch on
  std::string detail;  ///< one or two sentences for a person: what happened and what to do
  std::vector<field_error> errors;
  std::optional<int> retry_after_seconds;
};

/// The named problems: every text exists once. Status codes follow the API rules of the design.
namespace problems {
problem not_found(std::string what);  ///< 404, also for another tenant's objects
problem wrong_state(std::string code, std::string detail);  ///< 409
problem conflict(std::string code, std::string detail);     ///< 409
problem invalid(std::vector<field_error> errors);           ///< 422
problem invalid_field(std::string field, std::string code,
                      std::string message);                 ///< 422 with one error
problem bad_request(std::string code, std::string detail);  ///< 400
problem unauthenticated(std::string detail);                ///< 401
problem forbidden(std::string code, std::string detail);    ///< 403
problem upstream(std::string code, std::string detail);     ///< 502: Meta answered with an error
problem unavailable(std::string code, std::string detail, int retry_after_seconds = 1);  ///< 503
problem internal();  ///< 500; the cause goes to the log, not out
}  // namespace problems

/// A value or the problem that prevented it. (std::expected is C++23.)
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  result(problem why) : content_(std::in_place_index<1>, std::move(why)) {}

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return std::get<0>(content_); }
  const T& value() const& { return std::get<0>(content_); }
  T&& value() && { return std::get<0>(std::move(content_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const problem& error() const { return std::get<1>(content_); }
  problem& error() { return std::get<1>(content_); }

 private:
  std::variant<T, problem> content_;
};

/// For commands that succeed without a value.
struct done {};

}  // namespace omnistream
