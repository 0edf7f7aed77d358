#pragma once

#include <cstdint>

namespace omnistream::load {

/// A port of 127.0.0.1 that refuses connections and that nobody is given by chance: it is bound,
/// but not listened to. Who asks for it by number, as a server does, can listen to it all the same.
class closed_port {
 public:
  /// Throws std::runtime_error if none is free.
  closed_port();
  ~closed_port();
  closed_port(const closed_port&) = delete;
  closed_port& operator=(const closed_port&) = delete;
  std::uint16_t number() const { return number_; }

 private:
  int socket_;
  std::uint16_t number_ = 0;
};

}  // namespace omnistream::load
