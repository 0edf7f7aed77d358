#pragma once

#include "actors/campaign/campaign_store.hpp"
#include "storage/session.hpp"

namespace omnistream::actors {

/// Adds recipients to a draft inside the caller's transaction, as the caller's tenant: numbers
/// given directly and contacts selected by id or tag. Repeated numbers, numbers the campaign has
/// already, contacts without a number and contacts who opted out are skipped and counted. 409 if it
/// is no draft, 404 if there is no such campaign, 422 if it would have more than `recipients_max`.
result<added_recipients> add_to_draft(storage::session& in, const uuid& campaign,
                                      const recipients_to_add& what, int recipients_max);

}  // namespace omnistream::actors
