#pragma once

#include <string>

#include "config/base/crypto.hpp"
#include "http/contract/codec.hpp"

/// Texts with rules of their own that several tables share.
namespace omnistream::http::contract {

/// An email address as it is stored and compared: without the white space around it, in lower case.
struct email_address {
  std::string text;
};

inline constexpr std::size_t password_characters_min = 10;

/// A password that somebody chooses, as opposed to one that is tried at a login: long enough, and
/// of no more bytes than can be hashed.
struct new_password {
  secret text;
};

template <>
struct codec<email_address> {
  static value_spec spec() { return {.type = value_type::string, .format = text_format::email}; }
  static void read(json_reader& in, const value_spec& spec, email_address& out, error_list& errors);
  static void from_text(std::string_view text, const value_spec& spec, email_address& out,
                        error_list& errors);
  static void write(const email_address& value, std::string& out) {
    append_json_string(out, value.text);
  }
};

template <>
struct codec<new_password> {
  static value_spec spec() {
    return {.type = value_type::string,
            .secret = true,
            .size_min = password_characters_min,
            .size_max = crypto::password_bytes_max};
  }
  static void read(json_reader& in, const value_spec& spec, new_password& out, error_list& errors);
  static void write(const new_password& value, std::string& out) {
    append_json_string(out, mask(value.text));
  }
};

}  // namespace omnistream::http::contract
