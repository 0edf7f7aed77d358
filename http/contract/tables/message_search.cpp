#include "http/contract/tables/message_search.hpp"

namespace omnistream::http::contract {
namespace {

constexpr std::size_t q_characters_max = 200;
constexpr double ranked_pages_max = 1'000;  // as many are ranked

const std::vector<std::string> channels{"whatsapp", "instagram", "email", "messenger"};
const std::vector<std::string> directions{"inbound", "outbound"};

void times_in_order(const message_search& wanted, error_list& errors) {
  if (wanted.from && wanted.to && *wanted.to <= *wanted.from)
    errors.add("to", {"before_from", "The time must be after from."});
}

shape_ptr found_message_shape() {
  static const auto declared = make_shape(
      "FoundMessage", "A message that was searched for.",
      {uuid_text("id"), uuid_text("conversation_id"), uuid_text("contact_id"),
       text("contact_name").optional().example("Budi Santoso"), enumeration("channel", channels),
       enumeration("direction", directions),
       text("type").doc("As the channel names it.").example("text"),
       text("text").doc("What a person reads in it.").example("Halo, where is my order?"),
       text("highlight")
           .doc("About 200 characters of the text as HTML, from a little before the first word "
                "that was found: what was found stands in mark elements, everything else is "
                "escaped.")
           .example("Halo, where is my <mark>order</mark>?"),
       number("rank").doc("How well it fits, among those of the same answer.").example(0.06),
       date_time("sent_at").doc("The channel's time.")});
  return declared;
}

}  // namespace

const table<message_search>& table_for(const message_search*) {
  static const table<message_search> fields =
      table<message_search>(
          "MessageSearch", "",
          {field("q", &message_search::q)
               .size(1, q_characters_max)
               .doc("Words that all stand in the message, in whatever case and order; the last one "
                    "may be the beginning of a word, with at least two letters. Punctuation "
                    "separates words. At most 12 words count.")
               .example("order ref"),
           field("conversation_id", &message_search::conversation_id)
               .doc("Only those in this conversation."),
           field("channel", &message_search::channel).one_of(channels),
           field("direction", &message_search::direction).one_of(directions),
           field("from", &message_search::from)
               .doc("Only those sent at this time or later, by the channel's clock."),
           field("to", &message_search::to).doc("Only those sent before this time."),
           field("page", &message_search::page).range(1, ranked_pages_max).defaults_to(1),
           field("per_page", &message_search::per_page).range(1, 100).defaults_to(20)})
          .checked_by(times_in_order);
  return fields;
}

shape_ptr found_messages_shape() {
  static const auto declared =
      extend(page_of(found_message_shape()), "FoundMessages", "One page of what was found.",
             {boolean("complete").doc("false: there may be older ones that were not looked at.")});
  return declared;
}

}  // namespace omnistream::http::contract
