#include "actors/ingest/webhook_payload.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/ingest/payload_json.hpp"
#include "actors/json_text.hpp"

namespace omnistream::actors {
namespace {

using json = nlohmann::json;

/// Fields whose changes are kept as they came.
constexpr std::string_view account_fields[] = {
    "account_alerts",
    "account_review_update",
    "account_update",
    "business_capability_update",
    "business_status_update",
    "message_template_components_update",
    "message_template_quality_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "template_category_update",
    "user_preferences",
};

/// A string as its text, a number as its digits; Meta uses both for ids and times.
std::string take_text_or_number(json_cursor& cursor) {
  std::string text;
  if (cursor.peek() == json_cursor::kind::number) return std::string(cursor.take_value());
  cursor.take_string(text);
  return text;
}

/// Reads one POST from front to back.
class webhook_reader {
 public:
  explicit webhook_reader(std::string_view text) : cursor_(text) {}

  webhook_batch run() {
    bool has_entries = false;
    std::string_view key;
    if (cursor_.enter_object()) {
      while (cursor_.next_member(key)) {
        if (key == "entry")
          has_entries = read_array([this] { read_entry(); });
        else if (key == "object")
          cursor_.take_string(object_);
        else
          cursor_.take_value();
      }
    }
    read_messaging();
    batch_.readable = has_entries && cursor_.finished();
    return std::move(batch_);
  }

 private:
  /// Calls `read` at each element of the array at the cursor; a value that is no array is skipped
  /// as malformed.
  template <class F>
  bool read_array(F read) {
    if (!cursor_.enter_array()) {
      cursor_.take_value();
      skip("what should be a list is none");
      return false;
    }
    while (cursor_.next_element()) read();
    return true;
  }

  void ignore(std::string name) {
    const bool known = batch_.ignored.contains(name);
    if (!known &&
        (batch_.ignored.size() >= ignored_names_max || name.size() > ignored_name_bytes_max))
      name = "other";
    ++batch_.ignored[name];
  }

  /// An entry that cannot be read.
  void skip(std::string fault) {
    ++batch_.malformed;
    if (batch_.faults.size() < faults_told_max) batch_.faults.push_back(std::move(fault));
  }

  bool enter_object() {
    if (cursor_.enter_object()) return true;
    cursor_.take_value();
    skip("what should be an object is none");
    return false;
  }

  void read_entry() {
    if (!enter_object()) return;
    const auto templates_before = batch_.templates.size();
    const auto accounts_before = batch_.accounts.size();
    const auto messaging_before = messaging_.size();
    std::string id;
    std::string_view key;
    while (cursor_.next_member(key)) {
      if (key == "id")
        id = take_text_or_number(cursor_);
      else if (key == "changes")
        read_array([this] { read_change(); });
      else if (key == "messaging")
        read_array([this] { messaging_.push_back({{}, cursor_.take_value()}); });
      else {
        if (key == "standby") ignore(std::string(key));
        cursor_.take_value();
      }
    }
    // The id may stand behind the changes that belong to it.
    for (auto i = templates_before; i < batch_.templates.size(); ++i)
      batch_.templates[i].waba_id = id;
    for (auto i = accounts_before; i < batch_.accounts.size(); ++i) batch_.accounts[i].waba_id = id;
    for (auto i = messaging_before; i < messaging_.size(); ++i) messaging_[i].account_key = id;
  }

  /// Which channel it is may stand behind all entries.
  void read_messaging() {
    const auto channel = messaging_channel_of(object_);
    for (const auto& [account_key, text] : messaging_) {
      if (!channel)
        ignore("messaging");
      else
        take_messaging(read_messaging_event(document(text)), *channel, account_key);
    }
  }

  void take_messaging(std::variant<messaging_event, messaging_ignored> read,
                      const std::string& channel, const std::string& account_key) {
    if (auto* event = std::get_if<messaging_event>(&read)) {
      event->channel = channel;
      event->account_key = account_key;
      batch_.messaging.push_back(std::move(*event));
    } else if (const auto& name = std::get<messaging_ignored>(read).name; !name.empty()) {
      ignore("messaging." + name);
    } else {
      skip("an event of " + channel + " without a sender, a time, or an id of at most " +
           std::to_string(id_bytes_max) + " bytes");
    }
  }

  /// Meta writes the value in front of the field that says what it is.
  void read_change() {
    if (!enter_object()) return;
    std::string field;
    std::string_view value;
    std::string_view key;
    while (cursor_.next_member(key)) {
      if (key == "field")
        cursor_.take_string(field);
      else if (key == "value")
        value = cursor_.take_value();
      else
        cursor_.take_value();
    }
    if (cursor_.failed()) return;
    if (field.empty() || !value.starts_with('{')) {
      skip("a change without a field or a value");
    } else if (field == "messages") {
      read_messages_value(value);
    } else if (field == "message_template_status_update") {
      read_template(document(value));
    } else if (std::ranges::find(account_fields, field) != std::end(account_fields)) {
      const auto parsed = document(value);
      if (parsed.is_null())
        skip("a value of " + field + " that is no JSON");
      else
        batch_.accounts.push_back({{}, field, printed(parsed)});
    } else {
      ignore(field);
    }
  }

