#include "actors/live/live_events.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "actors/json_text.hpp"

namespace omnistream::actors {
namespace {

/// Longer ones name more transactions than any server runs at once.
constexpr std::size_t position_bytes_max = 8'192;
constexpr std::string_view retry = "retry: 2000\n";

bool begins_with(const std::string& type, std::string_view kind) {
  return type.starts_with(kind);
}

/// Takes a transaction's number off the front, as PostgreSQL writes it: the lower half of none is
/// zero.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || text.front() == '0' || (number & 0xffff'ffff) == 0 ||
      number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

/// A field's value is one line. PostgreSQL writes JSON on one; a line break in it could only be
/// space between two tokens.
void append_line(std::string_view data, std::string& to) {
  const auto from = to.size();
  to += data;
  std::replace_if(
      to.begin() + static_cast<std::ptrdiff_t>(from), to.end(),
      [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

void append_id(std::string_view position, std::string& to) {
  if (!position.empty()) to.append("id: ").append(position).append("\n");
}

void append_body(std::string_view id, std::string_view type, timestamp at, std::string_view data,
                 std::string& to) {
  to += "data: {";
  if (!id.empty()) to.append("\"id\":").append(id).append(",");
  to += "\"type\":\"";
  append_json_escaped(type, to);
  to.append("\",\"timestamp\":\"").append(format_rfc3339(at)).append("\",\"data\":");
  append_line(data, to);
  to += "}\n\n";
}

}  // namespace

live_viewer live_viewer::of(const uuid& agent,
                            const std::set<std::string, std::less<>>& permissions,
                            std::set<uuid> divisions) {
  live_viewer made;
  made.agent = agent;
  made.sees_conversations = permissions.contains("conversations.view");
  made.sees_all_conversations =
      made.sees_conversations && permissions.contains("conversations.view_all");
  made.sees_campaigns = permissions.contains("campaigns.view");
  made.divisions = std::move(divisions);
  return made;
}

bool live_viewer::sees(const std::optional<uuid>& seen_by) const {
  if (sees_all_conversations) return true;
  return seen_by && (*seen_by == uuid{} || *seen_by == agent || divisions.contains(*seen_by));
}

bool live_viewer::is_told(const live_event& what) const {
  if (begins_with(what.type, "campaign.")) return sees_campaigns;
  if (!sees_conversations || !what.of_conversation) return false;
  if (what.seen_before) return sees(what.seen_before) && !sees(what.seen_by);
  return sees(what.seen_by);
}

bool is_live_position(std::string_view text) {
  if (text.size() > position_bytes_max) return false;
  const auto oldest = take_number(text);
  if (!oldest || !take(text, ':')) return false;
  const auto next = take_number(text);
  if (!next || *next < *oldest || !take(text, ':')) return false;
  // Of the form that PostgreSQL itself takes: running ones in between, in their order.
  std::uint64_t before = 0;
  while (!text.empty()) {
    if (before != 0 && !take(text, ',')) return false;
    const auto running = take_number(text);
    if (!running || *running <= before || *running < *oldest || *running >= *next) return false;
    before = *running;
  }
  return true;
}

std::string live_ready(std::string_view position, bool resumed) {
  std::string text(retry);
  text += "event: ready\n";
  if (!resumed) append_id(position, text);
  return text.append(R"(data: {"resumed":)").append(resumed ? "true" : "false").append("}\n\n");
}

std::string live_reset(std::string_view position, std::string_view reason) {
  std::string text(retry);
  text += "event: reset\n";
  append_id(position, text);
  return text.append(R"(data: {"reason":")").append(reason).append("\"}\n\n");
}

std::string live_end(std::string_view reason) {
  return std::string("event: end\ndata: {\"reason\":\"").append(reason).append("\"}\n\n");
}

std::string live_heartbeat(std::string_view position) {
  std::string text(":\n");
  append_id(position, text);
  return text += '\n';
}

std::string live_block(const std::vector<const live_event*>& events, std::string_view position) {
  std::string text;
  for (const auto* event : events) {
    text.append("event: ").append(event->type).append("\n");
    if (event == events.back()) append_id(position, text);
    append_body(std::to_string(event->id), event->type, event->at, event->data, text);
  }
  return text;
}

std::string live_progress(timestamp at, std::string_view data) {
  std::string text("event: campaign.progress\n");
  append_body("", "campaign.progress", at, data, text);
  return text;
}

}  // namespace omnistream::actors
