#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/campaign_store/channel_inbox.hpp"

namespace omnistream::test {

/// An inbox to which people write by WhatsApp whose number, user id or both Meta tells.
class people_inbox : public channel_inbox {
 public:
  /// A message of a person as far as they are known: a number, a user id, or both.
  raw_webhook by(const std::string& number, const std::string& user_id,
                 const std::string& name = "Budi", std::int64_t at = 0) {
    ++last_;
    auto message =
        on_whatsapp(number, "w" + std::to_string(last_), at != 0 ? at : last_, text("x"));
    nlohmann::json contact{{"profile", {{"name", name}}}};
    if (number.empty()) message.erase("from");
    if (!number.empty()) contact["wa_id"] = number;
    if (!user_id.empty()) message["from_user_id"] = contact["user_id"] = user_id;
    return whatsapp({{"messages", nlohmann::json::array({message})},
                     {"contacts", nlohmann::json::array({contact})}});
  }
  /// WhatsApp's news that somebody has another number.
  raw_webhook moved(const std::string& from, const std::string& to, std::int64_t at) {
    ++last_;
    return whatsapp(
        {{"messages",
          {on_whatsapp(
              from, "w" + std::to_string(last_), at,
              {{"type", "system"},
               {"system",
                {{"body", "changed"}, {"wa_id", to}, {"type", "user_changed_number"}}}})}}});
  }
  /// Somebody wants no marketing any more, or (`wish`) again, since `at`; 0: now.
  static raw_webhook preference(const std::string& number, const std::string& user_id,
                                const std::string& wish, std::int64_t at = 0) {
    nlohmann::json choice{{"wa_id", number}, {"user_id", user_id}, {"value", wish}};
    if (at != 0) choice["timestamp"] = std::to_string(base_s + at);
    return raw({{"object", "whatsapp_business_account"},
                {"entry",
                 {{{"id", "waba"},
                   {"changes",
                    {{{"field", "user_preferences"},
                      {"value",
                       {{"metadata", {{"phone_number_id", "1001"}}},
                        {"user_preferences", {choice}}}}}}}}}}});
  }
  void apply_each(const std::vector<raw_webhook>& list) {
    for (const auto& one : list) apply({one});
  }

  /// Number and user id of each contact, and how many messages there are with them.
  std::string contacts() {
    return sql(
        "select string_agg(concat_ws(' ', coalesce(c.phone_number, '-'), "
        "coalesce(c.whatsapp_user_id, '-'), (select count(*) from messages m where "
        "m.conversation_id = v.id and m.direction = 'inbound')), '; ' order by c.phone_number) "
        "from "
        "contacts c join conversations v on v.contact_id = c.id");
  }
  /// The id of who has a number.
  std::string contact(const std::string& number) {
    return sql("select id from contacts where phone_number = '+" + number + "'");
  }
  std::string conversation_of(const std::string& contact) {
    return sql("select id from conversations where contact_id = '" + contact + "'");
  }

 private:
  int last_ = 0;
};

}  // namespace omnistream::test
