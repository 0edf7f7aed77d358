#include "bench/graph_simulator/accepted_message.hpp"

#include "bench/graph_simulator/base64.hpp"
#include "bench/graph_simulator/hashing.hpp"

namespace graph_simulator {
namespace {

constexpr char hex[] = "0123456789ABCDEF";

}  // namespace

// The bytes around the two texts are those that Meta's own ids have.
std::string make_wamid(std::string_view recipient, std::uint64_t nonce, std::uint64_t index) {
  std::string bytes = "\x1D\x18";
  bytes += static_cast<char>(recipient.size());
  bytes += recipient;
  bytes.append("\x15\x02\x00\x11\x18\x14", 6);
  // The index is in the id as it is, so two messages of one run never share one.
  std::uint64_t unique = mix(nonce ^ index);
  for (int i = 0; i < 10; ++i, unique >>= 4) bytes += hex[unique & 15];
  for (int i = 0; i < 10; ++i, index >>= 4) bytes += hex[index & 15];
  bytes += '\0';
  return "wamid." + base64(bytes);
}

}  // namespace graph_simulator
