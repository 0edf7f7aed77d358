#include "actors/campaign/recipient_selection.hpp"

#include <algorithm>
#include <unordered_set>

#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;

/// Distinct numbers with their variables, in the order given.
struct wanted_numbers {
  std::vector<std::string> numbers;
  std::vector<std::optional<std::string>> variables;
  std::unordered_set<std::string> seen;
  int repeated = 0;

  void add(const std::string& number, std::optional<std::string> with) {
    if (!seen.insert(number).second) {
      ++repeated;
      return;
    }
    numbers.push_back(number);
    variables.push_back(std::move(with));
  }
};

std::optional<std::string> variables_for(const recipients_to_add& what, const std::string& number) {
  const auto found =
      std::lower_bound(what.variables.begin(), what.variables.end(), number,
                       [](const auto& entry, const auto& key) { return entry.first < key; });
  if (found == what.variables.end() || found->first != number) return std::nullopt;
  return found->second;
}

/// The contacts named by id or tag; returns how many of them cannot be written to or do not exist.
int add_selected(storage::session& in, const recipients_to_add& what, wanted_numbers& wanted) {
  if (what.contact_ids.empty() && what.tags.empty()) return 0;
  int unusable = 0;
  std::unordered_set<uuid> missing(what.contact_ids.begin(), what.contact_ids.end());
  const auto contacts = in.execute(sql::recipients_contacts_selected, what.contact_ids, what.tags);
  for (int i = 0; i < contacts.size(); ++i) {
    missing.erase(contacts.id(i, 0));
    const auto number = contacts.optional_text(i, 1);
    if (!number || contacts.boolean(i, 2))
      ++unusable;
    else
      wanted.add(*number, variables_for(what, *number));
  }
  return unusable + static_cast<int>(missing.size());
}

}  // namespace

result<added_recipients> add_to_draft(storage::session& in, const uuid& campaign,
                                      const recipients_to_add& what, int recipients_max) {
  // Before the campaign, as where contacts become one.
  in.execute(sql::recipients_hold_contacts);
  const auto draft = in.execute(sql::campaign_lock_draft, campaign);
  if (draft.empty()) return problems::not_found("campaign");
  if (!draft.boolean(0, 1))
    return problems::wrong_state("campaign_not_draft", "Only a draft campaign can be changed.");
  wanted_numbers wanted;
  for (const auto& one : what.numbers) wanted.add(one.phone_number, one.variables_json);
  const int unusable = add_selected(in, what, wanted);
  const auto before = draft.integer(0, 0);
  added_recipients added;
  if (!wanted.numbers.empty()) {
    in.execute(sql::recipients_contacts_by_number, wanted.numbers);
    added.added = static_cast<int>(
        in.execute(sql::recipients_add_numbers, campaign, wanted.numbers, wanted.variables)
            .integer(0, 0));
  }
  if (before + added.added > recipients_max)
    return problems::invalid_field("phone_numbers", "too_many_items",
                                   "A campaign has at most " + std::to_string(recipients_max) +
                                       " recipients; this one has " + std::to_string(before) + ".");
  added.skipped = what.skipped + wanted.repeated + unusable +
                  static_cast<int>(wanted.numbers.size()) - added.added;
  added.total = static_cast<int>(before) + added.added;
  return added;
}

}  // namespace omnistream::actors
