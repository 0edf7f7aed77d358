#include "bench/load/outgoing_crowd.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/load/campaigns.hpp"
#include "bench/load/closed_port.hpp"
#include "bench/load/open_loop.hpp"
#include "bench/load/proc_stat.hpp"
#include "bench/load/subscriptions.hpp"

namespace omnistream::load {
namespace {

/// The slow ones are behind several ports, so that what a host is granted at once holds up none of
/// them: all take their ten seconds at the same time.
constexpr int slow_ports = 4;

class crowd_run {
 public:
  crowd_run(const outgoing_crowd_options& options, progress& shown)
      : options_(options),
        progress_(shown),
        bed_({.settings = outgoing_settings()}),
        subscriber_(bed_.folder()) {
    if (options_.dead + options_.slow >= all())
      throw std::runtime_error("no subscription is left that is neither dead nor slow");
    for (int i = 0; i < std::min(slow_ports, options_.slow); ++i)
      slow_.push_back(std::make_unique<subscriber_program>(bed_.folder()));
  }

  figures run() {
    for (int i = 0; i < options_.tenants; ++i) add_tenant(i);
    forget_memory_peak(bed_.server().pid());
    const auto cpu_before = read_cpu(bed_, subscriber_);
    const auto changes = change_contacts();
    subscriber_.await("delivering", std::int64_t{healthy()} * changes_each(), progress_);
    const auto cpu_after = read_cpu(bed_, subscriber_);
    const auto stats = subscriber_.stats();
    check(stats);
    const auto events = static_cast<double>(changes_each()) * all();
    return {{"tenants", options_.tenants},
            {"subscriptions", all()},
            {"dead", options_.dead},
            {"slow", options_.slow},
            {"events_per_s", options_.rate},
            {"healthy", stats.at("arrival")},
            {"repeated", stats.at("repeated")},
            {"change", changes.times.to_json()},
            {"cpu_per_event", cpu_per_event(cpu_before, cpu_after, events)},
            {"server_memory", {{"peak_mb", memory_peak_mb(bed_)}}}};
  }

 private:
  struct tenant {
    std::unique_ptr<api_client> api;
    std::string contact;  ///< path of the one it has
  };

  int all() const { return options_.tenants * options_.subscriptions; }
  int healthy() const { return all() - options_.dead - options_.slow; }
  double changes_per_s() const {
    return static_cast<double>(options_.rate) / options_.subscriptions;
  }
  /// Changes of each tenant's contact: as many for one as for another.
  int changes_each() const {
    return static_cast<int>(changes_per_s() * options_.seconds / options_.tenants) + 1;
  }

  std::size_t port_of(int n) const { return static_cast<std::size_t>(n) % slow_.size(); }
  std::int64_t behind_port(std::size_t port) const {
    std::int64_t count = 0;
    for (int n = options_.dead; n < options_.dead + options_.slow; ++n)
      if (port_of(n) == port) ++count;
    return count;
  }

  void add_tenant(int number) {
    progress_.show("subscribing", number, options_.tenants);
    tenant one{bed_.add_tenant("crowd-" + std::to_string(number)), {}};
    one.contact = "/api/contacts/" + make_contact(*one.api, number);
    for (int i = 0; i < options_.subscriptions; ++i) {
      // The n-th of all: dead and slow ones come first, so that every tenant has as many.
      const int n = i * options_.tenants + number;
      subscribe(*one.api, {.url = url_of(n), .event_type = "contact.updated"});
    }
    tenants_.push_back(std::move(one));
  }

  /// Contacts come with the recipients of a campaign.
  static std::string make_contact(api_client& api, int number) {
    connect_number(api, phone_number_id(1 + number), 0);
    const auto campaign = api.must("POST", "/api/campaigns",
                                   {{"name", "Crowd"}, {"template_id", find_template(api)}});
    api.must_text("POST", "/api/campaigns/" + campaign.value("id", "") + "/recipients",
                  recipients_body(number, 1));
    return api.must("GET", "/api/contacts").at("data").at(0).value("id", "");
  }

  std::string url_of(int n) {
    if (n < options_.dead) return "http://127.0.0.1:" + std::to_string(dead_.number()) + hook(n);
    if (n >= options_.dead + options_.slow) return subscriber_.api().origin() + hook(n);
    return slow_[port_of(n)]->api().origin() + "/slow/" + std::to_string(n);
  }

  kind_figures change_contacts() {
    const auto count = static_cast<std::uint64_t>(changes_each() * options_.tenants);
    progress_.show("changing contacts", 0, 1);
    open_loop loop(
        bed_.api(), changes_per_s(), 1,
        [this](std::uint64_t n) {
          const auto& of = tenants_[n % tenants_.size()];
          return planned_request{
              0, of.api->request("PATCH", of.contact,
                                 R"({"name":"Customer )" + std::to_string(n) + R"("})")};
        },
        count);
    auto told = loop.run_to_end().front();
    if (!told.others.empty())
      throw std::runtime_error("the check of this figure failed: a change was answered " +
                               std::to_string(told.others.begin()->first));
    return told;
  }

  /// Also that the slow ones were busy meanwhile: each takes its first event at once.
  void check(const figures& stats) {
    for (int n = options_.dead + options_.slow; n < all(); ++n)
      check_arrived(stats, hook(n), changes_each());
    for (std::size_t i = 0; i < slow_.size(); ++i) {
      const auto count = behind_port(i);
      slow_[i]->await("reaching the slow ones", count, progress_);
      const auto reached = slow_[i]->stats().at("paths").size();
      if (reached != static_cast<std::size_t>(count))
        throw std::runtime_error("the check of this figure failed: of " + std::to_string(count) +
                                 " slow subscribers " + std::to_string(reached) + " were reached");
    }
  }

  const outgoing_crowd_options options_;
  progress& progress_;
  const closed_port dead_;
  test_bed bed_;
  subscriber_program subscriber_;
  std::vector<std::unique_ptr<subscriber_program>> slow_;
  std::vector<tenant> tenants_;
};

}  // namespace

figures outgoing_crowd(const outgoing_crowd_options& options, progress& shown) {
  return crowd_run(options, shown).run();
}

}  // namespace omnistream::load
