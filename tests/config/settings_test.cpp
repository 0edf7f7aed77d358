#include "config/settings.hpp"

#include <algorithm>
#include <cstdlib>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/property.hpp"
#include "tests/config/temporary_folder.hpp"

namespace omnistream::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using tests::temporary_folder;

/// Parses `arguments` as a program that takes all settings would.
command_line parse(std::vector<std::string> arguments) {
  CLI::App app{"omnistream"};
  command_line line;
  add_settings(app, line);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  app.parse(arguments);
  return line;
}

/// One test's folder, where nothing but what the test puts there is found.
class Settings : public testing::Test {
 protected:
  resolution resolve_from(const environment& variables = {},
                          const std::vector<std::string>& arguments = {}) const {
    return resolve(parse(arguments), variables, folder_.path());
  }
  resolution resolve_toml(const std::string& toml, const environment& variables = {},
                          const std::vector<std::string>& arguments = {}) const {
    folder_.write("omnistream.toml", toml);
    return resolve_from(variables, arguments);
  }

  temporary_folder folder_;
};

std::vector<std::string> messages(const resolution& of) {
  std::vector<std::string> texts;
  for (const auto& error : of.errors) texts.push_back(error.message);
  return texts;
}
std::string all_messages(const resolution& of) {
  std::string all;
  for (const auto& error : of.errors)
    all += error.field + ' ' + error.code + ' ' + error.message + '\n';
  return all;
}

// -- each setting from each source
// -------------------------------------------------------------------------------

/// Two good values of a setting that differ from its default and from each other.
std::pair<std::string, std::string> samples(const property& row, const temporary_folder& folder) {
  if (const auto* integer = std::get_if<integer_kind>(&row.kind))
    return {std::to_string(integer->initial + 1), std::to_string(integer->initial + 2)};
  if (std::holds_alternative<boolean_kind>(row.kind)) return {"false", "true"};
  if (const auto* path = std::get_if<path_kind>(&row.kind))
    return path->what == path_to::folder
               ? std::pair{(folder / "one").string(), (folder / "two").string()}
               : std::pair{folder.write("one.pem", "1"), folder.write("two.pem", "2")};
  if (row.name == "database.url") return {"postgresql://u:one@h/d", "postgresql://u:two@h/d"};
  if (row.name == "encryption.key")
    return {std::string(42, 'A') + "E=", std::string(42, 'B') + "A="};
  if (row.name == "http.address") return {"0.0.0.0", "::"};
  if (row.name == "http.trusted_proxies") return {"10.0.0.0/8", "::1, 127.0.0.1"};
  if (row.name.ends_with("allowed_networks")) return {"10.1.0.0/16", "fd00::/8, 10.2.3.4"};
  if (row.name == "meta.api_url" || row.name == "meta.instagram_api_url" ||
      row.name == "meta.instagram_login_url" || row.name == "meta.redirect_uri")
    return {"https://one.test", "http://two.test:81"};
  if (row.name == "media.store") return {"s3", "folder"};
  if (row.name == "media.s3_endpoint") return {"https://one.test", "http://localhost:81"};
  if (row.name == "meta.api_version") return {"v24.0", "v25.1"};
  if (row.name == "log.level") return {"debug", "error"};
  if (row.name == "log.format") return {"json", "text"};
  return {"sample-one", "sample-two"};
}

std::string toml_line(const property& row, const std::string& text) {
  const bool bare = std::holds_alternative<integer_kind>(row.kind) ||
                    std::holds_alternative<boolean_kind>(row.kind);
  return std::string(row.name) + " = " + (bare ? text : '"' + text + '"') + '\n';
}

