#include "http/contract/tables/outgoing_messages.hpp"

namespace omnistream::http::contract {
namespace {

constexpr std::size_t text_characters_max = 256;
constexpr std::size_t link_characters_max = 2'048;
constexpr std::size_t of_a_kind_max = 20;

const std::vector<std::string> kinds{"HOME", "WORK"};

template <class T, class Member>
field<T> short_text(const char* name, Member T::*member) {
  return field(name, member).size(1, text_characters_max);
}
template <class T>
field<T> kind(std::optional<std::string> T::*member) {
  return field("type", member).one_of(kinds);
}

}  // namespace

const table<contact_name>& table_for(const contact_name*) {
  static const table<contact_name> fields(
      "OutgoingContactName", "",
      {short_text("formatted_name", &contact_name::formatted_name)
           .doc("As WhatsApp shows it.")
           .example("Budi Santoso"),
       short_text("first_name", &contact_name::first_name),
       short_text("last_name", &contact_name::last_name),
       short_text("middle_name", &contact_name::middle_name),
       short_text("prefix", &contact_name::prefix), short_text("suffix", &contact_name::suffix)});
  return fields;
}

const table<contact_phone>& table_for(const contact_phone*) {
  static const table<contact_phone> fields(
      "OutgoingContactPhone", "",
      {short_text("phone", &contact_phone::phone).example("+62 812-3456-789"),
       kind(&contact_phone::type),
       short_text("wa_id", &contact_phone::wa_id)
           .pattern(text_pattern::digits)
           .doc("With it WhatsApp offers to write to the number.")});
  return fields;
}

const table<contact_email>& table_for(const contact_email*) {
  static const table<contact_email> fields(
      "OutgoingContactEmail", "",
      {short_text("email", &contact_email::email).format(text_format::email),
       kind(&contact_email::type)});
  return fields;
}

const table<contact_url>& table_for(const contact_url*) {
  static const table<contact_url> fields(
      "OutgoingContactUrl", "",
      {field("url", &contact_url::url).size(1, link_characters_max).format(text_format::uri),
       kind(&contact_url::type)});
  return fields;
}

const table<contact_address>& table_for(const contact_address*) {
  static const table<contact_address> fields(
      "OutgoingContactAddress", "",
      {short_text("street", &contact_address::street), short_text("city", &contact_address::city),
       short_text("state", &contact_address::state), short_text("zip", &contact_address::zip),
       short_text("country", &contact_address::country),
       short_text("country_code", &contact_address::country_code), kind(&contact_address::type)});
  return fields;
}

const table<contact_org>& table_for(const contact_org*) {
  static const table<contact_org> fields("OutgoingContactOrg", "",
                                         {short_text("company", &contact_org::company),
                                          short_text("department", &contact_org::department),
                                          short_text("title", &contact_org::title)});
  return fields;
}

const table<contact_object>& table_for(const contact_object*) {
  static const table<contact_object> fields(
      "OutgoingContact", "Somebody's card.",
      {field("name", &contact_object::name),
       field("phones", &contact_object::phones).size(1, of_a_kind_max),
       field("emails", &contact_object::emails).size(1, of_a_kind_max),
       field("urls", &contact_object::urls).size(1, of_a_kind_max),
       field("addresses", &contact_object::addresses).size(1, of_a_kind_max),
       field("org", &contact_object::org),
       field("birthday", &contact_object::birthday).format(text_format::date)});
  return fields;
}

}  // namespace omnistream::http::contract
