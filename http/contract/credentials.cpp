#include "http/contract/credentials.hpp"

namespace omnistream::http::contract {
namespace {

std::string normal(std::string_view text) {
  constexpr std::string_view white = " \t\r\n";
  const auto first = text.find_first_not_of(white);
  if (first == std::string_view::npos) return {};
  std::string address(text.substr(first, text.find_last_not_of(white) - first + 1));
  for (char& c : address)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return address;
}

}  // namespace

void codec<email_address>::read(json_reader& in, const value_spec& spec, email_address& out,
                                error_list& errors) {
  if (!expect(in, json_reader::kind::string, spec, errors)) return;
  const auto text = in.take_string();
  if (!in.failed()) from_text(text, spec, out, errors);
}

void codec<email_address>::from_text(std::string_view text, const value_spec& spec,
                                     email_address& out, error_list& errors) {
  auto address = normal(text);
  if (auto broken = check_text(spec, address)) return errors.add(std::move(*broken));
  out.text = std::move(address);
}

void codec<new_password>::read(json_reader& in, const value_spec& spec, new_password& out,
                               error_list& errors) {
  if (!expect(in, json_reader::kind::string, spec, errors)) return;
  const auto text = in.take_string();
  if (in.failed()) return;
  if (auto broken = check_text(spec, text)) return errors.add(std::move(*broken));
  if (text.size() > crypto::password_bytes_max)
    return errors.add(
        {"too_long",
         "Must have at most " + std::to_string(crypto::password_bytes_max) + " bytes in UTF-8."});
  out.text = secret(std::string(text));
}

}  // namespace omnistream::http::contract
