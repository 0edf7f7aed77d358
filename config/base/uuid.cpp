#include "config/base/uuid.hpp"

#include <stdexcept>

#include <openssl/rand.h>

namespace omnistream {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool dash_follows(std::size_t byte) {
  return byte == 3 || byte == 5 || byte == 7 || byte == 9;
}

}  // namespace

std::optional<uuid> uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
    if (dash_follows(i) && text[at++] != '-') return std::nullopt;
  }
  return uuid{bytes};
}

uuid uuid::v7(timestamp at) {
  std::array<std::uint8_t, 16> bytes{};
  if (RAND_bytes(bytes.data() + 6, 10) != 1) throw std::runtime_error("no random numbers");
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return uuid{bytes};
}

uuid uuid::v7(timestamp at, std::uint16_t place) {
  auto bytes = v7(at).bytes_;
  bytes[6] = static_cast<std::uint8_t>(0x70 | (place >> 8 & 0x0f));
  bytes[7] = static_cast<std::uint8_t>(place & 0xff);
  return uuid{bytes};
}

std::string uuid::to_string() const {
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    text += hex_digits[bytes_[i] >> 4];
    text += hex_digits[bytes_[i] & 15];
    if (dash_follows(i)) text += '-';
  }
  return text;
}

uuid new_campaign_id(timestamp at) {
  auto bytes = uuid::v7(at).bytes();
  for (std::size_t i = 12; i < 16; ++i) bytes[i] = 0;
  return uuid{bytes};
}

uuid recipient_id(const uuid& campaign_id, std::uint32_t seq) {
  auto bytes = campaign_id.bytes();
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x80);
  for (int i = 0; i < 4; ++i) bytes[12 + i] = static_cast<std::uint8_t>(seq >> (24 - 8 * i));
  return uuid{bytes};
}

std::optional<recipient_key> recipient_key_of(const uuid& id) {
  auto bytes = id.bytes();
  if ((bytes[6] & 0xf0) != 0x80 || (bytes[8] & 0xc0) != 0x80)
    return std::nullopt;  // version 8, RFC 9562
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x70);
  std::uint32_t seq = 0;
  for (std::size_t i = 12; i < 16; ++i) {
    seq = seq << 8 | bytes[i];
    bytes[i] = 0;
  }
  if (seq == 0) return std::nullopt;
  return recipient_key{uuid{bytes}, seq};
}

}  // namespace omnistream
