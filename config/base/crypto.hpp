#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

/// Cryptography, all of it from OpenSSL and libsodium; here are only our formats. Byte strings are
/// std::string(_view). Every function is thread-safe. What a caller or an attacker can get wrong is
/// an empty optional or `false`; a library that fails, or a plaintext beyond its limit, is an
/// exception.
namespace omnistream::crypto {

/// The operating system gave no randomness, or a library refused a call that cannot fail. Nothing
/// to retry.
struct crypto_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A 256-bit key. Wiped when it dies; cannot be printed.
class key256 {
 public:
  static constexpr std::size_t size = 32;

  explicit key256(std::span<const std::uint8_t, size> bytes);
  key256(const key256&) = default;
  key256& operator=(const key256&) = default;
  ~key256();

  static key256 random();
  /// Base64 of exactly 32 bytes, in the standard or the URL alphabet, padded or not, without white
  /// space.
  static std::optional<key256> from_base64(std::string_view text);

  std::span<const std::uint8_t, size> bytes() const { return bytes_; }
  /// Compares in constant time.
  bool operator==(const key256& other) const;

 private:
  std::array<std::uint8_t, size> bytes_{};
};

/// A key for one `purpose` made from another (HMAC-SHA256), so that no key serves two algorithms.
key256 derive_key(const key256& from, std::string_view purpose);

// -- digests and comparison
// --------------------------------------------------------------------------------------

std::string sha256(std::string_view data);                                 ///< 32 raw bytes
std::string sha256_hex(std::string_view data);                             ///< 64 lower-case digits
std::string hmac_sha256(std::string_view key, std::string_view data);      ///< 32 raw bytes
std::string hmac_sha256_hex(std::string_view key, std::string_view data);  ///< 64 lower-case digits
/// Takes as long for equal as for different texts of the same length. Lengths are not secret.
bool equal_constant_time(std::string_view a, std::string_view b);

// -- text forms of bytes
// -----------------------------------------------------------------------------------------

std::string hex(std::string_view bytes);               ///< lower case
std::string base64_encode(std::string_view bytes);     ///< standard alphabet, padded
std::string base64url_encode(std::string_view bytes);  ///< URL alphabet, not padded
/// Strict: no white space, no wrong padding, no bits left over. Nothing if `text` is not base64.
std::optional<std::string> base64_decode(std::string_view text);
std::optional<std::string> base64url_decode(std::string_view text);

// -- randomness
// --------------------------------------------------------------------------------------------------

std::string random_bytes(std::size_t count);
/// `entropy_bytes` of randomness in base64url: 32 bytes are 43 characters, good in URLs, headers
/// and cookies.
std::string random_token(std::size_t entropy_bytes = 32);

// -- passwords
// ---------------------------------------------------------------------------------------------------

/// Longer passwords are refused by `hash_password`, and never verify.
inline constexpr std::size_t password_bytes_max = 1024;

/// Argon2id with a random salt as one self-describing string of 97 characters, at libsodium's
/// INTERACTIVE limits: 2 passes over 64 MiB. That costs some 50 to 100 ms of one core and 64 MiB of
/// memory while it runs, so callers run it off the network threads and never many at a time. Throws
/// crypto_error when there is no such memory, and std::length_error beyond `password_bytes_max`.
std::string hash_password(std::string_view password);
/// Same cost. False also for a hash that is not one.
bool verify_password(std::string_view hash, std::string_view password);
/// Whether `hash` was made with other limits than today's: make a new one at the next successful
/// login.
bool password_needs_rehash(std::string_view hash);

// -- sealing (AES-256-GCM)
// ---------------------------------------------------------------------------------------

inline constexpr std::size_t nonce_bytes = 12;
inline constexpr std::size_t tag_bytes = 16;
inline constexpr std::size_t plaintext_bytes_max = 16 * 1024 * 1024;

/// Encrypts for storage: `v1:` + base64 of key id (4 bytes), random nonce (12), ciphertext and tag
/// (16). `associated_data` names the place the result belongs to (table, column and row id): `open`
/// must be given the same, so a sealed token copied into another row does not open there. One key
/// is good for 2^32 seals. Throws std::length_error beyond `plaintext_bytes_max`.
std::string seal(const key256& key, std::string_view plaintext, std::string_view associated_data);
/// The plaintext; nothing if the key or `associated_data` is another, or a bit was changed, or it
/// is no seal.
std::optional<std::string> open(const key256& key, std::string_view sealed,
                                std::string_view associated_data);
/// Whether `sealed` names `key` as its key: tells "the wrong key is configured" from "the data was
/// changed".
bool sealed_with(const key256& key, std::string_view sealed);

/// The cipher itself, for known-answer tests and other formats: returns ciphertext + tag. Never use
/// a nonce twice.
std::string aes256_gcm_encrypt(const key256& key, std::string_view nonce,
                               std::string_view plaintext, std::string_view associated_data);
std::optional<std::string> aes256_gcm_decrypt(const key256& key, std::string_view nonce,
                                              std::string_view ciphertext_and_tag,
                                              std::string_view associated_data);

// -- the key file
// ------------------------------------------------------------------------------------------------

/// The key file cannot be used; the text says why and what to do.
struct key_file_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The 32 raw bytes in the file at `path`; made there, with mode 0600, if there is no file. The
/// file appears whole or not at all, is on disk when this returns, and of two processes that make
/// it at once both get the same key. The folder must exist. Throws key_file_error if the file is
/// not a plain file of 32 bytes, is open to anybody but its owner, or cannot be read or made: a
/// lost key makes everything sealed with it unreadable, so nothing is ever replaced.
key256 load_or_create_key(const std::filesystem::path& path);

}  // namespace omnistream::crypto
