#pragma once

#include <future>

#include "storage/pool.hpp"

namespace omnistream::storage {

template <class Job>
auto pool::run(access who, Job job) {
  using value = detail::job_value<Job>;
  auto promise = std::make_shared<std::promise<result<value>>>();
  auto future = promise->get_future();
  submit(who, std::move(job),
         [promise](result<value> outcome) { promise->set_value(std::move(outcome)); });
  return future.get();
}

}  // namespace omnistream::storage