class EachSetting : public testing::TestWithParam<property> {
 protected:
  /// TLS needs both files, an S3 server all that names it; what else is needed is given by the
  /// same source.
  std::vector<std::pair<const property*, std::string>> rows(const std::string& text) const {
    const auto name = GetParam().name;
    if (name.starts_with("tls."))
      return {{find_property("tls.certificate_file"), text}, {find_property("tls.key_file"), text}};
    std::vector<std::pair<const property*, std::string>> all{{&GetParam(), text}};
    const bool names_server = name == "media.store" || name == "media.s3_endpoint";
    if (!names_server || text.empty()) return all;
    for (const auto* other :
         {"media.s3_endpoint", "media.s3_bucket", "media.s3_access_key", "media.s3_secret_key"})
      if (name != other)
        all.emplace_back(find_property(other), samples(*find_property(other), folder_).first);
    return all;
  }
  command_line line(const std::string& text) const {
    std::vector<std::string> arguments;
    for (const auto& [row, value] : rows(text))
      arguments.insert(arguments.end(), {option_name(*row), value});
    return parse(arguments);
  }
  environment variables(const std::string& text) const {
    environment made;
    for (const auto& [row, value] : rows(text)) made[environment_name(*row)] = value;
    return made;
  }
  std::string toml(const std::string& text) const {
    std::string lines;
    for (const auto& [row, value] : rows(text)) lines += toml_line(*row, value);
    return lines;
  }
  void expect_value(const resolution& got, const std::string& text,
                    const std::string& source) const {
    EXPECT_THAT(messages(got), ElementsAre());
    EXPECT_EQ(value_text(GetParam(), got.values), text);
    EXPECT_THAT(got.sources.at(std::string(GetParam().name)), HasSubstr(source));
  }

