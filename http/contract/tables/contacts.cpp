#include "http/contract/tables/contacts.hpp"

#include "http/contract/blank.hpp"
#include "http/contract/paging.hpp"

namespace omnistream::http::contract {
namespace {

constexpr std::size_t name_characters_max = 200;
constexpr std::size_t email_characters_max = 320;
constexpr std::size_t phone_characters_max = 40;
constexpr std::size_t search_characters_max = 100;

constexpr const char* opted_out_doc =
    "Wants no marketing: a campaign does not take the contact as a recipient. It is also set when "
    "the person says so in WhatsApp.";

void require_tag(value_spec& item) {
  item.size_min = 1;
  item.size_max = tag_characters_max;
}

void tags_to_read(const contact_change& wanted, error_list& errors) {
  if (wanted.tags) refuse_blank_tags(*wanted.tags, errors);
}

shape_ptr identity_shape() {
  static const auto declared =
      make_shape("ContactIdentity", "Somebody on a channel.",
                 {enumeration("channel", {"instagram", "email", "messenger"}),
                  text("external_id")
                      .doc("Meta's id of the person with the account, or the address.")
                      .example("5512345678901234")});
  return declared;
}

}  // namespace

void refuse_blank_tags(const std::vector<std::string>& tags, error_list& errors) {
  const error_list::scope inside(errors, "tags");
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const error_list::scope at(errors, i);
    refuse_blank(tags[i], errors);
  }
}

const table<contacts_query>& table_for(const contacts_query*) {
  static const table<contacts_query> fields(
      "ContactsQuery", "",
      {field("page", &contacts_query::page).range(1, page_max).defaults_to(1),
       field("per_page", &contacts_query::per_page).range(1, 100).defaults_to(20),
       field("search", &contacts_query::search)
           .size(1, search_characters_max)
           .doc("Part of a name, an email address or a phone number; capitals do not matter."),
       field("tag", &contacts_query::tag)
           .size(1, tag_characters_max)
           .doc("Only contacts that bear this tag.")});
  return fields;
}

const table<contact_change>& table_for(const contact_change*) {
  static const table<contact_change> fields =
      table<contact_change>(
          "ContactChange", "Changes of a contact; what is absent stays.",
          {field("name", &contact_change::name)
               .size(1, name_characters_max)
               .doc("null: none is known.")
               .example("Budi Santoso"),
           field("email", &contact_change::email)
               .size(3, email_characters_max)
               .format(text_format::email)
               .doc("null: none is known."),
           field("tags", &contact_change::tags)
               .size_max(contact_tags_max)
               .each(require_tag)
               .doc("All tags from now on, none of blanks alone; repeated ones count once.")
               .example({"vip", "jakarta"}),
           field("phone_number", &contact_change::phone_number)
               .size(1, phone_characters_max)
               .doc("In any usual form; without a country code the tenant's country is taken.")
               .example("+6281234567890"),
           field("opted_out", &contact_change::opted_out).doc(opted_out_doc)})
          .checked_by(tags_to_read);
  return fields;
}

shape_ptr contact_shape() {
  static const auto declared = make_shape(
      "Contact", "A person you write with.",
      {uuid_text("id"), text("phone_number").optional().doc("E.164.").example("+6281234567890"),
       text("whatsapp_user_id")
           .optional()
           .doc("Meta's id of a person, also of one who hides the number.")
           .example("ID.13491208655302741918"),
       text("name").optional().example("Budi Santoso"), text("email").optional(), texts("tags"),
       array("identities", identity_shape())
           .optional()
           .doc("Who the person is on channels that know no numbers; absent: nowhere."),
       boolean("opted_out").doc(opted_out_doc), date_time("opted_out_at").optional(),
       date_time("created_at"), date_time("updated_at")});
  return declared;
}

shape_ptr contact_conversation_shape() {
  static const auto declared = make_shape(
      "ContactConversation", "A conversation of a contact.",
      {uuid_text("id"), enumeration("channel", {"whatsapp", "instagram", "email", "messenger"}),
       text("status").example("open"),
       uuid_text("account_id").doc("The integration account it is held through."),
       text("account_name")
           .optional()
           .doc("That account's display name; absent when the account was deleted."),
       date_time("last_message_at"), date_time("created_at")});
  return declared;
}

}  // namespace omnistream::http::contract
