#include "actors/conversation/message_upload.hpp"

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/conversation/message_medium.hpp"
#include "actors/conversation/outgoing_channel.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

/// Whether a message of this type can carry such an upload. Documents may be of any type.
bool carries(const std::string& type, std::string_view content_type) {
  constexpr std::string_view sticker = "image/webp";
  if (type == "document") return true;
  if (type == "sticker") return content_type == sticker;
  return content_type.starts_with(type + '/') && content_type != sticker;
}

}  // namespace

std::optional<problem> refuse_upload(storage::session& in, const uuid& tenant,
                                     const message_draft& what, std::int64_t bytes_max) {
  nlohmann::json message{{"type", what.type}, {what.type, what.object}};
  const auto* medium = medium_in(message);
  if (what.from_template || medium == nullptr || !medium->contains("media_id")) return std::nullopt;
  const bool in_header = what.type == "interactive";
  const std::string type = in_header ? what.object["header"]["type"] : nlohmann::json(what.type);
  const auto field = (in_header ? "interactive.header." : "") + type + ".media_id";
  const auto id = uuid::parse((*medium)["media_id"].get_ref<const std::string&>());
  const auto row = in.execute(storage::queries::media_for_message, tenant, id);
  if (row.empty()) return not_found_in(field.c_str(), "upload");
  if (!carries(type, row.text(0, 0)))
    return problems::invalid_field(field, "wrong_kind",
                                   "The upload is of the type " + std::string(row.text(0, 0)) +
                                       ", which " + type + " cannot be.");
  if (row.integer(0, 1) > bytes_max)
    return problems::invalid_field(
        field, "too_large",
        "The channel takes at most " + std::to_string(bytes_max) + " bytes of it.");
  return std::nullopt;
}

}  // namespace omnistream::actors