  temporary_folder folder_;
};
INSTANTIATE_TEST_SUITE_P(Table, EachSetting,
                         testing::ValuesIn(properties().begin(), properties().end()),
                         [](const auto& row_info) {
                           std::string name(row_info.param.name);
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST_P(EachSetting, HasItsDefaultWhereNoSourceSpeaks) {
  const auto got = resolve({}, {}, folder_.path());
  EXPECT_TRUE(got.ok());
  EXPECT_TRUE(got.sources.empty());
  const auto expected = GetParam().name == "data.dir" ? (folder_ / "omnistream-data").string()
                                                      : value_text(GetParam(), settings{});
  EXPECT_EQ(value_text(GetParam(), got.values), expected);
}

TEST_P(EachSetting, ComesFromEachSource) {
  const auto [one, two] = samples(GetParam(), folder_);
  expect_value(resolve({}, variables(one), folder_.path()), one,
               "environment variable " + environment_name(GetParam()));
  expect_value(resolve(line(one), {}, folder_.path()), one, "option " + option_name(GetParam()));
  folder_.write("omnistream.toml", toml(one));
  const auto from_file = resolve({}, {}, folder_.path());
  expect_value(from_file, one, "omnistream.toml line ");
  EXPECT_EQ(from_file.file, folder_ / "omnistream.toml");
}

TEST_P(EachSetting, LaterSourcesWin) {
  const auto [one, two] = samples(GetParam(), folder_);
  folder_.write("settings.toml", toml(one));
  const auto with_file = [&](command_line from) {
    from.config_file = (folder_ / "settings.toml").string();
    return from;
  };
  expect_value(resolve(with_file({}), variables(two), folder_.path()), two, "environment variable");
  expect_value(resolve(with_file(line(two)), {}, folder_.path()), two, "option");
  expect_value(resolve(with_file(line(two)), variables(one), folder_.path()), two, "option");
}

TEST_P(EachSetting, WrongTypesInTomlAreNamedWithTheirPlace) {
  for (const char* text : {"[1, 2]", "{ a = 1 }", "1.5", "2026-01-02"}) {
    folder_.write("omnistream.toml",
                  "# comment\n" + std::string(GetParam().name) + " = " + text + "\n");
    const auto got = resolve({}, {}, folder_.path());
    ASSERT_EQ(got.errors.size(), 1U) << all_messages(got);
    EXPECT_EQ(got.errors[0].field, GetParam().name);
    EXPECT_EQ(got.errors[0].code, "wrong_type");
    EXPECT_THAT(got.errors[0].message, HasSubstr("omnistream.toml line 2"));
  }
  const bool is_number = std::holds_alternative<integer_kind>(GetParam().kind);
  folder_.write("omnistream.toml",
                std::string(GetParam().name) + (is_number ? " = \"1\"\n" : " = 1\n"));
  EXPECT_EQ(resolve({}, {}, folder_.path()).errors.at(0).code, "wrong_type");
}

TEST_P(EachSetting, AWrongValueIsNamedWithItsSource) {
  const std::string wrong = "two\nlines";
  for (const auto& got :
       {resolve({}, variables(wrong), folder_.path()), resolve(line(wrong), {}, folder_.path())}) {
    const auto given = rows(wrong);
    const auto count = std::count_if(given.begin(), given.end(),
                                     [&](const auto& row) { return row.second == wrong; });
    ASSERT_EQ(got.errors.size(), static_cast<std::size_t>(count)) << all_messages(got);
    const auto found = std::find_if(got.errors.begin(), got.errors.end(), [](const auto& error) {
      return error.field == GetParam().name;
    });
    ASSERT_NE(found, got.errors.end());
    EXPECT_EQ(found->code, "invalid");
    EXPECT_TRUE(found->message.starts_with(std::string(GetParam().name) + " must "))
        << found->message;
    EXPECT_TRUE(found->message.ends_with(").")) << found->message;
  }
}

TEST_P(EachSetting, EmptyEnvironmentVariablesAreNotSet) {
  const auto got = resolve({}, variables(""), folder_.path());
  EXPECT_TRUE(got.ok()) << all_messages(got);
  EXPECT_TRUE(got.sources.empty());
}

// -- many errors, unknown names
// ----------------------------------------------------------------------------------

TEST_F(Settings, AllErrorsOfAllSourcesComeAtOnce) {
  const auto got = resolve_toml("[http]\nport = 70000\nporrt = 1\n[log]\nlevel = 3\n",
                                {{"OMNISTREAM_ACTORS_THREADS", "1"}, {"OMNISTREAM_HTP_PORT", "1"}},
                                {"--meta-api-url", "nowhere", "--registration-enabled", "maybe"});
  const auto file = (folder_ / "omnistream.toml").string();
  EXPECT_THAT(
      messages(got),
      testing::UnorderedElementsAre(
          "http.port must be a whole number from 0 to 65535, not \"70000\" (" + file + " line 2).",
          "http.porrt (" + file + " line 3) is no setting; did you mean http.port?",
          "log.level must be a string, not an integer (" + file + " line 5).",
          "actors.threads must be a whole number from 2 to 64, not \"1\" (environment variable "
          "OMNISTREAM_ACTORS_THREADS).",
          "Environment variable OMNISTREAM_HTP_PORT is no setting; did you mean "
          "OMNISTREAM_HTTP_PORT?",
          "meta.api_url must begin with https:// (or http://, for the simulator), not \"nowhere\" "
          "(option "
          "--meta-api-url).",
          "registration.enabled must be true or false, not \"maybe\" (option "
          "--registration-enabled)."));
}

TEST_F(Settings, AWrongValueIsToldAlsoWhenALaterSourceOverridesIt) {
  const auto got = resolve_toml("http.port = -1\n", {{"OMNISTREAM_HTTP_PORT", "81"}});
  EXPECT_EQ(got.errors.size(), 1U);
}

TEST_F(Settings, UnknownTomlKeysAreErrors) {
  const auto complaint = [&](const std::string& toml) { return all_messages(resolve_toml(toml)); };
  EXPECT_THAT(complaint("[htpp]\nport = 1\n"), HasSubstr("htpp (")) << "the whole table is unknown";
  EXPECT_THAT(complaint("datbase.url = \"x\"\n"), HasSubstr("is no setting"));
  EXPECT_THAT(complaint("[database]\nurll = \"x\"\n"), HasSubstr("did you mean database.url?"));
  EXPECT_THAT(complaint("quite_other_thing = 1\n"), HasSubstr("is no setting.\n"));
  EXPECT_THAT(complaint("http = 1\n"), HasSubstr("http ("));
  EXPECT_THAT(complaint("[[http]]\nport = 1\n"), HasSubstr("http ("));
  EXPECT_THAT(complaint("http.port.x = 1\n"),
              HasSubstr("http.port must be an integer, not a table"));
  EXPECT_THAT(complaint("\"http.port\" = 90\n"), "") << "a quoted key is the same name";
}

TEST_F(Settings, UnknownVariablesOfOursAreErrorsAndOthersAreNot) {
  EXPECT_TRUE(resolve_from({{"PATH", "/bin"}, {"META_SOMETHING", "x"}, {"OMNI", "x"}}).ok());
  EXPECT_THAT(all_messages(resolve_from({{"OMNISTREAM_DATABASE_URI", "x"}})),
              HasSubstr("did you mean OMNISTREAM_DATABASE_URL?"));
  EXPECT_THAT(all_messages(resolve_from({{"OMNISTREAM_META_APP_SECRET", "x"}})),
              HasSubstr("did you mean META_APP_SECRET?"));
  EXPECT_THAT(all_messages(resolve_from({{"OMNISTREAM_HTTP_PORT_FILE", "x"}})),
              HasSubstr("is no setting"));
  EXPECT_THAT(all_messages(resolve_from({{"OMNISTREAM_", "x"}})), HasSubstr("is no setting"));
}

TEST(NearestOption, SuggestsWhatWasMeant) {
  EXPECT_EQ(nearest_option("--htp-port"), "--http-port");
  EXPECT_EQ(nearest_option("--htp-port=80"), "--http-port");
  EXPECT_EQ(nearest_option("--databaseurl"), "--database-url");
  EXPECT_EQ(nearest_option("--conf"), "--config");
  EXPECT_EQ(nearest_option("--nothing-like-any-of-them-at-all"), std::nullopt);
  EXPECT_EQ(nearest_option(""), std::nullopt);
  EXPECT_EQ(nearest_option(std::string(100'000, '-')), std::nullopt);
}

// -- the file
// ----------------------------------------------------------------------------------------------------

TEST_F(Settings, FileIsFoundInTheOrderThatIsPromised) {
  const auto port_file = [&](const std::string& name, int port) {
    return folder_.write(name, "http.port = " + std::to_string(port) + "\n");
  };
  EXPECT_EQ(resolve_from().file, std::nullopt);
  port_file("omnistream.toml", 1);
  EXPECT_EQ(resolve_from().values.http_port, 1);
  std::filesystem::create_directory(folder_ / "omnistream-data");
  port_file("omnistream-data/omnistream.toml", 2);
  EXPECT_EQ(resolve_from().values.http_port, 2);
  std::filesystem::create_directory(folder_ / "elsewhere");
  port_file("elsewhere/omnistream.toml", 3);
  EXPECT_EQ(resolve_from({{"OMNISTREAM_DATA_DIR", "elsewhere"}}).values.http_port, 3);
  EXPECT_EQ(resolve_from({}, {"--data-dir", "elsewhere"}).values.http_port, 3);
  port_file("named.toml", 4);
  EXPECT_EQ(resolve_from({{"OMNISTREAM_CONFIG", "named.toml"}}).values.http_port, 4);
  const auto last = port_file("last.toml", 5);
  EXPECT_EQ(
      resolve_from({{"OMNISTREAM_CONFIG", "named.toml"}}, {"--config", last}).values.http_port, 5);
}

TEST_F(Settings, ANamedFileMustBeReadable) {
  EXPECT_THAT(all_messages(resolve_from({}, {"--config", "missing.toml"})),
              HasSubstr("missing.toml cannot be read"));
  EXPECT_THAT(all_messages(resolve_from({{"OMNISTREAM_CONFIG", "gone.toml"}})),
              HasSubstr("gone.toml cannot be read"));
  std::filesystem::create_directory(folder_ / "folder.toml");
  EXPECT_THAT(all_messages(resolve_from({}, {"--config", "folder.toml"})),
              HasSubstr("is not a file"));
}

TEST_F(Settings, FilesAreBoundedAndMustBeToml) {
  EXPECT_TRUE(resolve_toml(std::string(1024 * 1024, '\n')).ok());
  EXPECT_THAT(all_messages(resolve_toml(std::string(1024 * 1024 + 1, '\n'))),
              HasSubstr("larger than 1 MiB"));
  EXPECT_THAT(all_messages(resolve_toml("http.port = 1\nhttp.port = 2\n")),
              HasSubstr("is not TOML: line 2, column"));
  EXPECT_THAT(all_messages(resolve_toml("[http\n")), HasSubstr("is not TOML: line 1, column"));
  EXPECT_TRUE(resolve_toml("").ok());
}

TEST_F(Settings, GarbageInAFileNeverCrashes) {
  for (const std::string& text :
       {std::string("\xff\xfe\x00\x01", 4), std::string(100'000, '['), std::string(50'000, '{'),
        "a = " + std::string(100'000, '['), std::string(20'000, 'a') + " = 1\n"})
    EXPECT_FALSE(resolve_toml(text).ok());
  rc::check([&](const std::string& garbage) { (void)resolve_toml(garbage); });
  const std::string bits = "htpor.=\"[]{}#'\n 1_-:+e";
  rc::check(
      [&] { (void)resolve_toml(*rc::gen::container<std::string>(rc::gen::elementOf(bits))); });
}

// -- secrets
// -----------------------------------------------------------------------------------------------------

TEST_F(Settings, SecretsMayStandInFilesOfTheirOwn) {
  for (const auto& row : properties()) {
    if (!is_secret(row)) continue;
    const auto value = samples(row, folder_).first;
    const auto file = folder_.write("secret", value + "\r\n");
    const auto expect_it = [&](const resolution& got) {
      EXPECT_TRUE(got.ok()) << all_messages(got);
      EXPECT_EQ(value_text(row, got.values), value) << row.name;
    };
    expect_it(resolve_from({{environment_name(row) + "_FILE", file}}));
    expect_it(resolve_from({{environment_name(row) + "_FILE", "secret"}}));
    expect_it(resolve_from({}, {option_name(row) + "-file", file}));
    expect_it(resolve_toml(std::string(row.name) + "_file = \"" + file + "\"\n"));
    std::filesystem::remove(folder_ / "omnistream.toml");
  }
}

TEST_F(Settings, ASecretFileOverridesAnEarlierSourceButNotItsOwn) {
  const auto file = folder_.write("secret", "from-file");
  EXPECT_EQ(resolve_from({{"META_APP_SECRET", "plain"}}, {"--meta-app-secret-file", file})
                .values.meta_app_secret.reveal(),
            "from-file");
  const auto twice = resolve_from({{"META_APP_SECRET", "plain"}, {"META_APP_SECRET_FILE", file}});
  ASSERT_EQ(twice.errors.size(), 1U);
  EXPECT_EQ(twice.errors[0].code, "conflict");
  EXPECT_THAT(twice.errors[0].message, HasSubstr("META_APP_SECRET_FILE"));
}

TEST_F(Settings, ASecretFileMustBeReadableAndSmall) {
  EXPECT_THAT(all_messages(resolve_from({{"META_APP_SECRET_FILE", "missing"}})),
              HasSubstr("cannot be read from"));
  EXPECT_THAT(all_messages(resolve_from({{"META_APP_SECRET_FILE", "."}})),
              HasSubstr("cannot be read from"));
  folder_.write("large", std::string(64 * 1024 + 1, 'x'));
  EXPECT_THAT(all_messages(resolve_from({{"META_APP_SECRET_FILE", "large"}})),
              HasSubstr("larger than 64 KiB"));
  folder_.write("empty", "\n");
  const auto empty = resolve_from({{"META_APP_SECRET_FILE", "empty"}});
  EXPECT_TRUE(empty.ok());
  EXPECT_TRUE(empty.values.meta_app_secret.empty());
}

TEST_F(Settings, NoMessageHoldsASecret) {
  const std::string hidden = "hunter2";
  const auto file = folder_.write("secret", hidden + "\nsecond line");
  for (const auto& row : properties()) {
    if (!is_secret(row)) continue;
    const std::string name(row.name);
    for (const auto& got :
         {resolve_from({{environment_name(row), hidden + "\n!"}}),
          resolve_from({}, {option_name(row), hidden + "\x01"}),
          resolve_from({{environment_name(row) + "_FILE", file}}),
          resolve_toml(name + " = \"" + hidden + "\\n\"\n"),
          resolve_toml(name + " = " + hidden + "\n"), resolve_toml(name + " = '" + hidden + "\n"),
          resolve_toml(name + " = [\"" + hidden + "\"]\n"),
          resolve_toml(name + " = 12" + hidden + "\n")}) {
      EXPECT_FALSE(got.ok());
      EXPECT_EQ(all_messages(got).find(hidden), std::string::npos) << all_messages(got);
    }
    std::filesystem::remove(folder_ / "omnistream.toml");
  }
}

// -- paths and rules between settings
// ----------------------------------------------------------------------------

TEST_F(Settings, DataFolderHasItsDefaultAndIsAbsolute) {
  EXPECT_EQ(resolve_from().values.data_dir, (folder_ / "omnistream-data").string());
  EXPECT_EQ(resolve_from({{"XDG_DATA_HOME", "/srv/data"}}).values.data_dir, "/srv/data/omnistream");
  EXPECT_EQ(resolve_from({{"XDG_DATA_HOME", "relative"}}).values.data_dir,
            (folder_ / "omnistream-data").string());
  EXPECT_EQ(resolve_from({{"OMNISTREAM_DATA_DIR", "./a/../b/"}}).values.data_dir,
            (folder_ / "b").string());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "b")) << "reading settings makes nothing";
}

TEST_F(Settings, PathsAreCheckedBeforeAnythingStarts) {
  folder_.write("plain", "x");
  EXPECT_THAT(all_messages(resolve_from({{"OMNISTREAM_DATA_DIR", "plain"}})),
              HasSubstr("data.dir must be a folder"));
  EXPECT_THAT(all_messages(resolve_from({{"OMNISTREAM_DATA_DIR", "plain/below"}})),
              HasSubstr("data.dir"));
  EXPECT_THAT(all_messages(resolve_from({{"OMNISTREAM_META_CA_FILE", "no.pem"}})),
              HasSubstr("meta.ca_file cannot be read from " + (folder_ / "no.pem").string() +
                        ": No such file"));
  EXPECT_THAT(all_messages(resolve_from({{"OMNISTREAM_META_CA_FILE", "."}})),
              HasSubstr("is a folder"));
}

TEST_F(Settings, AnUnreadableFileIsToldUnlessTheUserMayReadEverything) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads every file";
  const auto path = folder_.write("closed.pem", "x");
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  EXPECT_THAT(all_messages(resolve_from({{"OMNISTREAM_META_CA_FILE", path}})),
              HasSubstr("Permission denied"));
}

TEST_F(Settings, TlsNeedsBothFiles) {
  const auto pem = folder_.write("a.pem", "x");
  EXPECT_THAT(messages(resolve_from({{"OMNISTREAM_TLS_CERTIFICATE_FILE", pem}})),
              ElementsAre("tls.key_file must be set, too, as tls.certificate_file is."));
  EXPECT_THAT(messages(resolve_from({{"OMNISTREAM_TLS_KEY_FILE", pem}})),
              ElementsAre("tls.certificate_file must be set, too, as tls.key_file is."));
  EXPECT_TRUE(
      resolve_from({{"OMNISTREAM_TLS_KEY_FILE", pem}, {"OMNISTREAM_TLS_CERTIFICATE_FILE", pem}})
          .ok());
}

TEST_F(Settings, LimitsThatDependOnEachOtherAreChecked) {
  const auto field = [&](const environment& variables) {
    const auto got = resolve_from(variables);
    return got.errors.size() == 1 ? got.errors[0].field : all_messages(got);
  };
  EXPECT_EQ(field({{"OMNISTREAM_HTTP_BODY_BYTES_MAX", "4194303"}}), "webhooks.body_bytes_max");
  EXPECT_TRUE(resolve_from({{"OMNISTREAM_HTTP_BODY_BYTES_MAX", "4194304"}}).ok());
  EXPECT_EQ(field({{"OMNISTREAM_CAMPAIGNS_RECIPIENTS_MAX", "49999"}}),
            "campaigns.recipients_per_call_max");
  EXPECT_EQ(field({{"OMNISTREAM_CAMPAIGNS_SEND_WAIT_S", "30"}}), "campaigns.send_wait_s");
  EXPECT_TRUE(resolve_from({{"OMNISTREAM_CAMPAIGNS_SEND_WAIT_S", "29"}}).ok());
  EXPECT_EQ(field({{"OMNISTREAM_META_CONNECT_TIMEOUT_MS", "30001"}}), "meta.connect_timeout_ms");
  EXPECT_EQ(field({{"OMNISTREAM_OUTGOING_WEBHOOKS_REQUESTS_IN_FLIGHT_MAX", "31"}}),
            "outgoing_webhooks.requests_per_host_max");
}

TEST_F(Settings, AnS3ServerNeedsAllThatNamesIt) {
  EXPECT_THAT(messages(resolve_from({{"OMNISTREAM_MEDIA_STORE", "s3"}})),
              ElementsAre("media.s3_endpoint must be set, as media.store is s3."));
  environment all{{"S3_ENDPOINT", "https://s3.shop.example"},
                  {"S3_BUCKET", "shop-media"},
                  {"S3_ACCESS_KEY", "AKID"},
                  {"S3_SECRET_KEY", "hunter2"}};
  EXPECT_TRUE(resolve_from(all).ok());
  for (const auto* missing : {"S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY"}) {
    auto some = all;
    some.erase(missing);
    EXPECT_THAT(all_messages(resolve_from(some)), HasSubstr("as media.s3_endpoint is")) << missing;
  }
  all["OMNISTREAM_MEDIA_S3_TIMEOUT_MS"] = "30000";
  EXPECT_THAT(all_messages(resolve_from(all)), HasSubstr("media.s3_timeout_ms"));
}

TEST_F(Settings, AnS3ServerWithoutTlsIsOnThisMachineUnlessToldOtherwise) {
  const auto resolved = [this](const std::string& endpoint, const std::string& plain = "false") {
    return resolve_from({{"S3_ENDPOINT", endpoint},
                         {"S3_BUCKET", "shop-media"},
                         {"S3_ACCESS_KEY", "AKID"},
                         {"S3_SECRET_KEY", "hunter2"},
                         {"OMNISTREAM_MEDIA_S3_ALLOW_PLAIN", plain}});
  };
  for (const auto* here :
       {"http://localhost:9000", "http://127.0.0.1", "http://127.1.2.3:9000", "http://[::1]:9000"})
    EXPECT_TRUE(resolved(here).ok()) << here;
  for (const auto* elsewhere : {"http://10.0.0.1:9000", "http://minio:9000",
                                "http://localhost.evil", "http://127.0.0.1.evil", "http://[::2]"}) {
    EXPECT_THAT(all_messages(resolved(elsewhere)), HasSubstr("must begin with https://"));
    EXPECT_TRUE(resolved(elsewhere, "true").ok()) << elsewhere;
  }
}

TEST_F(Settings, ApiUrlLosesItsLastSlash) {
  EXPECT_EQ(resolve_from({{"META_API_URL", "http://localhost:9090//"}}).values.meta_api_url,
            "http://localhost:9090");
}

// -- the command line
// --------------------------------------------------------------------------------------------

TEST(CommandLine, TakesBothFormsAndTheLastWins) {
  EXPECT_EQ(parse({"--http-port=1"}).values.at("http.port"), "1");
  EXPECT_EQ(parse({"--http-port", "1", "--http-port", "2"}).values.at("http.port"), "2");
  EXPECT_EQ(parse({"--database-url", ""}).values.at("database.url"), "");
  EXPECT_EQ(parse({"--config", "x.toml"}).config_file, "x.toml");
  EXPECT_TRUE(parse({}).values.empty());
  EXPECT_THROW(parse({"--htp-port", "1"}), CLI::ExtrasError);
  EXPECT_THROW(parse({"--http-port"}), CLI::ParseError);
}

TEST(CommandLine, WorksBeforeAndAfterASubcommand) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"serve", "--http-port", "9"}, {"--http-port", "9", "serve"}}) {
    CLI::App app{"omnistream"};
    command_line line;
    add_settings(app, line);
    auto* serve = app.add_subcommand("serve", "");
    serve->fallthrough();
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    EXPECT_TRUE(serve->parsed());
    EXPECT_EQ(line.values.at("http.port"), "9");
  }
}

