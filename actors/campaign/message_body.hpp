#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.hpp"

namespace omnistream::actors {

/// A WhatsApp template as it is stored.
struct template_source {
  std::string name;
  std::string language;         ///< en_US
  std::string components_json;  ///< Meta's `components` array: HEADER, BODY, FOOTER, BUTTONS
  std::string
      header_media_url;  ///< default link of an image, video or document header; may be empty
};

/// One recipient of a campaign.
struct message_recipient {
  std::string_view id;              ///< becomes biz_opaque_callback_data
  std::string_view phone_number;    ///< E.164 with or without `+`
  std::string_view variables_json;  ///< object of the recipient's variables; empty means {}
};

/// A rendered message or one sentence on why there is none.
struct rendered_message {
  std::string body;   ///< JSON of POST /{phone_number_id}/messages; empty if there is an error
  std::string error;  ///< empty when rendered
  bool ok() const { return error.empty(); }
};

/// A template compiled once per campaign; renders the message of each recipient. A value, immutable
/// after compile(), so it may be shared between threads.
///
/// The keys of a recipient's `variables`, and what happens where one is missing:
///
/// - `1`, `2`, ... or `name`: {{1}} or {{name}} of the body; an error.
/// - `header_1` or `header_name`: {{1}} or {{name}} of a text header; an error.
/// - `header_media_id`: the image, video or document of the header by Meta's id of it, from an
///   upload to the number that sends; goes before the link.
/// - `header_media_url`: the same by an https link; the template's own link, or an error.
/// - `header_filename`: the document's name as WhatsApp shows it; the last part of its link.
/// - `button_<index>`, the index from 0 over all of the template's buttons. URL button with {{1}}:
///   what is put there; an error. Copy code button: the coupon code; an error. One-time password
///   button: the code; the body's `1`. Quick reply button: the payload that comes back when it is
///   pressed; the button's text. Flow button: the flow token; `unused`.
///
/// Values are strings; numbers and booleans are taken as their text, null as missing. Other keys
/// are ignored.
class template_plan {
 public:
  static constexpr std::size_t parameters_max = 64;  ///< variables of one template
  static constexpr std::size_t parameter_characters_max = 1'024;
  static constexpr std::size_t link_bytes_max = 2'048;
  static constexpr std::size_t media_id_bytes_max = 128;

  /// Problem 422 `template_unsupported` if the components are malformed or of a kind that cannot be
  /// broadcast (location header, carousel, multi-product, limited-time offer), with a detail that
  /// names it.
  static result<template_plan> compile(const template_source& source);

  /// The keys every recipient must have, each once, in the template's order; besides, one of the
  /// two of a medium where the template has no link of its own.
  const std::vector<std::string>& required_keys() const { return required_keys_; }

  /// The recipient's message, or a sentence that names what is missing or against Meta's rules:
  /// values not empty, at most parameter_characters_max characters, without line break, tab or more
  /// than four spaces in a row; links https. Never throws on any `variables_json`.
  rendered_message render(const message_recipient& recipient) const;

  /// The sentence that render() would give for these variables; nothing if it would succeed. For
  /// the check when recipients are added.
  std::optional<std::string> check(std::string_view variables_json) const;

 private:
  friend class template_compiler;

  /// A medium is filled from `key` (its link) or `other_key` (its id); `name_key` is its file name.
  enum class form : std::uint8_t { text, medium, document };

  /// A place of the message that a variable fills, with the constant JSON in front of it.
  struct slot {
    std::string prefix;
    std::size_t key;          ///< index into keys_
    std::size_t other_key;    ///< filled from there if `key` is missing; npos: none
    std::string fallback;     ///< used if both are missing; empty: none
    std::string description;  ///< "{{1}} of the body", for sentences
    form written_as;
    std::size_t name_key;
  };

  /// By the order of keys_: the text of each value in the JSON, of a string without its quotes.
  using raw_values = std::array<std::optional<std::string_view>, parameters_max>;

  // Each answers a sentence on what is wrong, empty if nothing is.
  std::string read(std::string_view variables_json, raw_values& values) const;
  std::string write(const slot& place, const raw_values& values, std::string& out) const;
  std::string write_medium(const slot& place, const raw_values& values, std::string& out) const;
  std::string fault_at(std::size_t key, const slot& place, std::string_view fault) const;
  std::string fill(std::string_view variables_json, std::string& out) const;

  std::string opening_ = R"({"messaging_product":"whatsapp","recipient_type":"individual","to":")";
  std::vector<std::string> keys_;
  std::vector<slot> slots_;
  std::string ending_;
  std::vector<std::string> required_keys_;
};

}  // namespace omnistream::actors
