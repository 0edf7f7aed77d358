#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "bench/graph_simulator/errors.hpp"
#include "bench/graph_simulator/template_store.hpp"

namespace graph_simulator {

/// What an accepted body says.
struct valid_message {
  enum class kind { message, read_receipt } what = kind::message;
  std::string input;  ///< `to` or `recipient` as given
  std::string wa_id;  ///< the digits of `to`; empty when the recipient is a business-scoped user id
  std::string callback;  ///< `biz_opaque_callback_data`; empty if absent
  bool is_template = false;
  template_category category = template_category::utility;  ///< of the template
};

/// Longest body the checks are run on; a message is far smaller.
inline constexpr std::size_t message_bytes_max = 1 << 20;
inline constexpr std::size_t nesting_depth_max = 32;
inline constexpr std::size_t callback_characters_max = 512;

/// Judges a body of `POST /{phone_number_id}/messages` as Meta does, or more strictly. `waba` owns
/// the number whose own digits are `sender`. Nothing and `message` filled, or the error to answer
/// with.
verdict validate_message(std::string_view body, const template_store& templates,
                         std::string_view waba, std::string_view sender, valid_message& message);

}  // namespace graph_simulator
