#include "config/base/crypto.hpp"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sodium.h>

namespace omnistream::crypto {
namespace {

constexpr std::size_t sha256_bytes = 32;

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* raw(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

void need_sodium() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) throw crypto_error("libsodium cannot start: the system gives no random numbers.");
}

/// Fetched once: OpenSSL 3 looks an algorithm up by name on every use of EVP_sha256().
const EVP_MD* sha256_algorithm() {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (algorithm == nullptr) throw crypto_error("OpenSSL offers no SHA-256.");
  return algorithm;
}

std::string encode(std::string_view bytes, int variant) {
  need_sodium();
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), raw(bytes), bytes.size(), variant);
  text.pop_back();  // libsodium ends it with a zero byte
  return text;
}

std::optional<std::string> decode(std::string_view text, int variant) {
  need_sodium();
  // libsodium 1.0.18 takes some bytes beyond ASCII for digits.
  if (std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; }))
    return std::nullopt;
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  std::size_t length = 0;
  const char* end = nullptr;
  if (sodium_base642bin(raw(bytes), bytes.size(), text.data(), text.size(), nullptr, &length, &end,
                        variant) != 0 ||
      end != text.data() + text.size())
    return std::nullopt;
  bytes.resize(length);
  return bytes;
}

}  // namespace

// -- keys
// --------------------------------------------------------------------------------------------------------

key256::key256(std::span<const std::uint8_t, size> bytes) {
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

key256::~key256() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

key256 key256::random() {
  std::array<std::uint8_t, size> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw crypto_error("OpenSSL gives no random numbers.");
  key256 made{bytes};
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return made;
}

std::optional<key256> key256::from_base64(std::string_view text) {
  std::string standard(text);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  if (standard.size() % 4 == 3) standard += '=';  // 32 bytes are 43 digits and one pad
  const auto bytes = base64_decode(standard);
  if (!bytes || bytes->size() != size) return std::nullopt;
  return key256{std::span<const std::uint8_t, size>(raw(*bytes), size)};
}

bool key256::operator==(const key256& other) const {
  return CRYPTO_memcmp(bytes_.data(), other.bytes_.data(), size) == 0;
}

key256 derive_key(const key256& from, std::string_view purpose) {
  const std::string_view secret_bytes(reinterpret_cast<const char*>(from.bytes().data()),
                                      key256::size);
  const auto derived = hmac_sha256(secret_bytes, purpose);
  return key256{std::span<const std::uint8_t, key256::size>(raw(derived), key256::size)};
}

// -- digests and comparison
// --------------------------------------------------------------------------------------

std::string sha256(std::string_view data) {
  std::string digest(sha256_bytes, '\0');
  if (EVP_Digest(data.data(), data.size(), raw(digest), nullptr, sha256_algorithm(), nullptr) != 1)
    throw crypto_error("OpenSSL cannot compute SHA-256.");
  return digest;
}

std::string sha256_hex(std::string_view data) {
  return hex(sha256(data));
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::string code(sha256_bytes, '\0');
  // A null key would mean "the key of last time" to OpenSSL: an empty one must still point
  // somewhere.
  const char* const key_bytes = key.empty() ? "" : key.data();
  if (HMAC(sha256_algorithm(), key_bytes, static_cast<int>(key.size()), raw(data), data.size(),
           raw(code), nullptr) == nullptr)
    throw crypto_error("OpenSSL cannot compute HMAC-SHA256.");
  return code;
}

std::string hmac_sha256_hex(std::string_view key, std::string_view data) {
  return hex(hmac_sha256(key, data));
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// -- text forms of bytes
// -----------------------------------------------------------------------------------------

std::string hex(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string base64_encode(std::string_view bytes) {
  return encode(bytes, sodium_base64_VARIANT_ORIGINAL);
}
std::string base64url_encode(std::string_view bytes) {
  return encode(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
std::optional<std::string> base64_decode(std::string_view text) {
  return decode(text, sodium_base64_VARIANT_ORIGINAL);
}
std::optional<std::string> base64url_decode(std::string_view text) {
  return decode(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

// -- randomness
// --------------------------------------------------------------------------------------------------

std::string random_bytes(std::size_t count) {
  constexpr std::size_t count_max = 1024 * 1024;
  if (count > count_max) throw std::length_error("More than 1 MiB of random bytes at once.");
  std::string bytes(count, '\0');
  if (RAND_bytes(raw(bytes), static_cast<int>(count)) != 1)
    throw crypto_error("OpenSSL gives no random numbers.");
  return bytes;
}

std::string random_token(std::size_t entropy_bytes) {
  return base64url_encode(random_bytes(entropy_bytes));
}

// -- passwords
// ---------------------------------------------------------------------------------------------------

std::string hash_password(std::string_view password) {
  need_sodium();
  if (password.size() > password_bytes_max)
    throw std::length_error("A password has at most " + std::to_string(password_bytes_max) +
                            " bytes.");
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_argon2id_str(hash.data(), password.data(), password.size(),
                                 crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
                                 crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE) != 0)
    throw crypto_error("There is no memory to hash a password; it takes 64 MiB.");
  return hash.data();
}

bool verify_password(std::string_view hash, std::string_view password) {
  need_sodium();
  if (hash.size() >= crypto_pwhash_STRBYTES || password.size() > password_bytes_max) return false;
  const std::string terminated(hash);
  return crypto_pwhash_argon2id_str_verify(terminated.c_str(), password.data(), password.size()) ==
         0;
}

bool password_needs_rehash(std::string_view hash) {
  need_sodium();
  if (hash.size() >= crypto_pwhash_STRBYTES) return true;
  const std::string terminated(hash);
  return crypto_pwhash_argon2id_str_needs_rehash(terminated.c_str(),
                                                 crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
                                                 crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE) != 0;
}

}  // namespace omnistream::crypto