TEST_F(Settings, AnEmptyOptionEmptiesASetting) {
  const auto got =
      resolve_from({{"OMNISTREAM_DATABASE_URL", "postgresql://h/d"}}, {"--database-url", ""});
  EXPECT_TRUE(got.ok());
  EXPECT_TRUE(got.values.database_url.empty());
}

TEST_F(Settings, ACommandLineMadeByHandIsCheckedToo) {
  command_line line;
  line.values["no.such"] = "1";
  EXPECT_THAT(all_messages(resolve(line, {}, folder_.path())), HasSubstr("no.such"));
}

TEST(Help, ExplainsEverySetting) {
  CLI::App app{"omnistream"};
  command_line line;
  add_settings(app, line);
  const auto help = app.help();
  for (const auto& row : properties()) {
    EXPECT_THAT(help, HasSubstr(option_name(row) + ' '));
    EXPECT_THAT(help, HasSubstr(environment_name(row)));
  }
  EXPECT_THAT(help, HasSubstr("--config"));
  EXPECT_THAT(help, HasSubstr("--database-url-file"));
}

TEST(ProcessEnvironment, IsTheProgramsOwn) {
  ASSERT_EQ(::setenv("OMNISTREAM_HTTP_PORT", "1=2", 1), 0);
  EXPECT_EQ(process_environment().at("OMNISTREAM_HTTP_PORT"), "1=2");
  ASSERT_EQ(::unsetenv("OMNISTREAM_HTTP_PORT"), 0);
  EXPECT_FALSE(process_environment().contains("OMNISTREAM_HTTP_PORT"));
}

