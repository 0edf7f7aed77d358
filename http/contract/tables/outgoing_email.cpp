#include "config/base/text.hpp"
#include "http/contract/tables/outgoing_messages.hpp"

namespace omnistream::http::contract {
namespace {

constexpr std::size_t subject_characters_max = 250;
constexpr std::size_t text_characters_max = 100'000;
constexpr std::size_t html_characters_max = 500'000;
constexpr std::size_t copies_max = 50;
constexpr std::size_t attachments_max = 20;
constexpr std::size_t filename_characters_max = 240;

void something_to_read(const email_object& wanted, error_list& errors) {
  if (!wanted.text && !wanted.html)
    errors.add("text", {"required", "Give the text, the html, or both."});
  const auto blank = [](const auto& text) { return !text || is_blank(*text); };
  if (wanted.text && blank(wanted.text) && blank(wanted.html))
    errors.add("text", {"blank", "There is nothing in it to read."});
  else if (wanted.html && blank(wanted.html))
    errors.add("html", {"blank", "There is nothing in it to read."});
}

void addresses(value_spec& item) {
  item.format = text_format::email;
}

}  // namespace

const table<email_attachment>& table_for(const email_attachment*) {
  static const table<email_attachment> fields(
      "OutgoingEmailAttachment", "",
      {field("media_id", &email_attachment::media_id)
           .doc("Of an upload: POST /api/media/upload. All of one mail have at most 20,000,000 "
                "bytes."),
       field("filename", &email_attachment::filename)
           .size(1, filename_characters_max)
           .doc("Absent: that of the upload.")
           .example("invoice.pdf")});
  return fields;
}

const table<email_object>& table_for(const email_object*) {
  static const table<email_object> fields =
      table<email_object>(
          "OutgoingEmail",
          "A mail from the account's address, in answer to `reply_to` or else to the "
          "conversation's last mail. It goes to whoever wrote that, or wrote last if it is one of "
          "ours, which need not be the contact.",
          {field("text", &email_object::text)
               .size(1, text_characters_max)
               .example("It is on its way."),
           field("html", &email_object::html)
               .size(1, html_characters_max)
               .doc("The same for readers that show it; sent as it is.")
               .example("<p>It is <b>on its way</b>.</p>"),
           field("subject", &email_object::subject)
               .size(1, subject_characters_max)
               .doc("Absent: `Re:` and that of the mail it answers.")
               .example("Your order"),
           field("cc", &email_object::cc).size(1, copies_max).each(addresses),
           field("bcc", &email_object::bcc)
               .size(1, copies_max)
               .each(addresses)
               .doc("They get it, and nobody else is told."),
           field("attachments", &email_object::attachments).size(1, attachments_max)})
          .checked_by(something_to_read);
  return fields;
}

}  // namespace omnistream::http::contract
