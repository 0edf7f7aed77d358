#include "http/api/host_lookups.hpp"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

namespace omnistream::http::api {
namespace {

const uuid alice{{1}}, bob{{2}};

TEST(HostLookups, OneTenantsSilentNamesHoldUpNobodyElse) {
  host_lookups lookups;
  std::promise<void> silent, found;
  const auto until = silent.get_future().share();
  // Two are at work, the others of hers wait without being in anybody's way.
  for (std::size_t i = 0; i < host_lookups::per_tenant_max; ++i)
    ASSERT_TRUE(lookups.submit(alice, [until] { until.wait(); }));
  EXPECT_FALSE(lookups.submit(alice, [] {})) << "no more of hers";
  ASSERT_TRUE(lookups.submit(bob, [&] { found.set_value(); }));
  found.get_future().wait();
  silent.set_value();
}

TEST(HostLookups, TakeMoreOfATenantWhenSomeHaveEnded) {
  host_lookups lookups;
  for (int i = 0; i < 20; ++i) {
    std::promise<void> ran;
    // The one before may not have been counted as ended yet.
    while (!lookups.submit(alice, [&] { ran.set_value(); })) std::this_thread::yield();
    ran.get_future().wait();
  }
}

TEST(HostLookups, DropWhatWaitsWhenTheyStop) {
  std::promise<void> silent;
  const auto until = silent.get_future().share();
  std::atomic<int> ran = 0;
  auto lookups = std::make_unique<host_lookups>();
  for (std::uint8_t i = 0; i < host_lookups::threads; ++i)
    ASSERT_TRUE(lookups->submit(uuid{{i}}, [until, &ran] {
      ++ran;
      until.wait();
    }));
  while (ran < static_cast<int>(host_lookups::threads)) std::this_thread::yield();
  auto held = std::make_shared<int>(0);
  const std::weak_ptr<int> waits = held;
  ASSERT_TRUE(lookups->submit(uuid{{99}}, [held = std::move(held), &ran] { ++ran; }));
  std::thread ending([&] { lookups->stop(); });
  while (!waits.expired()) std::this_thread::yield();
  silent.set_value();
  ending.join();
  EXPECT_EQ(ran, static_cast<int>(host_lookups::threads));
  EXPECT_FALSE(lookups->submit(alice, [] {}));
}

}  // namespace
}  // namespace omnistream::http::api
