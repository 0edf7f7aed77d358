#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/base/result.hpp"
#include "config/base/time.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::actors {

/// A conversation's status, named as the API names it. Whoever writes opens it again.
enum class conversation_status : std::uint8_t {
  open,
  pending,   ///< waits for somebody else than the agent
  resolved,  ///< an agent says it is done
  expired,   ///< nobody wrote for too long
};
std::string_view to_string(conversation_status status);
std::optional<conversation_status> parse_conversation_status(std::string_view text);

/// Everything the machine decides on, as the database has it.
struct conversation_state {
  bool in_inbox = false;  ///< false: only a broadcast opened it so far
  conversation_status status = conversation_status::open;
  std::optional<uuid> assigned_agent_id;
  std::optional<uuid> division_id;
  std::vector<std::string> tags;  ///< sorted, each once
  int unread_count = 0;
  std::optional<timestamp> resolved_at;  ///< exactly while it is resolved
  bool operator==(const conversation_state&) const = default;
};

inline constexpr std::size_t conversation_tags_max = 50;

// -- commands: what a caller wants of a conversation ---------------------------------------------

struct assign_conversation {
  std::optional<uuid> agent_id;  ///< nothing: to nobody
};
struct set_conversation_status {
  conversation_status status = conversation_status::open;  ///< not expired
};
struct read_conversation {};
struct tag_conversation {
  enum class how : std::uint8_t { set, add, remove };
  how what = how::set;
  std::vector<std::string> tags;
};
/// The caller takes it, whoever has it.
struct take_over_conversation {};
/// To an agent, to a division, whose agents then see it unassigned, or to an agent in a division's
/// name. At least one of both.
struct transfer_conversation {
  std::optional<uuid> agent_id;
  std::optional<uuid> division_id;
  std::optional<std::string> note;
};

using conversation_wish =
    std::variant<assign_conversation, set_conversation_status, read_conversation, tag_conversation,
                 take_over_conversation, transfer_conversation>;

/// Who wants it.
struct conversation_caller {
  uuid agent_id;
  bool sees_all = false;  ///< conversations.view_all: otherwise some do not exist for the caller
};

struct conversation_command {
  conversation_caller by;
  conversation_wish wish;
};

/// The agent and the division a command names. Both must exist.
struct conversation_targets {
  std::optional<uuid> agent_id;
  std::optional<uuid> division_id;
};
conversation_targets targets_of(const conversation_command& what);

// -- decisions -----------------------------------------------------------------------------------

/// What the history keeps of a transfer.
struct conversation_transfer {
  std::optional<uuid> from_agent_id, to_agent_id, to_division_id;
  std::optional<std::string> note;
  uuid transferred_by;
};

/// The machine's answer: a refusal, or the state to commit. What subscribers are told of it follows
/// from the change itself, in the database.
struct conversation_decision {
  std::optional<problem> refused;
  std::optional<conversation_state> becomes;  ///< nothing: it is as was wanted already
  std::optional<conversation_transfer> transfer;
};

/// The conversation's state machine: pure, total (every command in every state has an answer),
/// deterministic.
conversation_decision decide(const conversation_state& state, const conversation_command& what,
                             timestamp now);

}  // namespace omnistream::actors
