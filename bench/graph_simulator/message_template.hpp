#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/graph_simulator/errors.hpp"

namespace graph_simulator {

enum class template_status { pending, approved, rejected, paused, disabled };
enum class template_category { marketing, utility, authentication };
enum class header_format { none, text, image, video, document, location };
enum class button_type { quick_reply, url, phone_number, copy_code, otp, catalog, flow, other };

std::string_view to_string(template_status status);      ///< `APPROVED`, as Meta writes it
std::string_view to_string(template_category category);  ///< `MARKETING`
std::string_view to_string(header_format format);        ///< `IMAGE`; `UNKNOWN` for none
std::string_view to_string(button_type type);  ///< as a message's `sub_type`: `quick_reply`
std::optional<template_status> template_status_of(std::string_view text);
std::optional<template_category> template_category_of(std::string_view text);

/// A text with placeholders, `{{1}}` or `{{name}}`, taken apart once so that sending only compares.
struct template_text {
  std::string text;
  std::vector<std::string> placeholders;  ///< distinct, in order of first appearance
  std::size_t fixed_length = 0;           ///< characters outside the placeholders
};
template_text parse_template_text(std::string text);

struct template_button {
  button_type type = button_type::other;
  bool has_variable = false;  ///< a URL that ends with `{{1}}`
};

/// A message template as the review sees it (`components`) and as sending needs it (the rest).
struct message_template {
  std::uint64_t id = 0;
  std::string waba_id;
  std::string name;
  std::string language;
  template_category category = template_category::utility;
  bool named_parameters = false;
  nlohmann::ordered_json components;
  header_format header = header_format::none;
  template_text header_text;
  template_text body;
  std::vector<template_button> buttons;
};

/// Reads the body of `POST /{waba}/message_templates` strictly: names, bounds, components,
/// placeholders. On success `made` holds everything but id and WABA.
verdict parse_template_definition(const nlohmann::json& definition, message_template& made);

/// The number of characters (code points) of a UTF-8 text.
std::size_t character_count(std::string_view utf8);

}  // namespace graph_simulator
