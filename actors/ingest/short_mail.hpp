#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace omnistream::actors {

/// A mail's document, with what is long apart: lists read only what is short. Pure.
struct short_mail {
  static constexpr std::size_t member_bytes_max = 64 * 1'024;    ///< of a text or other member
  static constexpr std::size_t content_bytes_max = 256 * 1'024;  ///< of all of them, nearly

  /// Of texts above `member_bytes_max` the beginning, of long attachments their heads: see
  /// attachment_heads(). What else is long or came when there was no room any more is not in it,
  /// and neither is `verified`: a mail does not verify itself.
  nlohmann::json content = nlohmann::json::object();
  /// What the content lacks, whole and as it stands in the mail's text, which outlives it.
  std::map<std::string, std::string_view> rest;
  /// The members that say whom it was sent to, whole.
  nlohmann::json addressed = nlohmann::json::object();
};

/// Nothing if it is no JSON object or nested too deep, or if it has numbers that PostgreSQL does
/// not take or would print with many more digits than came: no mail needs those.
std::optional<short_mail> shorten_mail(std::string_view json);

/// `rest` as a JSON object that PostgreSQL takes as jsonb; null if there is none.
std::shared_ptr<const std::string> rest_json_of(const short_mail& mail);

}  // namespace omnistream::actors
