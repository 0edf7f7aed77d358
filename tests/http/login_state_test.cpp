#include "http/api/login_state.hpp"

#include <gtest/gtest.h>

namespace omnistream::http::api {
namespace {

using namespace std::chrono_literals;

class LoginState : public testing::Test {
 protected:
  std::string refusal(const login_begun& whom, const std::string& text, timestamp at) const {
    const auto checked = check_login_state(key, whom, text, at);
    return checked ? "" : checked.error().errors.at(0).code;
  }

  const crypto::key256 key = crypto::key256::random();
  const timestamp now = system_now();
  const login_begun by{"instagram", uuid::v7(now), uuid::v7(now)};
};

TEST_F(LoginState, IsTakenFromWhoBeganTheLogin) {
  const auto state = begin_login(key, by, now);
  EXPECT_EQ(state.text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789-_"),
            std::string::npos);
  EXPECT_GE(state.expires_at, now + login_state_life);
  const auto checked = check_login_state(key, by, state.text, now + 14min);
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->expires_at, state.expires_at);
  EXPECT_FALSE(checked->nonce.empty());
  EXPECT_NE(begin_login(key, by, now).text, state.text);
}

TEST_F(LoginState, IsForNobodyElseAndNothingElse) {
  const auto state = begin_login(key, by, now).text;
  auto foreign = by;
  foreign.tenant = uuid::v7(now);
  EXPECT_EQ(refusal(foreign, state, now), "invalid");
  foreign = by;
  foreign.agent = uuid::v7(now);
  EXPECT_EQ(refusal(foreign, state, now), "invalid");
  foreign = by;
  foreign.flow = "messenger";
  EXPECT_EQ(refusal(foreign, state, now), "invalid");
  const auto other_key = crypto::key256::random();
  EXPECT_FALSE(check_login_state(other_key, by, state, now));
}

TEST_F(LoginState, CannotBeMadeUpOrChanged) {
  const auto state = begin_login(key, by, now).text;
  for (const auto& made_up : {std::string(), std::string("x"), state + "A", state.substr(1),
                              std::string(state.size(), 'A')})
    EXPECT_EQ(refusal(by, made_up, now), "invalid") << made_up;
  for (std::size_t i = 0; i + 1 < state.size(); ++i) {
    auto changed = state;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(refusal(by, changed, now), "invalid") << i;
  }
}

TEST_F(LoginState, Ends) {
  const auto state = begin_login(key, by, now);
  EXPECT_EQ(refusal(by, state.text, state.expires_at - 1s), "");
  EXPECT_EQ(refusal(by, state.text, state.expires_at), "expired");
}

}  // namespace
}  // namespace omnistream::http::api
