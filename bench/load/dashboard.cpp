#include "bench/load/dashboard.hpp"

#include "bench/load/campaigns.hpp"
#include "bench/load/reads.hpp"

namespace omnistream::load {
namespace {

/// The campaign that is looked at, and what else a dashboard shows.
std::vector<read_kind> dashboard_reads(const std::string& campaign, std::int64_t recipients) {
  auto kinds = campaign_reads(campaign, recipients);
  kinds.push_back({"contacts", "/api/contacts"});
  kinds.push_back({"templates", "/api/wa-templates"});
  kinds.push_back({"accounts", "/api/integration-accounts"});
  return kinds;
}

/// Half of the reads are of the campaign's page and of the list, which is what people leave open.
open_loop::maker mix_of(const api_client& api, const std::vector<read_kind>& kinds) {
  const auto all = reads_in_turn(api, kinds);
  return [all, others = kinds.size() - 2](std::uint64_t n) {
    return n % 2 == 0 ? all(n / 2 % 2) : all(2 + n / 2 % others);
  };
}

}  // namespace

figures dashboard(const dashboard_options& options, progress& shown) {
  test_bed bed({});
  campaign_set campaigns(bed, {.recipients = options.recipients}, shown);
  campaigns.prepare();
  const auto kinds = dashboard_reads(campaigns.ids().front(), options.recipients);

  shown.show("reading", 0, 1);
  open_loop alone(
      bed.api(), options.rate, kinds.size(), mix_of(bed.api(), kinds),
      static_cast<std::uint64_t>(options.rate) * static_cast<std::uint64_t>(options.seconds));
  const auto idle = told_by_name(kinds, alone.run_to_end());

  open_loop during(bed.api(), options.rate, kinds.size(), mix_of(bed.api(), kinds));
  const auto began = campaigns.send();
  const auto ended = campaigns.await(
      "sending", [](const campaign_counts& now) { return now.sent + now.failed; },
      options.recipients);
  const auto busy = told_by_name(kinds, during.finish());
  campaigns.check_sent();
  return {{"reads_per_s", options.rate},
          {"recipients", options.recipients},
          {"alone", idle},
          {"broadcast_per_s", static_cast<double>(options.recipients) /
                                  std::chrono::duration<double>(ended - began).count()},
          {"during_broadcast", busy}};
}

}  // namespace omnistream::load
