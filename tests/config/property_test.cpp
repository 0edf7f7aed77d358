#include "config/property.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace omnistream::config {
namespace {

/// A name that GoogleTest takes: `http.port` -> `http_port`.
std::string case_name(const testing::TestParamInfo<property>& info) {
  std::string name(info.param.name);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

class EachProperty : public testing::TestWithParam<property> {};
INSTANTIATE_TEST_SUITE_P(Table, EachProperty,
                         testing::ValuesIn(properties().begin(), properties().end()), case_name);

TEST_P(EachProperty, HasAWellFormedNameAndAHelpText) {
  const auto& row = GetParam();
  EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_."),
            std::string::npos);
  EXPECT_EQ(std::count(row.name.begin(), row.name.end(), '.'), 1);
  EXPECT_TRUE(row.help.ends_with('.')) << row.help;
  EXPECT_EQ(row.help.find('\n'), std::string::npos);
  EXPECT_EQ(find_property(row.name)->name, row.name);
}

TEST_P(EachProperty, DefaultIsAValidValueAndSurvivesItsText) {
  const auto& row = GetParam();
  settings values;
  const auto text = value_text(row, values);
  EXPECT_EQ(assign(row, values, text), std::nullopt);
  EXPECT_EQ(value_text(row, values), text);
}

TEST_P(EachProperty, AMistakeChangesNothing) {
  const auto& row = GetParam();
  settings values;
  const auto before = value_text(row, values);
  const auto wrong = assign(row, values, "line\nbreak");
  ASSERT_TRUE(wrong);
  EXPECT_TRUE(wrong->starts_with("must ")) << *wrong;
  EXPECT_EQ(wrong->find('\n'), std::string::npos) << *wrong;
  EXPECT_EQ(value_text(row, values), before);
}

TEST_P(EachProperty, TextsAreBoundedInLength) {
  settings values;
  EXPECT_TRUE(assign(GetParam(), values, std::string(4097, 'x')));
}

TEST_P(EachProperty, GarbageNeverCrashesAndNeverEntersHalf) {
  const auto& row = GetParam();
  rc::check([&](const std::string& garbage) {
    settings values;
    const auto before = value_text(row, values);
    const auto wrong = assign(row, values, garbage);
    RC_ASSERT(value_text(row, values) == (wrong ? before : garbage));
  });
}

class EachInteger : public testing::TestWithParam<property> {};

std::vector<property> integers() {
  std::vector<property> found;
  for (const auto& row : properties())
    if (std::holds_alternative<integer_kind>(row.kind)) found.push_back(row);
  return found;
}
INSTANTIATE_TEST_SUITE_P(Table, EachInteger, testing::ValuesIn(integers()), case_name);

TEST_P(EachInteger, TakesItsBoundsAndNothingBeyond) {
  const auto& row = GetParam();
  const auto& kind = std::get<integer_kind>(row.kind);
  EXPECT_LE(kind.minimum, kind.initial);
  EXPECT_LE(kind.initial, kind.maximum);
  settings values;
  EXPECT_EQ(assign(row, values, std::to_string(kind.minimum)), std::nullopt);
  EXPECT_EQ(values.*kind.member, kind.minimum);
  EXPECT_EQ(assign(row, values, std::to_string(kind.maximum)), std::nullopt);
  EXPECT_EQ(values.*kind.member, kind.maximum);
  for (const auto& beyond :
       {std::to_string(kind.minimum - 1), std::to_string(kind.maximum + 1),
        std::string("99999999999999999999"), std::string("-99999999999999999999")}) {
    const auto wrong = assign(row, values, beyond);
    ASSERT_TRUE(wrong) << beyond;
    EXPECT_NE(wrong->find(std::to_string(kind.minimum) + " to " + std::to_string(kind.maximum)),
              std::string::npos);
    EXPECT_NE(wrong->find(beyond), std::string::npos);
    EXPECT_EQ(values.*kind.member, kind.maximum);
  }
}

TEST_P(EachInteger, TakesDecimalDigitsOnly) {
  settings values;
  for (const char* text :
       {"", " ", "abc", "1.5", "1e3", "0x10", "+1", "1 ", " 1", "1,000", "1_000", "true", "1s"})
    EXPECT_TRUE(assign(GetParam(), values, text)) << text;
}

TEST_P(EachInteger, NamesItsUnit) {
  const std::string_view name = GetParam().name;
  const std::set<std::string_view> plain = {"http.port", "database.api_connections",
                                            "database.engine_connections", "actors.threads"};
  const bool has_unit = name.ends_with("_ms") || name.ends_with("_s") || name.ends_with("_max") ||
                        name.ends_with("_mps") || name.ends_with("_days");
  EXPECT_TRUE(has_unit || plain.contains(name)) << name;
}

TEST(PropertyTable, NamesAreUniqueInEveryForm) {
  std::set<std::string> names, variables, options;
  for (const auto& row : properties()) {
    for (const auto* suffix : {"", "_file"}) {
      if (*suffix != '\0' && !is_secret(row)) continue;
      EXPECT_TRUE(names.insert(std::string(row.name) + suffix).second) << row.name;
      EXPECT_TRUE(variables.insert(environment_name(row) + (*suffix != '\0' ? "_FILE" : "")).second)
          << row.name;
      EXPECT_TRUE(options.insert(option_name(row) + (*suffix != '\0' ? "-file" : "")).second)
          << row.name;
    }
  }
}

TEST(PropertyTable, DerivesNamesAndKeepsTheVendors) {
  const auto variable = [](std::string_view name) {
    return environment_name(*find_property(name));
  };
  EXPECT_EQ(variable("http.port"), "OMNISTREAM_HTTP_PORT");
  EXPECT_EQ(variable("http.address"), "OMNISTREAM_HTTP_ADDRESS");
  EXPECT_EQ(variable("database.url"), "OMNISTREAM_DATABASE_URL");
  EXPECT_EQ(variable("data.dir"), "OMNISTREAM_DATA_DIR");
  EXPECT_EQ(variable("log.level"), "OMNISTREAM_LOG_LEVEL");
  EXPECT_EQ(variable("tls.key_file"), "OMNISTREAM_TLS_KEY_FILE");
  EXPECT_EQ(variable("meta.api_version"), "OMNISTREAM_META_API_VERSION");
  EXPECT_EQ(variable("meta.app_secret"), "META_APP_SECRET");
  EXPECT_EQ(variable("meta.verify_token"), "META_VERIFY_TOKEN");
  EXPECT_EQ(variable("meta.access_token"), "META_ACCESS_TOKEN");
  EXPECT_EQ(variable("meta.phone_number_id"), "META_PHONE_NUMBER_ID");
  EXPECT_EQ(variable("meta.waba_id"), "META_WABA_ID");
  EXPECT_EQ(variable("meta.api_url"), "META_API_URL");
  EXPECT_EQ(option_name(*find_property("http.session_ttl_s")), "--http-session-ttl-s");
  EXPECT_EQ(find_property("http"), nullptr);
  EXPECT_EQ(find_property("http.portt"), nullptr);
}

TEST(PropertyTable, DefaultsAreThePromisedOnes) {
  const settings values;
  EXPECT_EQ(values.http_address, "127.0.0.1");
  EXPECT_EQ(values.http_port, 8080);
  EXPECT_EQ(values.http_body_bytes_max, 64 * 1024 * 1024);
  EXPECT_EQ(values.http_request_timeout_ms, 30'000);
  EXPECT_EQ(values.http_in_flight_max, 4096);
  EXPECT_EQ(values.database_api_connections, 4);
  EXPECT_EQ(values.database_engine_connections, 3);
  EXPECT_EQ(values.meta_api_url, "https://graph.facebook.com");
  EXPECT_EQ(values.meta_api_version, "v23.0");
  EXPECT_EQ(values.meta_connections_max, 1'024);
  EXPECT_EQ(values.campaigns_default_throughput_mps, 80);
  EXPECT_EQ(values.campaigns_recipients_per_call_max, 50'000);
  EXPECT_EQ(values.campaigns_send_wait_s, 2);
  EXPECT_EQ(values.webhooks_body_bytes_max, 4 * 1024 * 1024);
  EXPECT_EQ(values.webhooks_mail_bytes_max, 30 * 1024 * 1024);
  EXPECT_EQ(values.shutdown_drain_timeout_ms, 10'000);
  EXPECT_EQ(values.actors_threads, 2);
  EXPECT_TRUE(values.registration_enabled);
  EXPECT_TRUE(values.database_url.empty());
  EXPECT_EQ(values.log_level, log::level::info);
  EXPECT_EQ(values.log_format, log::format::automatic);
}

TEST(PropertyTable, SecretsAreExactlyThese) {
  std::set<std::string_view> secrets;
  for (const auto& row : properties())
    if (is_secret(row)) secrets.insert(row.name);
  EXPECT_EQ(secrets, (std::set<std::string_view>{
                         "database.url", "encryption.key", "meta.app_secret", "meta.verify_token",
                         "meta.instagram_app_secret", "meta.access_token", "email.webhook_secret",
                         "metrics.token", "media.s3_secret_key"}));
}

/// What a text setting takes and what it refuses.
struct text_case {
  std::string_view name;
  std::vector<std::string> good, bad;
};

TEST(PropertyTable, TextsAreCheckedByTheirMeaning) {
  const std::string key(43, 'A');
  const text_case cases[] = {
      {"http.address",
       {"0.0.0.0", "127.0.0.1", "::", "::1", "192.168.1.7"},
       {"", "localhost", "256.0.0.1", "127.0.0.1:80", "[::1]", "1.2.3", " 1.2.3.4"}},
      {"http.trusted_proxies",
       {"", "10.0.0.0/8", "::1, 127.0.0.1"},
       {"10.0.0.1/8", "proxy.example", "10.0.0.0/33", "::1 127.0.0.1"}},
      {"database.url",
       {"", "postgresql://u:p@h/d", "postgres:///d"},
       {"mysql://h", "host=localhost", "localhost", "POSTGRES://h"}},
      {"encryption.key", {"", key, key + "="}, {"x", key + "A", key.substr(1), key + "==", "hex"}},
      {"meta.api_url",
       {"https://graph.facebook.com", "http://127.0.0.1:9090", "http://localhost:1/graph",
        "https://h/"},
       {"", "graph.facebook.com", "ftp://h", "https://", "https:///x", "https://h/v23.0",
        "https://h/v23.0/", "https://h?x=1", "https://user@h", "https://h h"}},
      {"meta.api_version",
       {"v23.0", "v1.10"},
       {"", "23.0", "v23", "v.0", "v23.", "V23.0", "v23.0/", "v23.0.1", "v12345.0"}},
      {"meta.phone_number_id",
       {"", "106540352242922", "pn-1_a"},
       {"1 2", "1/2", "é", std::string(65, '1')}},
      {"meta.waba_id", {"", "102290129340398"}, {"1?2", "../1"}},
      {"media.store", {"folder", "s3"}, {"", "S3", "disk"}},
      {"media.s3_endpoint",
       {"", "https://s3.eu-central-1.amazonaws.com", "http://localhost:9000", "https://[::1]:9000"},
       {"s3.amazonaws.com", "ftp://h", "https://", "https://h/", "https://h/bucket",
        "https://user@h", "https://h?x"}},
      {"media.s3_region", {"us-east-1", "garage"}, {"", "EU", "a/b", "a b"}},
      {"media.s3_bucket",
       {"", "shop-media", "shop.media", "abc"},
       {"ab", "Shop", "a/b", "..a", "a..b", ".abc", std::string(64, 'a')}},
      {"media.s3_prefix",
       {"", "media", "omnistream/Media_1-x"},
       {"/media", "media/", "a//b", "../a", "a b", "a%20"}},
      {"media.s3_access_key", {"", "AKIDEXAMPLE", "minio@shop"}, {"a b", "a:b", "a/b", "é"}},
      {"log.level",
       {"debug", "info", "warn", "error", "off"},
       {"", "INFO", "trace", "warning", "3"}},
      {"log.format", {"auto", "json", "text"}, {"", "JSON", "automatic", "xml"}},
      {"registration.enabled", {"true", "false"}, {"", "1", "0", "yes", "TRUE", "on"}},
  };
  for (const auto& [name, good, bad] : cases) {
    const auto& row = *find_property(name);
    settings values;
    for (const auto& text : good) {
      EXPECT_EQ(assign(row, values, text), std::nullopt) << name << ": " << text;
      EXPECT_EQ(value_text(row, values), text);
    }
    for (const auto& text : bad) EXPECT_TRUE(assign(row, values, text)) << name << ": " << text;
  }
}

TEST(PropertyTable, AComplaintNeverQuotesASecret) {
  for (const auto& row : properties()) {
    if (!is_secret(row)) continue;
    settings values;
    for (const char* text : {"hunter2\n", "hunter2\x01", "hunter2-is-no-url-and-no-key"})
      if (const auto wrong = assign(row, values, text)) {
        EXPECT_EQ(wrong->find("hunter2"), std::string::npos) << *wrong;
      }
  }
}

}  // namespace
}  // namespace omnistream::config
