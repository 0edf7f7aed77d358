#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace omnistream::load {

/// No list of conversations gives more of them.
inline constexpr std::int64_t listed_max = 5'000;

/// What becomes of a conversation while the inbox is filled. Empty: nothing of the kind.
struct planned_conversation {
  std::string channel;   ///< whatsapp, messenger or instagram
  std::string division;  ///< sales and support have many, events has few
  std::string agent;     ///< busy has many, nearly all in sales; calm has few
  std::string tag;       ///< often or rare
  std::string status;

  auto operator<=>(const planned_conversation&) const = default;
};

/// The plan of an inbox of so many conversations. Pure.
class inbox_plan {
 public:
  explicit inbox_plan(std::int64_t conversations);
  /// The n-th, from 0, the oldest.
  planned_conversation at(std::int64_t n) const;
  /// How many there are of each kind.
  const std::map<planned_conversation, std::int64_t>& tally() const { return tally_; }

 private:
  std::int64_t few_step_;  ///< of so many one is of what there is little of
  std::map<planned_conversation, std::int64_t> tally_;
};

/// What a list is narrowed by. Empty: by nothing of the kind.
struct list_filter {
  std::string status{};
  std::string channel{};
  std::string agent{};  ///< or `nobody`
  std::string division{};
  std::string tag{};
  bool as_agent = false;  ///< read by `busy`, who sees what is hers, nobody's or her divisions'

  /// What it is narrowed by, without by which: `agent, division`.
  std::string kind() const;
  /// In words: `busy's in sales`.
  std::string name() const;
  bool fits(const planned_conversation& one) const;
};

/// What a list says that it has: no more than listed_max. Pure.
std::int64_t listed_of(const inbox_plan& plan, const list_filter& filter);

/// Every filter with each of its values, and all combinations of those that differ in how many
/// there are; as an admin and as an agent. Pure.
std::vector<list_filter> all_filters();

struct list_page {
  std::string name;  ///< first, middle, last, or last of 100
  std::int64_t page = 1;
  std::int64_t per_page = 20;

  /// How many it shows of a list of so many.
  std::int64_t shown_of(std::int64_t listed) const;
};

/// The pages that are read of a list of so many. Pure.
std::vector<list_page> pages_of(std::int64_t listed);

}  // namespace omnistream::load
