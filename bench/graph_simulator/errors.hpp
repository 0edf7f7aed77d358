#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/server/listener.hpp"

namespace graph_simulator {

/// An error as the Graph API gives it. `code` decides the HTTP status and the title.
struct api_error {
  int code = 0;
  int subcode = 0;  ///< 0: the answer has none
  std::string details =
      {};  ///< one sentence: what is wrong with this very request; empty: the answer has none
  std::string message = {};  ///< empty: `(#code) title`
};

/// What a check found: nothing, or the error to answer with.
using verdict = std::optional<api_error>;

/// The HTTP status Meta gives with an error code; 400 for codes that are not in its table.
int http_status_of(int code);
/// Meta's title of an error code; a general one for codes that are not in its table.
std::string_view title_of(int code);

/// The error as an answer: Meta's envelope, its HTTP status, and for rate errors `Retry-After`
/// (seconds) and `X-Business-Use-Case-Usage` about `business_id`. `trace` makes the `fbtrace_id`.
omnistream::http::server::response render(const api_error& error, std::uint64_t trace,
                                          std::string_view business_id = "0");

/// The errors that more than one place gives; each text exists once.
namespace errors {
api_error unknown_object(std::string_view method, std::string_view object);   ///< 100/33
api_error required(std::string_view parameter);                               ///< 100
api_error wrong_type(std::string_view parameter, std::string_view expected);  ///< 100
api_error unexpected_key(std::string_view key, std::string_view parent);      ///< 100
api_error invalid(std::string details);                                       ///< 100
api_error missing(std::string details);                                       ///< 131008
api_error bad_value(std::string details);                                     ///< 131009
api_error parameter_count(std::string_view component, std::size_t given,
                          std::size_t expected);  ///< 132000
api_error format_mismatch(std::string details);   ///< 132012
api_error invalid_token();                        ///< 190
api_error expired_token();                        ///< 190/463
}  // namespace errors

}  // namespace graph_simulator
