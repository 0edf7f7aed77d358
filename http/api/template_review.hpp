#pragma once

#include <optional>

#include "actors/reply.hpp"
#include "config/base/uuid.hpp"
#include "http/api/services.hpp"
#include "http/contract/tables/wa_templates.hpp"

/// What is done with templates in several steps, some of them at Meta. Nothing here blocks; each
/// answers through `answer`, on whichever thread the last step ends.
namespace omnistream::http::api {

/// Submits a template to Meta and stores it with Meta's id and status.
void submit_template(services& with, const uuid& tenant, contract::template_create wanted,
                     actors::reply_ptr answer);

/// Stores all templates of a WABA as Meta has them, marks those that are gone there as DELETED, and
/// wakes the campaigns whose template changed. All or nothing: a list that could not be read to its
/// end changes nothing. Any number of syncs may run at once.
void sync_templates(services& with, const uuid& tenant, const std::optional<uuid>& account,
                    actors::reply_ptr answer);

}  // namespace omnistream::http::api
