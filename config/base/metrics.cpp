#include "config/base/metrics.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace omnistream::metrics {
namespace {

struct prometheus_counter final : counter {
  explicit prometheus_counter(prometheus::Counter& to) : to_(to) {}
  void add(double by) override { to_.Increment(by); }
  prometheus::Counter& to_;
};
struct prometheus_gauge final : gauge {
  explicit prometheus_gauge(prometheus::Gauge& to) : to_(to) {}
  void set(double value) override { to_.Set(value); }
  prometheus::Gauge& to_;
};
struct prometheus_histogram final : histogram {
  explicit prometheus_histogram(prometheus::Histogram& to) : to_(to) {}
  void observe(double value) override { to_.Observe(value); }
  prometheus::Histogram& to_;
};

/// A series that is held by `users`; the last of them takes it out of its family.
template <class Metric>
struct passing_series {
  prometheus::Family<Metric>* family = nullptr;
  Metric* metric = nullptr;
  int users = 0;
};

struct state {
  std::mutex guard;
  prometheus::Registry registry;
  std::map<std::pair<std::string, labels>, std::unique_ptr<counter>> counters;
  std::map<std::pair<std::string, labels>, std::unique_ptr<gauge>> gauges;
  std::map<std::pair<std::string, labels>, std::unique_ptr<histogram>> histograms;
  std::map<std::pair<std::string, labels>, passing_series<prometheus::Counter>> passing_counters;
  std::map<std::pair<std::string, labels>, passing_series<prometheus::Gauge>> passing_gauges;
  std::mutex collectors_guard;
  std::vector<const std::function<void()>*> collectors;
};

/// Never destroyed: threads may count until the very end of the process.
state& all() {
  static auto* const kept = new state;
  return *kept;
}

const prometheus::Histogram::BucketBoundaries second_buckets{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

template <class Map, class Make>
auto& find_or_make(Map& in, const std::string& name, const labels& by, Make make) {
  auto& slot = in[{name, by}];
  if (!slot) slot = make();
  return *slot;
}

/// `make_family` is called for a series that nobody holds yet.
template <class Shown, class Wrapper, class Metric, class Make>
std::shared_ptr<Shown> hold(std::map<std::pair<std::string, labels>, passing_series<Metric>>& in,
                            const std::string& name, const labels& by, Make make_family) {
  const std::pair key{name, by};
  const std::lock_guard lock(all().guard);
  auto& series = in[key];
  if (series.users++ == 0) {
    series.family = &make_family();
    series.metric = &series.family->Add(by);
  }
  return std::shared_ptr<Shown>(new Wrapper(*series.metric), [&in, key](Shown* held) {
    delete held;
    const std::lock_guard again(all().guard);
    const auto at = in.find(key);
    if (--at->second.users > 0) return;
    at->second.family->Remove(at->second.metric);
    in.erase(at);
  });
}

}  // namespace

std::shared_ptr<counter> passing_counter(const std::string& name, const std::string& help,
                                         const labels& by) {
  auto& kept = all();
  return hold<counter, prometheus_counter>(
      kept.passing_counters, name, by, [&]() -> prometheus::Family<prometheus::Counter>& {
        return prometheus::BuildCounter().Name(name).Help(help).Register(kept.registry);
      });
}

std::shared_ptr<gauge> passing_gauge(const std::string& name, const std::string& help,
                                     const labels& by) {
  auto& kept = all();
  return hold<gauge, prometheus_gauge>(
      kept.passing_gauges, name, by, [&]() -> prometheus::Family<prometheus::Gauge>& {
        return prometheus::BuildGauge().Name(name).Help(help).Register(kept.registry);
      });
}

counter& counter_of(const std::string& name, const std::string& help, const labels& by) {
  auto& kept = all();
  std::lock_guard lock(kept.guard);
  return find_or_make(kept.counters, name, by, [&] {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(kept.registry);
    return std::make_unique<prometheus_counter>(family.Add(by));
  });
}

gauge& gauge_of(const std::string& name, const std::string& help, const labels& by) {
  auto& kept = all();
  std::lock_guard lock(kept.guard);
  return find_or_make(kept.gauges, name, by, [&] {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(kept.registry);
    return std::make_unique<prometheus_gauge>(family.Add(by));
  });
}

histogram& seconds_of(const std::string& name, const std::string& help, const labels& by) {
  auto& kept = all();
  std::lock_guard lock(kept.guard);
  return find_or_make(kept.histograms, name, by, [&] {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(kept.registry);
    return std::make_unique<prometheus_histogram>(family.Add(by, second_buckets));
  });
}

collector::collector(std::function<void()> fill) : fill_(std::move(fill)) {
  std::lock_guard lock(all().collectors_guard);
  all().collectors.push_back(&fill_);
}

collector::~collector() {
  std::lock_guard lock(all().collectors_guard);
  std::erase(all().collectors, &fill_);
}

std::string render() {
  auto& kept = all();
  {
    std::lock_guard lock(kept.collectors_guard);
    for (const auto* fill : kept.collectors) (*fill)();
  }
  return prometheus::TextSerializer().Serialize(kept.registry.Collect());
}

}  // namespace omnistream::metrics
