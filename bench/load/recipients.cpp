#include "bench/load/recipients.hpp"

#include <algorithm>

#include "bench/load/broadcast.hpp"
#include "bench/load/campaigns.hpp"
#include "bench/load/reads.hpp"

namespace omnistream::load {
namespace {

/// A filtered page may take long, so these are not offered at a rate; enough to see the size of it.
constexpr int filtered_reads = 10;

figures filtered_pages(api_client& api, const std::string& campaign, std::int64_t recipients) {
  constexpr std::int64_t page_size = 50;
  figures told = figures::object();
  const auto measure = [&](const char* name, const std::string& query) {
    latencies times;
    for (int i = 0; i < filtered_reads; ++i) {
      const auto began = steady::now();
      api.must("GET", "/api/campaigns/" + campaign + "/recipients?" + query);
      times.add(steady::now() - began);
    }
    told[name] = {{"p50_ms", times.percentile_ms(0.5)}, {"max_ms", times.max_ms()}};
  };
  measure("pending_first_page", "status=pending&page=1");
  measure("pending_middle_page",
          "status=pending&page=" + std::to_string(recipients / page_size / 2 + 1));
  measure("failed_first_page", "status=failed&page=1");
  return told;
}

double worst_p99_ms(const figures& reads) {
  double worst = 0;
  for (const char* page :
       {"recipients_first_page", "recipients_middle_page", "recipients_last_page"})
    worst = std::max(worst, reads.at(page).value("p99_ms", 0.0));
  return worst;
}

double worst_max_ms(const figures& pages) {
  double worst = 0;
  for (const auto& [name, page] : pages.items()) worst = std::max(worst, page.value("max_ms", 0.0));
  return worst;
}

}  // namespace

figures recipients(const recipients_options& options, progress& shown) {
  test_bed bed({});
  campaign_set campaigns(bed, {.recipients = options.recipients}, shown);
  const auto before = bed.cpu();
  campaigns.prepare();
  const auto after = bed.cpu();
  const auto& campaign = campaigns.ids().front();
  const auto kinds = campaign_reads(campaign, options.recipients);
  shown.show("reading", 0, 1);
  open_loop reads(
      bed.api(), options.rate, kinds.size(), reads_in_turn(bed.api(), kinds),
      static_cast<std::uint64_t>(options.rate) * static_cast<std::uint64_t>(options.seconds));
  const auto told = told_by_name(kinds, reads.run_to_end());
  const auto filtered = filtered_pages(bed.api(), campaign, options.recipients);
  return {{"recipients", options.recipients},
          {"added_per_s", campaigns.added_per_s()},
          {"added_first_tenth_per_s", campaigns.first_added_per_s()},
          {"added_last_tenth_per_s", campaigns.last_added_per_s()},
          {"cpu_per_recipient",
           cpu_per_message(before, after, static_cast<double>(options.recipients))},
          {"reads", told},
          {"any_page_p99_ms", worst_p99_ms(told)},
          {"filtered", filtered},
          {"any_filtered_page_max_ms", worst_max_ms(filtered)}};
}

}  // namespace omnistream::load
