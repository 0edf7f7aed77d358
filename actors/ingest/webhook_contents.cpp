#include "actors/ingest/webhook_contents.hpp"

#include <iterator>
#include <string_view>
#include <utility>

namespace omnistream::actors {
namespace {

template <class T>
void append(std::vector<T>& to, std::vector<T> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::string name_of(const inbound_message& one) {
  return "message " + one.wamid;
}
std::string name_of(const message_change& one) {
  return "change of " + one.wamid;
}
std::string name_of(const status_update& one) {
  return "status " + std::string(to_string(one.status)) + " of " + one.wamid;
}
std::string name_of(const template_update& one) {
  return "template " + one.name + " " + one.language + " " + one.event;
}
std::string name_of(const account_update& one) {
  return one.field;
}
std::string name_of(const inbound_email& one) {
  return "mail " + one.external_id;
}
std::string name_of(const messaging_event& one) {
  static constexpr std::string_view kinds[] = {"message", "echo",     "edit",
                                               "removal", "delivery", "read"};
  return one.channel + " " + std::string(kinds[static_cast<std::size_t>(one.what)]) + " " +
         one.external_id + " of " + one.person;
}

}  // namespace

void webhook_contents::add(webhook_contents more) {
  append(meta.statuses, std::move(more.meta.statuses));
  append(meta.messages, std::move(more.meta.messages));
  append(meta.changes, std::move(more.meta.changes));
  append(meta.templates, std::move(more.meta.templates));
  append(meta.accounts, std::move(more.meta.accounts));
  append(meta.messaging, std::move(more.meta.messaging));
  append(mails, std::move(more.mails));
}

result<webhook_contents> read_webhook(const stored_webhook& webhook) {
  webhook_contents read;
  if (webhook.source == webhook_source::email) {
    if (auto mail = parse_email(*webhook.payload)) {
      read.mails.push_back(std::move(*mail));
    } else if (is_email(*webhook.payload)) {
      read.meta.malformed = 1;
      read.meta.faults = {"a mail whose sender cannot be read"};
    } else {
      return problems::bad_request("unreadable", "The payload is no mail.");
    }
    return read;
  }
  read.meta = parse_webhook(*webhook.payload);
  if (!read.meta.readable)
    return problems::bad_request("unreadable", "The payload is no webhook of Meta's.");
  return read;
}

std::vector<webhook_part> parts_of(webhook_contents all) {
  std::vector<webhook_part> parts;
  const auto split = [&parts](auto& list, auto place, bool may_come_late = true) {
    for (auto& one : list) {
      webhook_part part{name_of(one), {}, may_come_late};
      place(part.contents).push_back(std::move(one));
      parts.push_back(std::move(part));
    }
  };
  split(
      all.meta.messages, [](auto& to) -> auto& { return to.meta.messages; });
  split(
      all.meta.messaging, [](auto& to) -> auto& { return to.meta.messaging; });
  split(
      all.mails, [](auto& to) -> auto& { return to.mails; });
  split(
      all.meta.changes, [](auto& to) -> auto& { return to.meta.changes; });
  split(
      all.meta.templates, [](auto& to) -> auto& { return to.meta.templates; }, false);
  split(
      all.meta.accounts, [](auto& to) -> auto& { return to.meta.accounts; }, false);
  split(
      all.meta.statuses, [](auto& to) -> auto& { return to.meta.statuses; });
  return parts;
}

}  // namespace omnistream::actors
