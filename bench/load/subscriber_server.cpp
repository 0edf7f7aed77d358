#include "bench/load/subscriber_server.hpp"

#include <iostream>
#include <memory>
#include <utility>

#include "bench/graph_simulator/delayed_answers.hpp"
#include "bench/load/interruption.hpp"
#include "bench/load/subscriber.hpp"
#include "http/server/listener.hpp"

namespace omnistream::load {
namespace {

constexpr std::chrono::hours for_good{24};

graph_simulator::instant since(steady::time_point began) {
  return std::chrono::duration_cast<graph_simulator::instant>(steady::now() - began);
}

}  // namespace

void serve_subscriber(const subscriber_options& options) {
  using http::server::listener;
  using http::server::listener_options;
  const auto began = steady::now();
  subscriber judge(options.secret);
  graph_simulator::delayed_answers delays([began] { return since(began); }, [] {});
  listener_options listening;
  listening.port = options.port;
  // All on the listener's one thread, which is why nothing is locked.
  listener server(std::move(listening),
                  [&](http::server::request read, std::shared_ptr<http::server::responder> to) {
                    auto answer = judge.take(read, system_now());
                    if (answer.delay.count() == 0) return to->send(std::move(answer.what));
                    delays.add(since(began) + answer.delay,
                               [what = std::move(answer.what), to] { to->send(what); });
                  });
  std::cout << "omnistream-load subscriber listening on http://127.0.0.1:" << server.port()
            << std::endl;
  try {
    while (true) sleep_for(for_good);
  } catch (const interrupted&) {
    server.stop();
  }
}

}  // namespace omnistream::load
