#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

/// The figures at GET /metrics, kept by prometheus-cpp in one registry per process. Any thread.
/// Families and series are made on first use and live as long as the process, so references may be
/// kept: look up once, count often.
namespace omnistream::metrics {

using labels = std::map<std::string, std::string>;

/// Only rises.
class counter {
 public:
  virtual ~counter() = default;
  virtual void add(double by = 1) = 0;
};
/// Goes up and down.
class gauge {
 public:
  virtual ~gauge() = default;
  virtual void set(double value) = 0;
};
/// Counts observations in buckets.
class histogram {
 public:
  virtual ~histogram() = default;
  virtual void observe(double value) = 0;
};

/// Names follow Prometheus: `omnistream_<what>_<unit>`, counters end with `_total`. `help` is one
/// sentence.
counter& counter_of(const std::string& name, const std::string& help, const labels& by = {});
gauge& gauge_of(const std::string& name, const std::string& help, const labels& by = {});
/// Buckets for durations in seconds, from half a millisecond to ten seconds.
histogram& seconds_of(const std::string& name, const std::string& help, const labels& by = {});

/// The same for what comes and goes, such as a phone number: the series is shown as long as anybody
/// holds it, and begins anew when it is made again. One name is either made here or above.
std::shared_ptr<counter> passing_counter(const std::string& name, const std::string& help,
                                         const labels& by);
std::shared_ptr<gauge> passing_gauge(const std::string& name, const std::string& help,
                                     const labels& by);

/// `fill` sets gauges that are read from elsewhere; it is called before every rendering until the
/// returned object dies.
class [[nodiscard]] collector {
 public:
  explicit collector(std::function<void()> fill);
  ~collector();
  collector(const collector&) = delete;
  collector& operator=(const collector&) = delete;

 private:
  std::function<void()> fill_;
};

/// Everything in Prometheus' text format.
std::string render();

}  // namespace omnistream::metrics
