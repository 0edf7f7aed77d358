#include "bench/load/reads.hpp"

#include <algorithm>
#include <stdexcept>

namespace omnistream::load {
namespace {

constexpr std::int64_t page_size = 50;  ///< what the API gives without being asked

}  // namespace

open_loop::maker reads_in_turn(const api_client& api, const std::vector<read_kind>& kinds) {
  std::vector<http::client::http_request> requests;
  for (const auto& kind : kinds) requests.push_back(api.request("GET", kind.path));
  return [requests](std::uint64_t n) {
    const auto kind = static_cast<std::size_t>(n % requests.size());
    return planned_request{kind, requests[kind]};
  };
}

figures told_by_name(const std::vector<read_kind>& kinds, const std::vector<kind_figures>& all) {
  figures told = figures::object();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (!all.at(i).others.empty())
      throw std::runtime_error("the check of this figure failed: " + kinds[i].path +
                               " was answered " + std::to_string(all[i].others.begin()->first));
    told[kinds[i].name] = all[i].times.to_json();
  }
  return told;
}

std::vector<read_kind> campaign_reads(const std::string& campaign, std::int64_t recipients) {
  const auto path = "/api/campaigns/" + campaign;
  const auto pages = std::max<std::int64_t>((recipients + page_size - 1) / page_size, 1);
  const auto page = [&path](std::int64_t number) {
    return path + "/recipients?per_page=" + std::to_string(page_size) +
           "&page=" + std::to_string(number);
  };
  return {{"campaign_page", path},
          {"campaign_list", "/api/campaigns"},
          {"recipients_first_page", page(1)},
          {"recipients_middle_page", page((pages + 1) / 2)},
          {"recipients_last_page", page(pages)}};
}

}  // namespace omnistream::load
