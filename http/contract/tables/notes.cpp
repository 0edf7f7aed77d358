#include "http/contract/tables/notes.hpp"

#include "http/contract/blank.hpp"
#include "http/contract/paging.hpp"

namespace omnistream::http::contract {
namespace {

constexpr const char* body_example = "Has paid already, see order 7.";
constexpr const char* body_doc = "Not blanks alone.";
constexpr const char* mentions_doc =
    "Ids of active agents whom it is meant for; repeated ones count once. A mention gives nobody a "
    "right to see the conversation.";

template <class T>
void something_to_read(const T& wanted, error_list& errors) {
  refuse_blank("body", std::optional<std::string>(wanted.body).value_or(""), errors);
}

shape_ptr mention_shape() {
  static const auto declared =
      make_shape("NoteMention", "Whom a note is meant for.",
                 {uuid_text("agent_id"), text("name").doc("As it is now.").example("Siti")});
  return declared;
}

}  // namespace

const table<notes_query>& table_for(const notes_query*) {
  static const table<notes_query> fields(
      "NotesQuery", "",
      {field("page", &notes_query::page).range(1, page_max).defaults_to(1),
       field("per_page", &notes_query::per_page).range(1, 100).defaults_to(50)});
  return fields;
}

const table<note_create>& table_for(const note_create*) {
  static const table<note_create> fields =
      table<note_create>(
          "NoteCreate", "A new note.",
          {field("body", &note_create::body)
               .size(1, note_body_characters_max)
               .doc(body_doc)
               .example(body_example),
           field("mentions", &note_create::mentions).size_max(note_mentions_max).doc(mentions_doc)})
          .checked_by(something_to_read<note_create>);
  return fields;
}

const table<note_change>& table_for(const note_change*) {
  static const table<note_change> fields =
      table<note_change>(
          "NoteChange", "Changes of a note; what is absent stays.",
          {field("body", &note_change::body)
               .size(1, note_body_characters_max)
               .doc(body_doc)
               .example(body_example),
           field("mentions", &note_change::mentions).size_max(note_mentions_max).doc(mentions_doc)})
          .checked_by(something_to_read<note_change>);
  return fields;
}

shape_ptr note_shape() {
  static const auto declared = make_shape(
      "Note", "What agents tell each other in a conversation. The contact never sees it.",
      {uuid_text("id"), uuid_text("conversation_id"), text("body").example(body_example),
       uuid_text("author_id").doc("The agent who wrote it."),
       text("author_name").optional().doc("Absent: the agent was deleted.").example("Siti"),
       array("mentions", mention_shape())
           .doc("In the order in which they were named; agents who were deleted are left out."),
       date_time("created_at"), date_time("updated_at")});
  return declared;
}

}  // namespace omnistream::http::contract
