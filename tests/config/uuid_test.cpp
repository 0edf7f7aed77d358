#include "config/base/uuid.hpp"

#include <set>
#include <unordered_set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace omnistream {
namespace {

using std::chrono::milliseconds;

constexpr timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} +
                         std::chrono::hours{12}};

rc::Gen<uuid> any_uuid() {
  return rc::gen::map(
      rc::gen::container<std::array<std::uint8_t, 16>>(rc::gen::arbitrary<std::uint8_t>()),
      [](const std::array<std::uint8_t, 16>& bytes) { return uuid{bytes}; });
}

TEST(Uuid, ParsesTheCanonicalFormInEitherCase) {
  const auto lower = uuid::parse("0190a6c2-7b3d-7e1f-8a9b-0123456789ab");
  const auto upper = uuid::parse("0190A6C2-7B3D-7E1F-8A9B-0123456789AB");
  ASSERT_TRUE(lower && upper);
  EXPECT_EQ(*lower, *upper);
  EXPECT_EQ(upper->to_string(), "0190a6c2-7b3d-7e1f-8a9b-0123456789ab");
}

TEST(Uuid, RefusesEverythingElse) {
  for (const char* text :
       {"", "0190a6c2-7b3d-7e1f-8a9b-0123456789a", "0190a6c2-7b3d-7e1f-8a9b-0123456789abc",
        "0190a6c27b3d7e1f8a9b0123456789ab", "{0190a6c2-7b3d-7e1f-8a9b-0123456789ab}",
        "0190a6c2+7b3d-7e1f-8a9b-0123456789ab", "0190a6c2-7b3d-7e1f-8a9b-0123456789ag",
        "0190a6c27-b3d-7e1f-8a9b-0123456789ab", "------------------------------------",
        "0190a6c2-7b3d-7e1f-8a9b-012345678 ab", " 190a6c2-7b3d-7e1f-8a9b-0123456789ab"})
    EXPECT_FALSE(uuid::parse(text)) << text;
}

RC_GTEST_PROP(Uuid, SurvivesItsTextForm, ()) {
  const auto id = *any_uuid();
  RC_ASSERT(uuid::parse(id.to_string()) == id);
}

RC_GTEST_PROP(Uuid, GarbageNeverCrashesTheParser, (const std::string& text)) {
  if (const auto id = uuid::parse(text)) RC_ASSERT(text.size() == 36U);
}

TEST(Uuid, VersionSevenCarriesVersionVariantAndMilliseconds) {
  const auto bytes = uuid::v7(noon).bytes();
  EXPECT_EQ(bytes[6] >> 4, 7);
  EXPECT_EQ(bytes[8] >> 6, 2);
  std::uint64_t ms = 0;
  for (int i = 0; i < 6; ++i) ms = ms << 8 | bytes[i];
  EXPECT_EQ(ms, static_cast<std::uint64_t>(
                    std::chrono::duration_cast<milliseconds>(noon.time_since_epoch()).count()));
}

TEST(Uuid, VersionSevenOrdersByTimeAndSoDoesItsText) {
  uuid before;
  for (int i = 0; i < 2'000; ++i) {
    const auto id = uuid::v7(noon + milliseconds{i});
    EXPECT_LT(before, id);
    EXPECT_LT(before.to_string(), id.to_string());
    before = id;
  }
}

TEST(Uuid, VersionSevenWithAPlaceOrdersWithinAMillisecond) {
  auto before = uuid::v7(noon, 0);
  for (const int place : {1, 2, 255, 256, int{uuid::v7_place_max}}) {
    const auto id = uuid::v7(noon, static_cast<std::uint16_t>(place));
    EXPECT_LT(before, id);
    EXPECT_EQ(id.bytes()[6] >> 4, 7);
    EXPECT_EQ(id.bytes()[8] >> 6, 2);
    before = id;
  }
  EXPECT_LT(before, uuid::v7(noon + milliseconds{1}, 0));
  EXPECT_NE(uuid::v7(noon, 7), uuid::v7(noon, 7));
}

TEST(Uuid, ManyOfOneMillisecondAreDistinctAlsoAsHashes) {
  std::unordered_set<uuid> ids;
  std::set<std::size_t> hashes;
  for (int i = 0; i < 10'000; ++i) {
    const auto id = uuid::v7(noon);
    ids.insert(id);
    hashes.insert(std::hash<uuid>{}(id));
  }
  EXPECT_EQ(ids.size(), 10'000U);
  EXPECT_EQ(hashes.size(), 10'000U);
}

TEST(Uuid, NilIsTheDefaultAndNothingElse) {
  EXPECT_TRUE(uuid{}.is_nil());
  EXPECT_FALSE(uuid::v7(noon).is_nil());
  EXPECT_EQ(uuid{}.to_string(), "00000000-0000-0000-0000-000000000000");
}

RC_GTEST_PROP(RecipientId, LeadsBackToCampaignAndSequence, ()) {
  const auto campaign = new_campaign_id(noon);
  const auto seq =
      *rc::gen::suchThat(rc::gen::arbitrary<std::uint32_t>(), [](auto n) { return n != 0; });
  const auto key = recipient_key_of(recipient_id(campaign, seq));
  RC_ASSERT(key.has_value());
  RC_ASSERT(key->campaign_id == campaign);
  RC_ASSERT(key->seq == seq);
}

TEST(RecipientId, BoundsOfTheSequence) {
  const auto campaign = new_campaign_id(noon);
  for (const std::uint32_t seq : {1U, 255U, 256U, 0x7fffffffU, 0xffffffffU}) {
    const auto key = recipient_key_of(recipient_id(campaign, seq));
    ASSERT_TRUE(key) << seq;
    EXPECT_EQ(key->seq, seq);
  }
}

TEST(RecipientId, OrdersBySequenceWithinACampaign) {
  const auto campaign = new_campaign_id(noon);
  EXPECT_LT(recipient_id(campaign, 1), recipient_id(campaign, 2));
  EXPECT_LT(recipient_id(campaign, 255), recipient_id(campaign, 256));
}

TEST(RecipientId, OtherIdsAreNoRecipients) {
  const auto campaign = new_campaign_id(noon);
  EXPECT_FALSE(recipient_key_of(campaign));
  EXPECT_FALSE(recipient_key_of(uuid{}));
  EXPECT_FALSE(recipient_key_of(uuid::v7(noon)));
  EXPECT_FALSE(recipient_key_of(recipient_id(campaign, 0)));
  auto wrong_variant = recipient_id(campaign, 7).bytes();
  wrong_variant[8] |= 0xc0;
  EXPECT_FALSE(recipient_key_of(uuid{wrong_variant}));
}

RC_GTEST_PROP(RecipientId, WhatIsTakenForARecipientIsTheIdOfThatRecipient, ()) {
  const auto id = *any_uuid();
  if (const auto key = recipient_key_of(id))
    RC_ASSERT(recipient_id(key->campaign_id, key->seq) == id);
}

}  // namespace
}  // namespace omnistream