  void read_messages_value(std::string_view value);
  void read_status();
  void read_error(graph_error& error);
  void read_details(std::string& details);
  std::string read_metadata();
  void read_message(std::string_view text, const json& contacts);
  bool read_message_change(const inbound_message& read, const json& message);
  void read_template(const json& value);

  /// An element of an entry's `messaging`, unread.
  struct unread_event {
    std::string account_key;
    std::string_view text;
  };

  json_cursor cursor_;
  std::string object_;
  std::vector<unread_event> messaging_;
  webhook_batch batch_;
};

/// `value` of field `messages`: metadata, contacts, messages, statuses in any order.
void webhook_reader::read_messages_value(std::string_view value) {
  const auto statuses_before = batch_.statuses.size();
  const auto messages_before = batch_.messages.size();
  const auto changes_before = batch_.changes.size();
  const auto outer = std::exchange(cursor_, json_cursor(value));
  std::string phone_number_id;
  std::string_view contacts;
  std::string_view messages;
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_member(key)) {
    if (key == "statuses") {
      read_array([this] { read_status(); });
    } else if (key == "metadata") {
      phone_number_id = read_metadata();
    } else if (key == "messages") {
      messages = cursor_.take_value();
    } else if (key == "contacts") {
      contacts = cursor_.take_value();
    } else {
      if (key != "messaging_product")
        ignore("messages." + std::string(key.substr(0, ignored_name_bytes_max)));
      cursor_.take_value();
    }
  }
  if (!messages.empty()) {
    const auto people = document(contacts);
    cursor_ = json_cursor(messages);
    read_array([&] { read_message(cursor_.take_value(), people); });
  }
  cursor_ = outer;
  for (auto i = statuses_before; i < batch_.statuses.size(); ++i)
    batch_.statuses[i].phone_number_id = phone_number_id;
  for (auto i = messages_before; i < batch_.messages.size(); ++i)
    batch_.messages[i].phone_number_id = phone_number_id;
  for (auto i = changes_before; i < batch_.changes.size(); ++i)
    batch_.changes[i].phone_number_id = phone_number_id;
}

std::string webhook_reader::read_metadata() {
  std::string phone_number_id;
  std::string_view key;
  if (!enter_object()) return phone_number_id;
  while (cursor_.next_member(key)) {
    if (key == "phone_number_id")
      phone_number_id = take_text_or_number(cursor_);
    else
      cursor_.take_value();
  }
  return phone_number_id;
}

std::optional<message_status> status_named(std::string_view name) {
  if (name == "sent") return message_status::sent;
  if (name == "delivered") return message_status::delivered;
  if (name == "read") return message_status::read;
  if (name == "failed") return message_status::failed;
  return std::nullopt;
}

void webhook_reader::read_status() {
  if (!enter_object()) return;
  status_update update;
  std::string name;
  std::string text;
  std::string user_id;
  std::string_view key;
  std::optional<timestamp> at;
  while (cursor_.next_member(key)) {
    if (key == "id") {
      cursor_.take_string(update.wamid);
    } else if (key == "status") {
      cursor_.take_string(name);
    } else if (key == "timestamp") {
      at = time_of_seconds(take_text_or_number(cursor_));
    } else if (key == "recipient_id") {
      update.recipient_id = take_text_or_number(cursor_);
    } else if (key == "recipient_user_id") {
      cursor_.take_string(user_id);
    } else if (key == "biz_opaque_callback_data") {
      const auto id = cursor_.take_string(text) ? uuid::parse(text) : std::nullopt;
      update.recipient = id ? recipient_key_of(*id) : std::nullopt;
      update.message = update.recipient ? std::nullopt : id;
    } else if (key == "errors") {
      read_array([&] { read_error(update.error); });
    } else {
      cursor_.take_value();
    }
  }
  if (cursor_.failed()) return;
  const auto status = status_named(name);
  if (update.wamid.empty() || name.empty() || !at) {
    skip("a status without an id, a name or a time");
  } else if (!status) {
    ignore("status." + name);
  } else {
    update.status = *status;
    update.at = *at;
    if (update.recipient_id.empty()) update.recipient_id = std::move(user_id);
    if (update.status != message_status::failed) update.error = {};
    batch_.statuses.push_back(std::move(update));
  }
}

void webhook_reader::read_details(std::string& details) {
  std::string_view key;
  if (!enter_object()) return;
  while (cursor_.next_member(key)) {
    if (key == "details")
      cursor_.take_string(details);
    else
      cursor_.take_value();
  }
}

/// Keeps the first error only.
void webhook_reader::read_error(graph_error& error) {
  graph_error read;
  std::string title;
  std::string_view key;
  if (!enter_object()) return;
  while (cursor_.next_member(key)) {
    if (key == "code") {
      const auto digits = take_text_or_number(cursor_);
      std::from_chars(digits.data(), digits.data() + digits.size(), read.code);
    } else if (key == "title") {
      cursor_.take_string(title);
    } else if (key == "message") {
      cursor_.take_string(read.message);
    } else if (key == "error_data") {
      read_details(read.details);
    } else {
      cursor_.take_value();
    }
  }
  if (read.message.empty()) read.message = std::move(title);
  if (error.code == 0 && error.message.empty()) error = std::move(read);
}

/// The first of these members that is there; empty: none is.
std::string first_of(const json& object, std::initializer_list<const char*> names) {
  std::string found;
  for (const auto* name : names)
    if (found.empty()) found = text_or_number(object, name);
  return found;
}

/// The contact who has `from` as an id, or the only one.
const json* contact_of(const json& contacts, const std::string& from) {
  if (!contacts.is_array()) return nullptr;
  for (const auto& contact : contacts) {
    if (!contact.is_object()) continue;
    if (contacts.size() == 1) return &contact;
    if (!from.empty() &&
        (text_or_number(contact, "wa_id") == from || text_or_number(contact, "user_id") == from))
      return &contact;
  }
  return nullptr;
}

void webhook_reader::read_message(std::string_view text, const json& contacts) {
  const auto message = document(text);
  inbound_message read;
  if (message.is_object()) {
    read.user_id = first_of(message, {"from_user_id", "user_id"});
    read.from = first_of(message, {"from", "from_user_id", "user_id"});
    read.wamid = text_or_number(message, "id");
    read.type = text_or_number(message, "type");
  }
  if (const auto* contact = contact_of(contacts, read.from)) {
    if (read.user_id.empty()) read.user_id = text_or_number(*contact, "user_id");
    if (read.from.empty()) read.from = first_of(*contact, {"wa_id", "user_id"});
    const auto profile = contact->find("profile");
    if (profile != contact->end() && profile->is_object())
      read.profile_name = text_or_number(*profile, "name");
  }
  const auto at =
      message.is_object() ? time_of_seconds(text_or_number(message, "timestamp")) : std::nullopt;
  if (!is_id(read.user_id)) read.user_id.clear();
  if (!is_id(read.from) || !is_id(read.wamid) || !at)
    return skip("a message without a sender, a time, or an id of at most " +
                std::to_string(id_bytes_max) + " bytes");
  if (read.type.empty()) read.type = "unknown";
  read.at = *at;
  if (read_message_change(read, message)) return;
  read.message_json = printed(message);
  read.answered = text_or_number(object_at(message, "context"), "id");
  if (!is_id(read.answered)) read.answered.clear();
  batch_.messages.push_back(std::move(read));
}

/// True if it is no message but what its author made of one. What is not understood of that stays a
/// message, for a person to see.
bool webhook_reader::read_message_change(const inbound_message& read, const json& message) {
  if (read.type != "edit" && read.type != "revoke") return false;
  const auto& change = object_at(message, read.type.c_str());
  message_change made{{},      read.from, text_or_number(change, "original_message_id"),
                      read.at, {},        {}};
  if (!is_id(made.wamid)) return false;
  if (read.type == "edit") {
    const auto& now = object_at(change, "message");
    made.part = text_or_number(now, "type");
    const auto& value = object_at(now, made.part.c_str());
    if (value.is_null()) return false;
    made.value_json = printed(value);
  }
  batch_.changes.push_back(std::move(made));
  return true;
}

void webhook_reader::read_template(const json& value) {
  template_update read;
  if (value.is_object()) {
    read.template_id = text_or_number(value, "message_template_id");
    read.name = text_or_number(value, "message_template_name");
    read.language = text_or_number(value, "message_template_language");
    read.event = text_or_number(value, "event");
    read.reason = text_or_number(value, "reason");
  }
  if (read.event.empty() || (read.template_id.empty() && read.name.empty()))
    return skip("news of a template without a name or an event");
  if (read.reason == "NONE") read.reason.clear();
  batch_.templates.push_back(std::move(read));
}

}  // namespace

std::string_view to_string(message_status status) {
  switch (status) {
    case message_status::sent:
      return "sent";
    case message_status::delivered:
      return "delivered";
    case message_status::read:
      return "read";
    case message_status::failed:
      return "failed";
  }
  return "unknown";
}

webhook_batch parse_webhook(std::string_view text) {
  return webhook_reader(text).run();
}

}  // namespace omnistream::actors