// -- what is shown
// -----------------------------------------------------------------------------------------------

TEST(Describe, ShowsWhatDiffersAndNoSecret) {
  settings values;
  EXPECT_TRUE(describe(values).empty());
  values.http_port = 9;
  values.log_level = log::level::debug;
  values.registration_enabled = false;
  values.database_url = secret{"postgresql://u:hunter2@h/d"};
  EXPECT_THAT(describe(values),
              ElementsAre(Pair("http.port", "9"), Pair("registration.enabled", "false"),
                          Pair("database.url", "***"), Pair("log.level", "debug")));
}

TEST(Markdown, HasARowForEverySetting) {
  const auto table = settings_markdown();
  EXPECT_EQ(static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n')),
            properties().size() + 2);
  EXPECT_THAT(table,
              HasSubstr("| `http.port` | `OMNISTREAM_HTTP_PORT` | `8080` | 0 to 65535 | TCP port"));
  EXPECT_THAT(table, HasSubstr("| `meta.app_secret` | `META_APP_SECRET` |  | secret text |"));
  EXPECT_THAT(table, HasSubstr("`67108864` (64 MiB)"));
  EXPECT_THAT(table,
              HasSubstr("| `log.format` | `OMNISTREAM_LOG_FORMAT` | `auto` | auto, json, text |"));
}

TEST(Readme, HoldsTheCurrentSettingsTable) {
  const std::string begin = "<!-- settings -->\n";
  const std::string end = "<!-- /settings -->";
  const auto readme = tests::read_file(OMNISTREAM_SOURCE_DIR "/README.md");
  const auto from = readme.find(begin);
  const auto to = readme.find(end);
  if (from == std::string::npos || to == std::string::npos)
    GTEST_SKIP() << "README.md has no lines " << begin << "and " << end
                 << " between which the table could stand.";
  auto table = readme.substr(from + begin.size(), to - from - begin.size());
  while (table.starts_with('\n')) table.erase(0, 1);
  while (table.ends_with("\n\n")) table.pop_back();
  EXPECT_EQ(table, settings_markdown())
      << "Put the output of `omnistream settings --markdown` between the markers.";
}

}  // namespace
}  // namespace omnistream::config
