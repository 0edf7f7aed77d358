#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bench/graph_simulator/clock.hpp"
#include "bench/graph_simulator/message_template.hpp"

namespace graph_simulator {

/// A template of one WABA with what changes about it.
struct stored_template {
  std::shared_ptr<const message_template> definition;
  template_status status = template_status::pending;
  instant reviewed_at = instant::max();  ///< when a pending one gets its verdict
  template_status outcome = template_status::approved;
};

/// A change that Meta would tell by a `message_template_status_update` webhook.
struct template_event {
  std::string waba_id;
  std::shared_ptr<const message_template> definition;
  template_status status;
};

/// The templates of all WABAs. Every WABA begins with the same default set; those created later
/// belong to one WABA, are reviewed after a delay (a name that contains `reject` is refused) and
/// may be sent from every number. Not thread-safe.
class template_store {
 public:
  static constexpr std::size_t created_max = 20'000;  ///< further ones are refused

  explicit template_store(instant review_delay);

  /// What a message names. The WABA's own templates come first, then the default set, then other
  /// WABAs' templates. Nothing if no template has that name and language.
  const stored_template* find(std::string_view waba, std::string_view name,
                              std::string_view language) const;
  /// All templates of a WABA in the order of their creation.
  std::vector<const stored_template*> list(std::string_view waba) const;
  const stored_template* find_by_id(std::string_view waba, std::uint64_t id) const;
  /// The WABA that created the template with this id; nothing for an unknown one.
  const stored_template* find_created(std::uint64_t id) const;

  verdict create(std::string_view waba, message_template made, instant now,
                 const stored_template** stored);
  /// Deletes one WABA's own or default templates by name, in every language or in one; false if
  /// there are none.
  bool remove(std::string_view waba, std::string_view name);
  /// Sets a status at once, for tests of pausing; nothing if the WABA has no such template.
  std::vector<template_event> set_status(std::string_view waba, std::string_view name,
                                         std::string_view language, template_status status);
  /// Gives the verdicts that are due and reports them.
  std::vector<template_event> review(instant now);
  /// When the next verdict is due; instant::max() if none is.
  instant next_review() const { return next_review_; }

 private:
  struct account {
    std::map<std::uint64_t, stored_template> templates;  ///< by id, which rises with creation
  };
  account& account_of(std::string_view waba);
  const account* known_account(std::string_view waba) const;

  instant review_delay_;
  instant next_review_ = instant::max();
  account defaults_;
  std::map<std::string, account, std::less<>>
      accounts_;  ///< WABAs that differ from the default set
  std::unordered_map<std::string, std::vector<std::string>>
      owners_;  ///< name -> WABAs that created it
  std::uint64_t next_id_;
};

}  // namespace graph_simulator
