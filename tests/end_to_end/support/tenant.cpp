#include "tests/end_to_end/support/tenant.hpp"

#include <atomic>
#include <cstdio>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

constexpr int page_size = 200;
constexpr int numbers_per_call = 10'000;

}  // namespace

std::vector<std::string> phone_numbers(int first, int count) {
  std::vector<std::string> numbers;
  for (int i = first; i < first + count; ++i) {
    char text[32];
    std::snprintf(text, sizeof text, "+62812%08d", i);
    numbers.emplace_back(text);
  }
  return numbers;
}

tally recipient_list::by_status() const {
  tally counted;
  for (const auto& one : all) ++counted[one["status"].get<std::string>()];
  return counted;
}

std::vector<json> recipient_list::with_status(const std::string& status) const {
  std::vector<json> some;
  for (const auto& one : all)
    if (one["status"] == status) some.push_back(one);
  return some;
}

tenant::tenant(server_program& server, const std::string& name) : client_(server.port()) {
  static std::atomic<int> number{0};
  email_ = "admin" + std::to_string(++number) + "@e2e.example";
  const auto made = server.command(
      {"bootstrap", "--tenant", name, "--email", email_, "--password", admin_password});
  EXPECT_EQ(made.end.exit_code, 0) << made.errors;
  const auto told = json::parse(made.output, nullptr, false);
  if (!told.is_object()) throw std::runtime_error("bootstrap printed: " + made.output);
  EXPECT_EQ(keys_of(told), (std::set<std::string>{"tenant_id", "agent_id", "api_key"}));
  id_ = told["tenant_id"];
  agent_id_ = told["agent_id"];
  api_key_ = told["api_key"];
}

http_answer tenant::call(const std::string& method, const std::string& path, const json& body,
                         const http_headers& more) {
  auto headers = more;
  headers.emplace_back("X-API-Key", api_key_);
  return client_.send(method, path, body.is_null() ? "" : body.dump(), headers);
}

http_answer tenant::call_as(const std::string& api_key, const std::string& method,
                            const std::string& path, const json& body) {
  return client_.send(method, path, body.is_null() ? "" : body.dump(), {{"X-API-Key", api_key}});
}

json tenant::must(const std::string& method, const std::string& path, const json& body,
                  const http_headers& more) {
  const auto got = call(method, path, body, more);
  if (got.status < 200 || got.status >= 300)
    throw std::runtime_error(method + " " + path + " answered " + std::to_string(got.status) +
                             ": " + got.body);
  return got.json();
}

std::string tenant::upload(const std::string& text) {
  const auto form =
      "--form\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
      "Content-Type: text/plain\r\n\r\n" +
      text + "\r\n--form--\r\n";
  const auto got = client_.send(
      "POST", "/api/media/upload", form,
      {{"X-API-Key", api_key_}, {"Content-Type", "multipart/form-data; boundary=form"}});
  if (got.status != 201) throw std::runtime_error("an upload was answered with " + got.body);
  return got.json()["id"];
}

std::string tenant::connect(const std::string& phone_number_id, int mps, const std::string& token) {
  return must("POST", "/api/integration-accounts",
              {{"channel", "whatsapp"},
               {"display_name", "Number " + phone_number_id},
               {"config",
                {{"phone_number_id", phone_number_id},
                 {"waba_id", "10229" + phone_number_id},
                 {"access_token", token},
                 {"throughput_mps", mps}}}})
      .value("id", "");
}

std::string tenant::template_id(const std::string& name) {
  if (!templates_.contains(name)) {
    must("POST", "/api/wa-templates/sync");
    const auto page = must("GET", "/api/wa-templates");
    for (const auto& one : page["data"]) templates_[one["name"]] = one["id"];
  }
  return templates_[name];
}

std::string tenant::draft(const std::string& template_name, const json& more) {
  json body{{"name", "Campaign with " + template_name},
            {"template_id", template_id(template_name)}};
  if (more.is_object()) body.update(more);
  return must("POST", "/api/campaigns", body).value("id", "");
}

