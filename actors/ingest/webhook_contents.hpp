#pragma once

#include <string>
#include <vector>

#include "actors/ingest/email_payload.hpp"
#include "actors/ingest/inbox_store.hpp"
#include "actors/ingest/webhook_payload.hpp"
#include "config/base/result.hpp"

namespace omnistream::actors {

/// What webhooks say, each kind in the order in which it came.
struct webhook_contents {
  webhook_batch meta;
  std::vector<inbound_email> mails;

  void add(webhook_contents more);
};

/// Reads one; 400 `unreadable` if it is no webhook. Entries that cannot be read are counted in
/// `meta.malformed`.
result<webhook_contents> read_webhook(const stored_webhook& webhook);

/// One thing that a webhook says.
struct webhook_part {
  /// The same whenever the webhook is read again, also by a later version of the program.
  std::string name;
  webhook_contents contents;
  /// False: newer news of the same thing may have come meanwhile, and it does not tell its time.
  bool may_come_late = true;
};

/// Its parts, which can be applied one by one: together they say the same.
std::vector<webhook_part> parts_of(webhook_contents all);

}  // namespace omnistream::actors
