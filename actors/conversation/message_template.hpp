#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/campaign/message_body.hpp"
#include "config/base/result.hpp"

namespace omnistream::actors {

/// A template as it is put into one message.
struct filled_template {
  nlohmann::json object;  ///< Meta's `template`
  std::string text;       ///< what the person reads: the body with its values; may be empty
};

/// Fills a template, either with Meta's `components` (an array), which Meta checks, or with
/// variables (an object) as template_plan has them: 422 for `template.variables` where these do not
/// fit. Pure.
result<filled_template> fill_template(const template_source& source, const nlohmann::json& with);

}  // namespace omnistream::actors
