#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

/// Reading the fields of a mail's header, or of what looks like one: `Name: value` in lines, where
/// a line that begins with a blank goes on with the one before it. All functions are pure.
namespace omnistream::actors {

/// The values of the fields of that name, the first `at_most` of them, without blanks around them.
/// Names are compared without case.
std::vector<std::string> header_fields(std::string_view lines, std::string_view name,
                                       std::size_t at_most);

/// The value of the first one; empty if there is none.
std::string header_field(std::string_view lines, std::string_view name);

/// The lines of `text` up to the first that is empty, and what comes after it.
std::pair<std::string_view, std::string_view> block_of(std::string_view text);

/// A field of the header of a mail as SendGrid's Inbound Parse has it: of its `headers`, or else of
/// `email`, the whole mail as it came.
std::string own_field(const nlohmann::json& mail, std::string_view name);

}  // namespace omnistream::actors