void tenant::add(const std::string& campaign, const std::vector<std::string>& numbers) {
  for (std::size_t first = 0; first < numbers.size(); first += numbers_per_call) {
    const auto end = std::min(numbers.size(), first + numbers_per_call);
    json some = json::array();
    json variables = json::object();
    for (std::size_t i = first; i < end; ++i) {
      some.push_back(numbers[i]);
      variables[numbers[i]] = {{"1", "Budi"}, {"2", "INV-" + std::to_string(i)}};
    }
    const auto said = must("POST", "/api/campaigns/" + campaign + "/recipients",
                           {{"phone_numbers", some}, {"variables", variables}});
    EXPECT_EQ(said["added"], end - first);
  }
}

json tenant::send(const std::string& campaign, int wait_s) {
  return must("POST", "/api/campaigns/" + campaign + "/send", nullptr,
              {{"Prefer", "wait=" + std::to_string(wait_s)}});
}

json tenant::campaign(const std::string& id) {
  return must("GET", "/api/campaigns/" + id);
}

recipient_list tenant::recipients(const std::string& campaign) {
  recipient_list rows;
  for (int page = 1, pages = 1; page <= pages; ++page) {
    const auto got = must("GET", "/api/campaigns/" + campaign + "/recipients?per_page=" +
                                     std::to_string(page_size) + "&page=" + std::to_string(page));
    if (!got.is_object() || !got.contains("data")) break;
    pages = got["total_pages"];
    for (const auto& one : got["data"]) rows.all.push_back(one);
  }
  return rows;
}

json tenant::recipient(const std::string& campaign, const std::string& number) {
  for (auto& one : recipients(campaign).all)
    if (one["phone_number"] == number) return one;
  ADD_FAILURE() << number << " is no recipient";
  return json::object();
}

json tenant::await(const std::string& campaign, const std::function<bool(const json&)>& is,
                   std::chrono::seconds limit) {
  json last;
  const bool came = eventually(
      [&] {
        const auto got = call("GET", "/api/campaigns/" + campaign);
        if (got.status != 200) return false;
        last = got.json();
        expect_sane_counters(last);
        return is(last);
      },
      limit);
  if (!came) throw std::runtime_error("the campaign is still " + last.dump(2));
  return last;
}

json tenant::await_end(const std::string& campaign, std::chrono::seconds limit) {
  return await(
      campaign,
      [](const json& now) { return now["status"] != "sending" && now["status"] != "scheduled"; },
      limit);
}

json tenant::await_rest(const std::string& campaign, simulator_program& simulator,
                        std::chrono::seconds limit) {
  await_end(campaign, limit);
  // Every status was told and its webhook answered 200, which is when it is committed. It is
  // applied right after: at rest are counters that did not move through several looks.
  const auto counters = [](const json& now) {
    return std::to_string(now["sent_count"].get<int>()) + " " +
           std::to_string(now["delivered_count"].get<int>()) + " " +
           std::to_string(now["read_count"].get<int>()) + " " +
           std::to_string(now["failed_count"].get<int>());
  };
  std::string before;
  int quiet = 0;
  return await(
      campaign,
      [&](const json& now) {
        if (simulator.stats()["webhooks"]["pending"] != 0) quiet = 0;
        quiet = counters(now) == before ? quiet + 1 : 0;
        before = counters(now);
        return quiet >= 50;
      },
      limit);
}

void expect_sane_counters(const json& c) {
  const int total = c["total_recipients"], sent = c["sent_count"];
  const int delivered = c["delivered_count"], read = c["read_count"], failed = c["failed_count"];
  const int cancelled = c["cancelled_count"], uncertain = c["uncertain_count"];
  EXPECT_LE(read, delivered) << c;
  EXPECT_LE(delivered, sent) << c;
  EXPECT_LE(sent + failed + cancelled + uncertain, total) << c;
  for (const int one : {read, failed, cancelled, uncertain}) EXPECT_GE(one, 0) << c;
}

void expect_counters_equal(const json& campaign, const recipient_list& rows) {
  auto counted = rows.by_status();
  EXPECT_EQ(campaign["total_recipients"], rows.all.size());
  EXPECT_EQ(campaign["read_count"], counted["read"]);
  EXPECT_EQ(campaign["delivered_count"], counted["delivered"] + counted["read"]);
  EXPECT_EQ(campaign["sent_count"], counted["sent"] + counted["delivered"] + counted["read"]);
  EXPECT_EQ(campaign["failed_count"], counted["failed"]);
  EXPECT_EQ(campaign["cancelled_count"], counted["cancelled"]);
}

std::set<std::string> keys_of(const json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

}  // namespace omnistream::test
