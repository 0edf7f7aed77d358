#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/base/result.hpp"

namespace omnistream::test {

/// What the fakes of stores have in common. A call becomes a job; a job, when run, changes the rows
/// and leaves a completion; both wait until the test runs them, in any order, as in a pool of
/// connections. On one thread.
class fake_jobs {
 public:
  enum class fault { none, away, in_doubt };  ///< in_doubt: committed, but the answer got lost

  std::function<fault(const std::string& operation)> faults;
  std::map<std::string, int> calls;  ///< of each operation

  bool idle() const { return jobs_.empty() && completions_.empty(); }
  std::size_t jobs() const { return jobs_.size(); }
  std::size_t completions() const { return completions_.size(); }
  void run_job(std::size_t which = 0) {
    auto job = std::move(jobs_[which]);
    jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(which));
    completions_.push_back(job());
  }
  void complete(std::size_t which = 0) {
    auto done = std::move(completions_[which]);
    completions_.erase(completions_.begin() + static_cast<std::ptrdiff_t>(which));
    done();
  }
  void drop_jobs() { jobs_.clear(); }
  void drop_completions() { completions_.clear(); }
  void finish_all() {
    while (!jobs_.empty()) run_job();
    while (!completions_.empty()) complete();
  }

 protected:
  ~fake_jobs() = default;

  template <class T, class Job>
  void enqueue(const std::string& operation, std::function<void(result<T>)> done, Job job) {
    ++calls[operation];
    jobs_.push_back([this, operation, done = std::move(done),
                     job = std::move(job)]() -> std::function<void()> {
      const auto what = faults ? faults(operation) : fault::none;
      if (what == fault::away) {
        return [done] { done(problems::unavailable("database_away", "The database is away.")); };
      }
      result<T> answer = job();
      if (what == fault::in_doubt)
        return [done] { done(problems::unavailable("in_doubt", "It may have been committed.")); };
      return [done, answer] { done(answer); };
    });
  }

 private:
  std::vector<std::function<std::function<void()>()>> jobs_;
  std::vector<std::function<void()>> completions_;
};

}  // namespace omnistream::test
