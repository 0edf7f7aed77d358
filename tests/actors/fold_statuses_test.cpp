#include <algorithm>
#include <random>
#include <tuple>

#include <gtest/gtest.h>

#include "tests/actors/webhook_payload_samples.hpp"

namespace omnistream::actors {
namespace {

status_update update(std::uint32_t seq, message_status what, std::int64_t at,
                     std::string wamid = "") {
  status_update made;
  made.wamid = wamid.empty() ? "wamid.S" + std::to_string(seq) : std::move(wamid);
  if (seq != 0) made.recipient = recipient_key{some_campaign(), seq};
  made.status = what;
  made.at = at_second(at);
  made.recipient_id = "62811";
  made.phone_number_id = "77001";
  if (what == message_status::failed) made.error = {131026, 0, "m" + std::to_string(at), "d"};
  return made;
}

using enum message_status;

auto content(const folded_status& entry) {
  return std::tuple(entry.recipient, entry.wamid, entry.recipient_id, entry.phone_number_id,
                    entry.status, entry.sent_at, entry.delivered_at, entry.read_at, entry.failed_at,
                    entry.error.code, entry.error.message);
}

auto sorted_contents(const folded_statuses& folded) {
  std::vector<decltype(content(folded_status{}))> list;
  for (const auto& entry : folded.entries) list.push_back(content(entry));
  std::ranges::sort(list);
  return list;
}

TEST(fold_statuses, one_message_through_its_life) {
  const auto folded = fold_statuses(
      {update(1, sent, noon), update(1, delivered, noon + 2), update(1, read, noon + 9)});
  ASSERT_EQ(folded.entries.size(), 1u);
  const auto& entry = folded.entries[0];
  EXPECT_EQ(entry.status, read);
  EXPECT_EQ(entry.sent_at, at_second(noon));
  EXPECT_EQ(entry.delivered_at, at_second(noon + 2));
  EXPECT_EQ(entry.read_at, at_second(noon + 9));
  EXPECT_EQ(entry.failed_at, std::nullopt);
  EXPECT_EQ(folded.duplicates, 0u);
}

TEST(fold_statuses, failed_counts_only_over_nothing_or_sent) {
  const auto status_of = [](std::vector<message_status> list) {
    std::vector<status_update> updates;
    for (const auto what : list) updates.push_back(update(1, what, noon));
    const auto folded = fold_statuses(updates);
    EXPECT_EQ(folded.entries.size(), 1u);
    EXPECT_EQ(folded.entries[0].error.code != 0, folded.entries[0].status == failed);
    return folded.entries[0].status;
  };
  EXPECT_EQ(status_of({failed}), failed);
  EXPECT_EQ(status_of({sent, failed}), failed);
  EXPECT_EQ(status_of({failed, sent}), failed);
  EXPECT_EQ(status_of({failed, delivered}), delivered);
  EXPECT_EQ(status_of({read, failed}), read);
  EXPECT_EQ(status_of({read, sent}), read);
}

TEST(fold_statuses, every_permutation_of_every_set_with_repetitions_says_the_same) {
  const message_status kinds[] = {sent, delivered, read, failed};
  for (unsigned set = 1; set < 16; ++set) {
    std::vector<status_update> updates;
    for (unsigned i = 0; i < 4; ++i) {
      if ((set >> i & 1U) == 0) continue;
      updates.push_back(update(1, kinds[i], noon + i));
      if (i % 2 == set % 2) updates.push_back(update(1, kinds[i], noon + 5 - i));
    }
    std::vector<std::size_t> order(updates.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto expected = fold_statuses(updates);
    do {
      std::vector<status_update> shuffled;
      for (const auto i : order) shuffled.push_back(updates[i]);
      const auto folded = fold_statuses(shuffled);
      EXPECT_EQ(sorted_contents(folded), sorted_contents(expected));
      EXPECT_EQ(folded.duplicates, expected.duplicates);
    } while (std::ranges::next_permutation(order).found);
  }
}

TEST(fold_statuses, order_and_repetition_do_not_matter_over_many_messages) {
  std::mt19937 random(23);
  for (int round = 0; round < 300; ++round) {
    std::vector<status_update> updates;
    for (auto i = 1 + random() % 60; i > 0; --i) {
      const auto what = static_cast<message_status>(random() % 4);
      updates.push_back(
          update(random() % 8, what, noon + random() % 3, "wamid." + std::to_string(random() % 3)));
    }
    const auto expected = fold_statuses(updates);
    auto repeated = updates;
    for (auto i = random() % 20; i > 0; --i) repeated.push_back(updates[random() % updates.size()]);
    std::ranges::shuffle(repeated, random);
    const auto folded = fold_statuses(repeated);
    EXPECT_EQ(sorted_contents(folded), sorted_contents(expected));
    EXPECT_EQ(folded.duplicates, expected.duplicates + repeated.size() - updates.size());
  }
}

TEST(fold_statuses, messages_that_are_not_ours_fold_by_wamid) {
  const auto folded =
      fold_statuses({update(0, sent, noon, "wamid.X"), update(0, read, noon, "wamid.Y"),
                     update(0, delivered, noon, "wamid.X"), update(5, sent, noon, "wamid.X")});
  ASSERT_EQ(folded.entries.size(), 3u);
  EXPECT_EQ(folded.entries[0].wamid, "wamid.X");
  EXPECT_EQ(folded.entries[0].status, delivered);
  EXPECT_EQ(folded.entries[1].status, read);
  EXPECT_EQ(folded.entries[2].recipient->seq, 5u);
}

TEST(fold_statuses, nothing_folds_to_nothing) {
  EXPECT_TRUE(fold_statuses({}).entries.empty());
}

}  // namespace
}  // namespace omnistream::actors
