#pragma once

#include <string>

#include "actors/ingest/inbound_messages.hpp"
#include "actors/ingest/webhook_payload.hpp"
#include "actors/ingest/whom_to_wake.hpp"
#include "storage/session.hpp"

namespace omnistream::actors {

/// A template's new status. Adds the campaigns being sent with it to `to_wake`.
void apply_template(storage::session& in, const template_update& update, whom_to_wake& to_wake);

/// The value of `user_preferences`: somebody asked for no marketing, or for it again. Adds the
/// conversations that go on with what waited in others to `to_wake`: see merge_contacts_of().
void apply_choices(storage::session& in, receiving_accounts& accounts,
                   const std::string& value_json, whom_to_wake& to_wake);

}  // namespace omnistream::actors
