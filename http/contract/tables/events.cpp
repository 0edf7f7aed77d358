#include "http/contract/tables/events.hpp"

namespace omnistream::http::contract {

const table<events_query>& table_for(const events_query*) {
  static const table<events_query> fields(
      "EventsQuery", "Where a stream begins.",
      {field("last_event_id", &events_query::last_event_id)
           .size(0, 8'192)
           .doc("As the header Last-Event-ID, for clients that cannot set it; the header wins.")
           .example("4711:4711:")});
  return fields;
}

const std::string& events_description() {
  static const std::string text =
      "Server-sent events, as `EventSource` of browsers reads them. The types `message.*`, "
      "`conversation.*`, `note.*` and `campaign.*` are those of outgoing webhooks, and so is their "
      "`data`, with an `id` that an event keeps when it comes twice; a message of more than 16 KiB "
      "comes without its content. Told is what the caller may see when it is told: conversations "
      "with `conversations.view` as the list of conversations shows them, campaigns with "
      "`campaigns.view`. Besides:\n\n"
      "- `ready`: the stream begins; `resumed` says whether what was missed follows.\n"
      "- `reset`: something was missed and is not told any more, or what the caller may see has "
      "changed; `reason` says which. Read everything anew.\n"
      "- `conversation.updated` also when somebody has read a conversation, then with its "
      "`unread_count`: 0.\n"
      "- `conversation.hidden`: the caller does not see this conversation any more, or it has "
      "become part of another, as `conversation.merged` tells.\n"
      "- `conversation.typing`: an agent is typing in the conversation `id`, or `is_typing` is "
      "false and the agent is not any more. One who says nothing for ten seconds is not either.\n"
      "- `campaign.progress`: the counts of a campaign, at most once a second, of campaigns that "
      "began within three days; when a stream begins, of all of them.\n"
      "- `end`: the key or session has ended; the stream ends, too.\n\n"
      "A client that is cut off comes back with the last `id` it has seen in `Last-Event-ID` "
      "(`EventSource` does), and gets what it missed, or a `reset` if that is too long ago or too "
      "much. What came last may then come again. A client that does not read as fast as things "
      "happen is cut off. Changed rights count within seconds. Needs HTTP/1.1.";
  return text;
}

}  // namespace omnistream::http::contract
