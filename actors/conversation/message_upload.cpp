#include "actors/conversation/message_upload.hpp"

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "actors/conversation/media_types.hpp"
#include "actors/conversation/message_medium.hpp"
#include "actors/conversation/outgoing_channel.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

std::string name_of(channel_kind channel) {
  return channel == channel_kind::whatsapp ? "WhatsApp" : "Messenger";
}

/// What the channel takes instead.
std::string taken_instead(channel_kind channel, const std::string& type) {
  return name_of(channel) + " takes as " + type + ": " + types_taken(channel, type) + ".";
}

}  // namespace

std::optional<problem> refuse_upload(storage::session& in, const uuid& tenant,
                                     const message_draft& what, channel_kind channel) {
  nlohmann::json message{{"type", what.type}, {what.type, what.object}};
  const auto* medium = medium_in(message);
  if (what.from_template || medium == nullptr || !medium->contains("media_id")) return std::nullopt;
  const bool in_header = what.type == "interactive";
  const std::string type = in_header ? what.object["header"]["type"] : nlohmann::json(what.type);
  const auto field = (in_header ? "interactive.header." : "") + type + ".media_id";
  const auto id = uuid::parse((*medium)["media_id"].get_ref<const std::string&>());
  const auto row = in.execute(storage::queries::media_for_message, tenant, id);
  if (row.empty()) return not_found_in(field.c_str(), "upload");
  const std::string name(row.text(0, 0));
  const auto* of = find_media_type(name);
  if (of == nullptr || !carries(type, *of))
    return problems::invalid_field(
        field, "wrong_kind",
        "The upload is of the type " + name + ". " + taken_instead(channel, type));
  const auto at_most = bytes_max(*of, channel);
  if (at_most == 0)
    return not_on_channel(
        field, "The upload is of the type " + name + ". " + taken_instead(channel, type));
  if (static_cast<std::uint64_t>(row.integer(0, 1)) > at_most)
    return problems::invalid_field(field, "too_large",
                                   name_of(channel) + " takes " + name + " up to " +
                                       bytes_text(at_most) + "; the upload has " +
                                       std::to_string(row.integer(0, 1)) + " bytes.");
  return std::nullopt;
}

}  // namespace omnistream::actors
