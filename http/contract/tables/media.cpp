#include "http/contract/tables/media.hpp"

namespace omnistream::http::contract {
namespace {

constexpr double attachments_max = 500;  // as many are listed with their message

}  // namespace

const table<media_query>& table_for(const media_query*) {
  static const table<media_query> fields(
      "MediaQuery", "",
      {field("attachment", &media_query::attachment)
           .range(1, attachments_max)
           .defaults_to(1)
           .doc("Which attachment of a received message, from 1.")});
  return fields;
}

shape_ptr media_shape() {
  static const auto declared =
      make_shape("Media", "A file that was uploaded.",
                 {uuid_text("id"),
                  enumeration("kind", {"image", "video", "audio", "document", "sticker"})
                      .doc("The type of message that can carry it."),
                  text("filename").optional().example("invoice.pdf"),
                  text("content_type").example("application/pdf"),
                  integer("size_bytes").int64().example(48'213),
                  text("sha256").doc("In hex, of the bytes.").example(std::string(64, 'a')),
                  text("url")
                      .doc("Where it can be had, with the same rights as this call.")
                      .example("/api/media/019302ad-7f80-7192-a3b4-c5d6e7f80912"),
                  uuid_text("uploaded_by").doc("The agent."), date_time("created_at")});
  return declared;
}

}  // namespace omnistream::http::contract
