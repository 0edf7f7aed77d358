#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "config/base/time.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::http::api {

/// Keeps those who say at every key they press that they type from being told as often: of each
/// agent in each conversation that one types, and that one does not any more, is told once in a
/// pause, and what was said last is always told, and told last: what could not be told is tried
/// again, and while one thing is being told nothing else is. From any thread.
class typing_pauses {
 public:
  static constexpr std::chrono::seconds pause{3};
  /// What is remembered, and so what all agents can have told within a pause.
  static constexpr std::size_t told_max = 10'000;
  /// What could not be told is tried again after that time, so often.
  static constexpr std::chrono::seconds retry_wait{1};
  static constexpr int retries_max = 5;

  /// What is to be done about something that was said.
  struct verdict {
    bool now = false;                                ///< it is told, then ended() is called
    std::optional<std::chrono::milliseconds> later;  ///< due() is to be asked after that time
  };
  verdict say(const uuid& conversation, const uuid& agent, bool is_typing, timestamp now);
  /// What is still to be told, which is told now, then ended() is called; nothing if that was done
  /// meanwhile.
  std::optional<bool> due(const uuid& conversation, const uuid& agent, timestamp now);
  /// What came of telling. `failed`: nobody was told and nobody else knows, so it is owed;
  /// `refused`: whoever said it knows that it was not told.
  enum class outcome { told, failed, refused };
  /// When due() is to be asked, if it is.
  std::optional<std::chrono::milliseconds> ended(const uuid& conversation, const uuid& agent,
                                                 outcome what, timestamp now);

 private:
  struct news {
    std::array<std::optional<timestamp>, 2> told;  ///< when, by what was said
    bool last = false;                             ///< what was told last
    std::optional<bool> owed;                      ///< what is to be told when the pause is over
    bool is_awaited = false;                       ///< somebody will ask for it
    bool is_being_told = false;                    ///< `last` is on its way
    bool is_promised = false;                      ///< also to somebody who does not wait for that
    int retries = 0;                               ///< of what is owed
  };
  static std::optional<std::chrono::milliseconds> await(news& of, timestamp now);
  static void begin(news& of, bool is_typing, timestamp now);
  bool make_room(timestamp now);

  std::mutex guard_;
  std::map<std::pair<uuid, uuid>, news> all_;
};

}  // namespace omnistream::http::api
