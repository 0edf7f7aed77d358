#pragma once

#include <optional>

#include "actors/conversation/message_draft.hpp"
#include "actors/dispatch/sending_account.hpp"
#include "config/base/result.hpp"
#include "config/base/uuid.hpp"
#include "storage/session.hpp"

namespace omnistream::actors {

/// What is wrong with the upload that a message of WhatsApp's form names by `media_id`, in its
/// object or in the header of an interactive one; nothing if it names none. 422: the tenant has no
/// such upload, the message cannot carry its type, or the channel, WhatsApp or Messenger, does not
/// take it or not so many bytes of it.
std::optional<problem> refuse_upload(storage::session& in, const uuid& tenant,
                                     const message_draft& what, channel_kind channel);

}  // namespace omnistream::actors
